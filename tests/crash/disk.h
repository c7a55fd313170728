/*
 * What a disk may hold after the power went: a recording up to some point, of which what was synced
 * is there and the rest is a matter of chance. Names: everything up to the last synced directory,
 * and of the later changes any beginning (journalled, in order). Contents: of each unsynced write
 * any of its sectors, or none. A sector is written whole; its size is a choice (512 bytes, or 8
 * for a device without that promise).
 */
#ifndef TESTS_CRASH_DISK_H
#define TESTS_CRASH_DISK_H

#include "tests/crash/record.h"

/* A small generator that repeats for its seed. */
struct chance {
	uint64_t state;
};

uint64_t chance_next(struct chance *chance);
uint64_t chance_below(struct chance *chance, uint64_t limit);

/* Makes, in the directory root (there and empty), one disk that may be left when the power goes
 * after the first count changes. Aborts when root cannot be written. */
void disk_leave(const struct record *record, size_t count, unsigned sector, struct chance *chance,
		const char *root);

#endif
