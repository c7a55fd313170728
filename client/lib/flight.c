#include "client/lib/flight.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_BITS 16
#define PLACE_MASK UINT64_C(0xffff)

enum status flights_init(struct flights *flights, uint32_t max)
{
	*flights = (struct flights){.capacity = max < FLIGHT_MAX ? max : FLIGHT_MAX};
	if (flights->capacity == 0)
		flights->capacity = 1;
	flights->places = calloc(flights->capacity, sizeof(*flights->places));
	if (flights->places == NULL)
		return STATUS_MEMORY;
	for (uint32_t i = 0; i < flights->capacity; i++)
		flights->places[i].next_free = i + 1;
	return STATUS_OK;
}

void flights_release(struct flights *flights)
{
	for (uint32_t i = 0; flights->places != NULL && i < flights->capacity; i++) {
		hash_free(flights->places[i].hash);
		buf_release(&flights->places[i].mark);
	}
	free(flights->places);
	*flights = (struct flights){0};
}

enum status flights_add(struct flights *flights, const struct rpc *rpc, struct flight **flight)
{
	struct flight *place;

	if (flights->free == flights->capacity)
		return STATUS_TOO_MANY_REQUESTS;
	place = &flights->places[flights->free];
	if (rpc->lane == LANE_SCAN && place->hash == NULL) {
		place->hash = hash_new();
		if (place->hash == NULL)
			return STATUS_MEMORY;
	}
	if (rpc->lane == LANE_SCAN) {
		hash_begin(place->hash);
		flights->streams++;
	}
	place->request_id = ++flights->counter << PLACE_BITS | flights->free;
	place->rpc = rpc;
	place->dry_run = false;
	place->items = 0;
	buf_clear(&place->mark);
	memset(place->key, 0, sizeof(place->key));
	flights->free = place->next_free;
	flights->count++;
	*flight = place;
	return STATUS_OK;
}

struct flight *flights_find(struct flights *flights, uint64_t request_id)
{
	uint64_t place = request_id & PLACE_MASK;

	if (request_id == 0 || place >= flights->capacity)
		return NULL;
	if (flights->places[place].request_id != request_id)
		return NULL;
	return &flights->places[place];
}

void flights_remove(struct flights *flights, struct flight *flight)
{
	if (flight->rpc->lane == LANE_SCAN)
		flights->streams--;
	flight->request_id = 0;
	flight->next_free = flights->free;
	flights->free = (uint32_t)(flight - flights->places);
	flights->count--;
}
