/*
 * Somebody from outside, for the test of kill -9: reads and lists over TLS as fast as he can, in a
 * process of his own, until the line is cut. What he saw, and the marks it came with, he tells
 * through memory that outlives his process.
 */
#ifndef TESTS_CRASH_ONLOOKER_H
#define TESTS_CRASH_ONLOOKER_H

#include <stdatomic.h>
#include <stdint.h>

#include "tests/lib/head.h"

#define ONLOOKER "zhou"
#define ONLOOKER_WINDOW 8       /* requests under way */
#define SIGHTS_MAX 200000       /* in a round */
#define SIGHT_HEADERS_MAX 40000 /* marks, likewise */
#define SIGHT_HEADER_MAX 1024   /* bytes of one */

/* One row that came, and the mark above it. */
struct sight {
	uint64_t item; /* id */
	uint32_t mark; /* which of them; NO_MARK */
};

#define NO_MARK UINT32_MAX

struct sights {
	atomic_uint marks;
	atomic_uint rows; /* what is below that is complete */
	uint16_t lens[SIGHT_HEADERS_MAX];
	uint8_t headers[SIGHT_HEADERS_MAX][SIGHT_HEADER_MAX];
	struct sight seen[SIGHTS_MAX];
};

/* Looks until the line is cut, then ends the process. items: ITEMS numbers. */
_Noreturn void onlooker_work(const struct head *head, char *const items[], unsigned count,
			     struct sights *sights);

#endif
