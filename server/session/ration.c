#include "server/session/ration.h"

#include <stdlib.h>

#define LOOKS 8 /* at old ones, for a full bucket */

enum status rations_init(struct rations *rations, uint32_t capacity)
{
	*rations = (struct rations){
		.capacity = capacity,
		.heads = calloc(capacity, sizeof(*rations->heads)),
		.places = calloc((size_t)capacity + 1, sizeof(*rations->places)),
	};
	if (rations->heads != NULL && rations->places != NULL)
		return STATUS_OK;
	rations_release(rations);
	return STATUS_MEMORY;
}

void rations_release(struct rations *rations)
{
	free(rations->heads);
	free(rations->places);
	*rations = (struct rations){0};
}

static uint32_t *head_of(const struct rations *rations, uint64_t key)
{
	return &rations->heads[key & (rations->capacity - 1)];
}

static uint32_t place_of(const struct rations *rations, uint64_t key)
{
	uint32_t place = *head_of(rations, key);

	while (place != 0 && rations->places[place].key != key)
		place = rations->places[place].next;
	return place;
}

/* ---- by age: a ring through place 0, whose newer one is the oldest ---- */

static void age_link(struct rations *rations, uint32_t place)
{
	struct ration *places = rations->places;

	places[place].older = places[0].older;
	places[place].newer = 0;
	places[places[0].older].newer = place;
	places[0].older = place;
}

static void age_unlink(struct rations *rations, uint32_t place)
{
	struct ration *places = rations->places;

	places[places[place].older].newer = places[place].newer;
	places[places[place].newer].older = places[place].older;
}

/* ---- a place for a new key ---- */

static uint32_t place_to_forget(const struct rations *rations, int64_t now)
{
	const struct ration *places = rations->places;
	uint32_t place = places[0].newer;

	for (unsigned i = 0; i < LOOKS && place != 0; i++) {
		if (places[place].full_at <= now)
			return place;
		place = places[place].newer;
	}
	return places[0].newer;
}

static void place_forget(struct rations *rations, uint32_t place)
{
	uint32_t *link = head_of(rations, rations->places[place].key);

	while (*link != place)
		link = &rations->places[*link].next;
	*link = rations->places[place].next;
	age_unlink(rations, place);
}

static uint32_t place_new(struct rations *rations, uint64_t key, int64_t now)
{
	uint32_t *head = head_of(rations, key);
	uint32_t place;

	if (rations->used < rations->capacity) {
		place = ++rations->used;
	} else {
		place = place_to_forget(rations, now);
		place_forget(rations, place);
	}
	rations->places[place] = (struct ration){.key = key, .full_at = now, .next = *head};
	*head = place;
	age_link(rations, place);
	return place;
}

struct ration *rations_get(struct rations *rations, uint64_t key, int64_t now)
{
	uint32_t place = place_of(rations, key);

	if (place == 0)
		return &rations->places[place_new(rations, key, now)];
	age_unlink(rations, place);
	age_link(rations, place);
	return &rations->places[place];
}

struct ration *rations_find(const struct rations *rations, uint64_t key)
{
	uint32_t place = place_of(rations, key);

	return place == 0 ? NULL : &rations->places[place];
}

/* ---- the bucket ---- */

bool ration_take(struct ration *ration, uint64_t rate, uint64_t burst, int64_t now)
{
	int64_t token = RATION_SECOND / (int64_t)rate;
	int64_t whole = token * (int64_t)burst; /* from empty to full */
	int64_t full_at = ration->full_at > now ? ration->full_at : now;

	if (full_at - now > whole) /* the bucket was larger before a reload */
		full_at = now + whole;
	if (full_at - now > whole - token)
		return false;
	ration->full_at = full_at + token;
	return true;
}
