/*
 * The segments in their order, how far they are committed, and where in them groups begin: what the
 * writer publishes and readers look up. Knows no files. Any thread may call anything but new and
 * free; segments are added and advanced by one.
 *
 * Per segment it keeps points, places of groups at least CHAIN_STRIDE apart, noted by the writer as
 * it commits and by readers as they pass, so that a look-up starts near its goal.
 */
#ifndef SERVER_LEDGER_CHAIN_H
#define SERVER_LEDGER_CHAIN_H

#include <stdint.h>

#include "common/status.h"
#include "server/ledger/group.h"
#include "server/ledger/segment.h"

#define CHAIN_STRIDE (64u * 1024) /* bytes; a quarter of a window: one read finds an entry */

struct chain;

/* Where an entry is to be looked for. */
struct view {
	uint64_t first;            /* of the segment */
	uint64_t next;             /* sequence behind its committed entries */
	uint64_t end;              /* offset behind its committed groups */
	struct place from;         /* a group at or before the entry's */
	uint64_t until;            /* offset of the next point, or end: the entry is before it */
	struct segment_end before; /* of the segment: how the one before ended */
};

/* A chain without segments; NULL when memory is out. */
struct chain *chain_new(void);
void chain_free(struct chain *chain);

/* Adds a segment, as yet without groups, behind the others. STATUS_MEMORY; STATUS_CORRUPT when it
 * is not the successor of the last: another origin, or not the segment that this one names. */
MUST_CHECK enum status chain_add(struct chain *chain, const struct segment *segment);

/* Publishes that groups are committed up to a place in the last segment, and the last entry's time.
 */
void chain_advance(struct chain *chain, const struct place *to, int64_t time);

/* Tells where a group of a segment begins. Only a help: kept when it is worth it. */
void chain_note(struct chain *chain, uint64_t first, const struct place *place);

/* Finds the committed entry of that sequence. STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status chain_find(struct chain *chain, uint64_t sequence, struct view *view);

/* Tells that committed entries were redacted: what was read from the file before is stale. How
 * often that was. */
void chain_redacted(struct chain *chain);
uint64_t chain_redactions(const struct chain *chain);

/* Number of committed entries; bytes of segment headers and groups; time of the last entry. */
uint64_t chain_size(const struct chain *chain);
uint64_t chain_bytes(const struct chain *chain);
int64_t chain_time(const struct chain *chain);

#endif
