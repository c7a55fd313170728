#include "server/service/ids.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

enum status ids_add(struct arena *arena, struct ids *to, uint64_t id)
{
	size_t capacity = to->capacity == 0 ? FIRST_CAPACITY : 2 * to->capacity;
	uint64_t *ids;

	if (to->count == to->capacity) {
		ids = arena_calloc(arena, capacity, sizeof(*ids));
		if (ids == NULL)
			return STATUS_MEMORY;
		if (to->count > 0)
			memcpy(ids, to->ids, to->count * sizeof(*ids));
		to->ids = ids;
		to->capacity = capacity;
	}
	to->ids[to->count++] = id;
	return STATUS_OK;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

void ids_sort(struct ids *ids)
{
	if (ids->count > 0)
		qsort(ids->ids, ids->count, sizeof(*ids->ids), compare);
}
