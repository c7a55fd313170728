/*
 * The times that entries claim, on few rungs: a bundle's signed heads come behind its entries, and
 * only then is it known up to which entry a head's time counts.
 *
 * The times on it never go back. A new rung stands a step of time above the one before; when there
 * are LADDER_RUNGS_MAX of them the step doubles until half of them are enough. So what is told is
 * never later than what an entry below a head claims, and no honest bundle fails. What it costs: an
 * entry that claims more than is allowed, by less than two steps, is not seen unless it is the last
 * one. The step is a minute as long as there are entries in no more than LADDER_RUNGS_MAX minutes:
 * half a year without a pause, or two years of office hours; then two minutes, four, and so on.
 */
#ifndef CLIENT_LIB_BUNDLE_LADDER_H
#define CLIENT_LIB_BUNDLE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define LADDER_RUNGS_MAX ((size_t)256 * 1024)

struct rung {
	uint64_t sequence;
	int64_t time; /* microseconds since the epoch */
};

struct ladder {
	struct rung *rungs; /* owned */
	size_t count;
	size_t capacity;
	uint64_t step;    /* microseconds */
	struct rung last; /* the newest entry, on a rung or not */
	bool is_empty;    /* there was none */
};

/* Without rungs. */
void ladder_init(struct ladder *ladder);
/* Gives back what it holds. */
void ladder_release(struct ladder *ladder);

/* The next entry, whose time is not before the one before. STATUS_MEMORY. */
MUST_CHECK enum status ladder_climb(struct ladder *ladder, uint64_t sequence, int64_t time);

/* An entry below that size that claims as late a time as is still known; false: of none there is
 * anything known. */
bool ladder_below(const struct ladder *ladder, uint64_t size, struct rung *found);

#endif
