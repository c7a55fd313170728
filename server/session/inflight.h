/*
 * The requests of one session that are not answered yet, by the id that the client gave. A few
 * dozen at most, so a row of them is searched from end to end. Loop thread.
 */
#ifndef SERVER_SESSION_INFLIGHT_H
#define SERVER_SESSION_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"
#include "server/dispatch/job.h"

struct flight {
	uint64_t request_id;
	struct job *job; /* with dispatch: borrowed, lives until it comes home; resting: owned */
	bool resting;    /* a stream between two slices, until the peer has read enough */
};

struct inflight {
	struct flight *flights; /* owned */
	size_t count;
	size_t capacity;
};

/* Everything 0 is an empty one. Frees the row; the jobs are the caller's to see to before. */
void inflight_release(struct inflight *inflight);

/* Adds a job that goes to dispatch. STATUS_MEMORY. */
MUST_CHECK enum status inflight_add(struct inflight *inflight, uint64_t request_id,
				    struct job *job);

/* NULL when there is none; valid until the next add or remove. */
struct flight *inflight_find(const struct inflight *inflight, uint64_t request_id);

/* Another may take its place in the row. */
void inflight_remove(struct inflight *inflight, struct flight *flight);

#endif
