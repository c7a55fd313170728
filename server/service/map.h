/*
 * Numbers by number, in the call's arena: for what one request names many times. Also by text, with
 * map_text(); then the caller compares what he finds with what he meant, as texts may collide.
 */
#ifndef SERVER_SERVICE_MAP_H
#define SERVER_SERVICE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/status.h"

struct map_slot {
	uint64_t key;
	uint64_t value; /* 0: the slot is free */
};

struct map {
	struct arena *arena;    /* borrowed */
	struct map_slot *slots; /* of the arena; a power of two of them */
	size_t capacity;
	size_t count;
};

/* Empty; takes nothing from the arena yet. */
void map_init(struct map *map, struct arena *arena);

/* The value under a key, 0 when there is none. */
uint64_t map_get(const struct map *map, uint64_t key);

/* Sets the value (not 0) of a key. STATUS_MEMORY. */
MUST_CHECK enum status map_put(struct map *map, uint64_t key, uint64_t value);

/* Mixes a number or a text into a key; begin with 0. */
uint64_t map_number(uint64_t key, uint64_t number);
uint64_t map_text(uint64_t key, const char *text);

#endif
