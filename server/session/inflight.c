#include "server/session/inflight.h"

#include <stdlib.h>

#define FIRST_CAPACITY 4 /* most clients ask one thing at a time */

void inflight_release(struct inflight *inflight)
{
	free(inflight->flights);
	*inflight = (struct inflight){0};
}

static enum status inflight_grow(struct inflight *inflight)
{
	size_t capacity = inflight->capacity == 0 ? FIRST_CAPACITY : 2 * inflight->capacity;
	struct flight *flights = reallocarray(inflight->flights, capacity, sizeof(*flights));

	if (flights == NULL)
		return STATUS_MEMORY;
	inflight->flights = flights;
	inflight->capacity = capacity;
	return STATUS_OK;
}

enum status inflight_add(struct inflight *inflight, uint64_t request_id, struct job *job)
{
	enum status status = STATUS_OK;

	if (inflight->count == inflight->capacity)
		status = inflight_grow(inflight);
	if (status != STATUS_OK)
		return status;
	inflight->flights[inflight->count++] = (struct flight){request_id, job, false};
	return STATUS_OK;
}

struct flight *inflight_find(const struct inflight *inflight, uint64_t request_id)
{
	for (size_t i = 0; i < inflight->count; i++) {
		if (inflight->flights[i].request_id == request_id)
			return &inflight->flights[i];
	}
	return NULL;
}

void inflight_remove(struct inflight *inflight, struct flight *flight)
{
	*flight = inflight->flights[--inflight->count];
}
