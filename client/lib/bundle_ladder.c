#include "client/lib/bundle_ladder.h"

#include <stdlib.h>

#define MINUTE UINT64_C(60000000) /* microseconds */

void ladder_init(struct ladder *ladder)
{
	*ladder = (struct ladder){.step = MINUTE, .is_empty = true};
}

void ladder_release(struct ladder *ladder)
{
	free(ladder->rungs);
	ladder_init(ladder);
}

/* Whether a time stands a step above another, which is not later. */
static bool is_above(const struct ladder *ladder, int64_t time, int64_t below)
{
	return (uint64_t)time - (uint64_t)below >= ladder->step;
}

/* Leaves out the rungs that stand too near to the one before. */
static void thin(struct ladder *ladder)
{
	size_t kept = 1;

	for (size_t i = 1; i < ladder->count; i++)
		if (is_above(ladder, ladder->rungs[i].time, ladder->rungs[kept - 1].time))
			ladder->rungs[kept++] = ladder->rungs[i];
	ladder->count = kept;
}

static enum status make_room(struct ladder *ladder)
{
	size_t capacity = ladder->capacity == 0 ? 1024 : ladder->capacity * 2;
	struct rung *grown;

	if (ladder->count == LADDER_RUNGS_MAX) {
		while (ladder->count > LADDER_RUNGS_MAX / 2) {
			ladder->step *= 2;
			thin(ladder);
		}
		return STATUS_OK;
	}
	if (ladder->count < ladder->capacity)
		return STATUS_OK;
	grown = reallocarray(ladder->rungs, capacity, sizeof(*grown));
	if (grown == NULL)
		return STATUS_MEMORY;
	ladder->rungs = grown;
	ladder->capacity = capacity;
	return STATUS_OK;
}

enum status ladder_climb(struct ladder *ladder, uint64_t sequence, int64_t time)
{
	const struct rung rung = {sequence, time};
	enum status status;

	ladder->last = rung;
	ladder->is_empty = false;
	if (ladder->count > 0 && !is_above(ladder, time, ladder->rungs[ladder->count - 1].time))
		return STATUS_OK;
	status = make_room(ladder);
	if (status == STATUS_OK &&
	    (ladder->count == 0 || is_above(ladder, time, ladder->rungs[ladder->count - 1].time)))
		ladder->rungs[ladder->count++] = rung;
	return status;
}

bool ladder_below(const struct ladder *ladder, uint64_t size, struct rung *found)
{
	size_t low = 0;
	size_t high = ladder->count;

	if (!ladder->is_empty && ladder->last.sequence < size) {
		*found = ladder->last;
		return true;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ladder->rungs[middle].sequence < size)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	*found = ladder->rungs[low - 1];
	return true;
}
