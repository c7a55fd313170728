/*
 * What may have become of an erasure after a crash: once it is entered, nothing of what it erases
 * is left in any file after the start; before that, all of it is there; of the rest nothing is lost
 * in either case.
 */
#ifndef TESTS_CRASH_ERASING_H
#define TESTS_CRASH_ERASING_H

#include <stddef.h>
#include <stdint.h>

#include "tests/crash/record.h"
#include "tests/unit/dispatch/office.h"

struct erasing {
	uint64_t first; /* entry that says what is erased */
	uint64_t entry; /* of the erasure */
	size_t entries; /* that it lists */
	size_t from;    /* change with which the erasure begins, */
	size_t to;      /* and the first after it is done */
};

/* Lets the office erase without approval. Before it is founded. */
void erasing_allow(struct office *office);

/* Adds an item that can be told from all else, lends it, takes it back and erases it, recording. */
void erasing_do(struct office *office, const struct record *record, struct erasing *erasing);

/* NULL, or what is wrong with a started engine's data directory. */
const char *erasing_judge(const struct erasing *erasing, struct engine *engine, const char *data);

#endif
