#include "server/ledger/chain.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct link {
	struct segment segment;
	uint64_t next;        /* sequence behind the committed entries */
	uint64_t end;         /* offset behind the committed groups */
	struct place *points; /* owned; in order, the first is the segment's first group */
	size_t count;
	size_t capacity;
};

struct chain {
	pthread_mutex_t mutex; /* of what follows */
	struct link *links;    /* owned */
	size_t count;
	size_t capacity;
	/* Read without the mutex. */
	_Atomic uint64_t size;
	_Atomic uint64_t bytes;
	_Atomic int64_t time;
	_Atomic uint64_t redactions;
};

struct chain *chain_new(void)
{
	struct chain *chain = calloc(1, sizeof(*chain));

	if (chain && pthread_mutex_init(&chain->mutex, NULL) != 0) {
		free(chain);
		return NULL;
	}
	return chain;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->count; i++)
		free(chain->links[i].points);
	free(chain->links);
	(void)pthread_mutex_destroy(&chain->mutex); /* nobody holds it */
	free(chain);
}

/* Mutexes of the default kind fail only by misuse. */
static void lock(struct chain *chain)
{
	(void)pthread_mutex_lock(&chain->mutex);
}

static void unlock(struct chain *chain)
{
	(void)pthread_mutex_unlock(&chain->mutex);
}

/* Doubles an array when it is full; NULL when memory is out. */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 8;

	if (count < *capacity)
		return array;
	array = reallocarray(array, wanted, size);
	if (array)
		*capacity = wanted;
	return array;
}

static bool add_point(struct link *link, const struct place *place)
{
	struct place *points =
		grown(link->points, link->count, &link->capacity, sizeof(*link->points));

	if (!points)
		return false;
	link->points = points;
	points[link->count++] = *place;
	return true;
}

static bool succeeds(const struct segment *segment, const struct link *before)
{
	const struct segment_end *end = &segment->before;

	if (!before)
		return segment->first == 0 && end->first == 0 && end->offset == 0;
	return end->first == before->segment.first && segment->first > before->segment.first &&
	       end->offset > SEGMENT_HEADER_LEN && end->offset <= before->segment.size &&
	       memcmp(segment->origin, before->segment.origin, HASH_LEN) == 0;
}

static enum status add_locked(struct chain *chain, const struct segment *segment)
{
	struct link *before = chain->count > 0 ? &chain->links[chain->count - 1] : NULL;
	struct place start = {.offset = SEGMENT_HEADER_LEN, .sequence = segment->first};
	struct link link = {.segment = *segment, .next = segment->first, .end = SEGMENT_HEADER_LEN};
	struct link *links;

	if (!succeeds(segment, before))
		return STATUS_CORRUPT;
	if (!add_point(&link, &start))
		return STATUS_MEMORY;
	links = grown(chain->links, chain->count, &chain->capacity, sizeof(*links));
	if (!links) {
		free(link.points);
		return STATUS_MEMORY;
	}
	chain->links = links;
	if (chain->count > 0) {
		before = &links[chain->count - 1];
		chain->bytes += segment->before.offset - before->end;
		before->next = segment->first;
		before->end = segment->before.offset;
	}
	links[chain->count++] = link;
	chain->bytes += SEGMENT_HEADER_LEN;
	chain->time = segment->before.time;
	chain->size = segment->first;
	return STATUS_OK;
}

enum status chain_add(struct chain *chain, const struct segment *segment)
{
	enum status status;

	lock(chain);
	status = add_locked(chain, segment);
	unlock(chain);
	return status;
}

void chain_advance(struct chain *chain, const struct place *to, int64_t time)
{
	struct link *link;

	lock(chain);
	link = &chain->links[chain->count - 1];
	chain->bytes += to->offset - link->end;
	chain->time = time;
	link->end = to->offset;
	link->next = to->sequence;
	chain->size = to->sequence;
	unlock(chain);
}

/* The last of the links that begin at or before the sequence. */
static struct link *link_of(struct chain *chain, uint64_t sequence)
{
	size_t low = 0;
	size_t high = chain->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (chain->links[middle].segment.first <= sequence)
			low = middle;
		else
			high = middle;
	}
	return &chain->links[low];
}

void chain_note(struct chain *chain, uint64_t first, const struct place *place)
{
	struct link *link;

	lock(chain);
	link = link_of(chain, first);
	if (place->offset >= link->points[link->count - 1].offset + CHAIN_STRIDE)
		(void)add_point(link, place); /* without it a look-up only takes longer */
	unlock(chain);
}

/* The last point at or before the sequence. */
static size_t point_of(const struct link *link, uint64_t sequence)
{
	size_t low = 0;
	size_t high = link->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (link->points[middle].sequence <= sequence)
			low = middle;
		else
			high = middle;
	}
	return low;
}

enum status chain_find(struct chain *chain, uint64_t sequence, struct view *view)
{
	struct link *link;
	size_t point;

	if (sequence >= chain->size)
		return STATUS_NOT_FOUND;
	lock(chain);
	link = link_of(chain, sequence);
	point = point_of(link, sequence);
	*view = (struct view){
		.first = link->segment.first,
		.next = link->next,
		.end = link->end,
		.from = link->points[point],
		.until = point + 1 < link->count ? link->points[point + 1].offset : link->end,
		.before = link->segment.before,
	};
	unlock(chain);
	return STATUS_OK;
}

uint64_t chain_size(const struct chain *chain)
{
	return chain->size;
}

uint64_t chain_bytes(const struct chain *chain)
{
	return chain->bytes;
}

int64_t chain_time(const struct chain *chain)
{
	return chain->time;
}

void chain_redacted(struct chain *chain)
{
	chain->redactions++;
}

uint64_t chain_redactions(const struct chain *chain)
{
	return chain->redactions;
}
