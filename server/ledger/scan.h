/*
 * Finds the end of a segment that may have been cut off in the midst of a group, and tells a torn
 * tail from damage. Writes nothing. One thread.
 */
#ifndef SERVER_LEDGER_SCAN_H
#define SERVER_LEDGER_SCAN_H

#include <stdint.h>

#include "server/ledger/chain.h"
#include "server/ledger/group.h"
#include "server/ledger/ledger.h"
#include "server/ledger/segment.h"
#include "server/ledger/window.h"

struct scan {
	struct window window;
	uint64_t first; /* of the segment */
	uint32_t size;
	struct place place; /* behind the last whole group */
	struct place last;  /* of the last whole group; offset 0: none was passed yet */
};

/* Begins at a place of a segment; fd is borrowed. */
void scan_init(struct scan *scan, int fd, const struct segment *segment, const struct place *place);
void scan_release(struct scan *scan);

/* Passes the groups that are whole and follow each other, and notes them in the chain. Reads anew
 * what may have changed since. STATUS_OK at the first that is not there; STATUS_CORRUPT when the
 * file is too short; STATUS_MEMORY, STATUS_STORAGE. */
MUST_CHECK enum status scan_groups(struct scan *scan, struct chain *chain);

/* Judges what stands behind the last whole group: STATUS_OK when that is nothing, or what one torn
 * group may have left; STATUS_CORRUPT, with a sentence, when it is damage. */
MUST_CHECK enum status scan_tail(struct scan *scan, char why[static LEDGER_WHY_LEN]);

/* Time of the last entry in the last group passed (there must be one). STATUS_CORRUPT when its
 * entries are not well formed. */
MUST_CHECK enum status scan_time(struct scan *scan, int64_t *time);

#endif
