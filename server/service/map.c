#include "server/service/map.h"

#define MAP_FIRST 64
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

void map_init(struct map *map, struct arena *arena)
{
	*map = (struct map){.arena = arena};
}

/* The slot that holds the key, or the free one where it would go. */
static struct map_slot *slot_of(const struct map *map, uint64_t key)
{
	size_t mask = map->capacity - 1;
	size_t at = (size_t)(map_number(0, key) >> 17) & mask;

	while (map->slots[at].value != 0 && map->slots[at].key != key)
		at = (at + 1) & mask;
	return &map->slots[at];
}

uint64_t map_get(const struct map *map, uint64_t key)
{
	return map->capacity == 0 ? 0 : slot_of(map, key)->value;
}

static enum status map_grow(struct map *map)
{
	struct map old = *map;

	map->capacity = old.capacity == 0 ? MAP_FIRST : 2 * old.capacity;
	map->slots = arena_calloc(map->arena, map->capacity, sizeof(*map->slots));
	if (map->slots == NULL) {
		*map = old;
		return STATUS_MEMORY;
	}
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].value != 0)
			*slot_of(map, old.slots[i].key) = old.slots[i];
	return STATUS_OK;
}

enum status map_put(struct map *map, uint64_t key, uint64_t value)
{
	enum status status = STATUS_OK;
	struct map_slot *slot;

	if (2 * (map->count + 1) > map->capacity)
		status = map_grow(map);
	if (status != STATUS_OK)
		return status;
	slot = slot_of(map, key);
	if (slot->value == 0)
		map->count++;
	slot->key = key;
	slot->value = value;
	return STATUS_OK;
}

/* FNV-1a, with the offset basis for a key that is still 0. */
uint64_t map_number(uint64_t key, uint64_t number)
{
	key ^= FNV_BASIS;
	for (unsigned i = 0; i < sizeof(number); i++)
		key = (key ^ (number >> 8 * i & 0xff)) * FNV_PRIME;
	return key;
}

uint64_t map_text(uint64_t key, const char *text)
{
	key ^= FNV_BASIS;
	for (; *text != '\0'; text++)
		key = (key ^ (uint8_t)*text) * FNV_PRIME;
	return key * FNV_PRIME;
}
