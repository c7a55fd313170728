/* A growing run of ids in an arena. */
#ifndef SERVER_SERVICE_IDS_H
#define SERVER_SERVICE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/status.h"

struct ids {
	uint64_t *ids; /* of the arena */
	size_t count;
	size_t capacity;
};

/* STATUS_MEMORY. */
MUST_CHECK enum status ids_add(struct arena *arena, struct ids *ids, uint64_t id);

/* Ascending. */
void ids_sort(struct ids *ids);

#endif
