/*
 * Heads that witnesses have co-signed. The newest heartbeat is the candidate; cosignatures for it,
 * and for the few before it, are gathered; once enough witnesses have signed one it is anchored:
 * kept as a signed note with all these lines, to which late ones are still added. Knows keys and
 * texts; who is a witness, says the caller.
 *
 *   FILE  appended, not waited for (what a power cut takes is gathered anew from the next
 *         heartbeat), records one behind the other: "DOSANCH1", u64 size, u32 cosignatures, u32
 *         length of the note, u32 crc32c of the note, u32 crc32c of the 28 bytes before; the note.
 *         Of several of one size the last counts. A torn end is cut off when it is opened.
 *
 * Threads: any.
 */
#ifndef SERVER_LEDGER_ANCHORS_H
#define SERVER_LEDGER_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/note.h"
#include "common/status.h"

#define ANCHORS_FILE "anchors" /* in the data directory */
#define ANCHORS_WHY_LEN 256
#define ANCHORS_CANDIDATES 4     /* heartbeats for which cosignatures are still taken */
#define ANCHORS_WITNESSES_MAX 32 /* whose lines are kept for one head */
#define ANCHORS_AHEAD 300        /* seconds that a witness's clock may be before ours */
#define ANCHORS_BEHIND 120       /* likewise behind; with more, verifiers would doubt the entries */

struct anchors;

/* Whose cosignatures count, and how many are needed. */
struct anchors_rule {
	unsigned needed;
	/* Whether this is, just now, the key of a witness that may speak. Called with a lock held.
	 */
	bool (*counts)(void *context, const struct note_key *key);
	void *context;
};

/* How far a head is. */
struct anchors_tally {
	uint64_t size;
	unsigned count; /* cosignatures that count */
	bool anchored;
};

/* What a witness co-signed last: size 0 when nothing is known. */
struct anchors_sight {
	uint64_t size;
	uint64_t time; /* seconds, of the cosignature */
};

/* Opens FILE, making it when it is not there. STATUS_STORAGE, STATUS_STORAGE_FULL, STATUS_MEMORY,
 * and a sentence in why. */
MUST_CHECK enum status anchors_open(struct anchors **anchors, const char *file,
				    char why[static ANCHORS_WHY_LEN]);
void anchors_close(struct anchors *anchors); /* NULL is fine */

/* Makes a heartbeat the candidate. The same head again keeps what was gathered for it; one that is
 * smaller than the candidate is ignored. STATUS_INVALID when it is no checkpoint. */
MUST_CHECK enum status anchors_offer(struct anchors *anchors, const void *heartbeat, size_t len);

/* How far the newest candidate is; size 0 when there is none. */
void anchors_candidate(struct anchors *anchors, const struct anchors_rule *rule,
		       struct anchors_tally *tally);

/* Takes signature lines for the candidate of that size: the one by key, which must hold over its
 * text, the others are ignored. now: seconds. STATUS_NOT_FOUND: there is no such candidate (any
 * more); STATUS_PROOF: there is no good line of that key, or its time is off;
 * STATUS_LIMIT: too many witnesses; STATUS_STORAGE, STATUS_STORAGE_FULL, STATUS_MEMORY. */
MUST_CHECK enum status anchors_add(struct anchors *anchors, uint64_t size,
				   const struct note_key *key, const void *lines, size_t len,
				   uint64_t now, const struct anchors_rule *rule,
				   struct anchors_tally *tally);

/* The newest anchored checkpoint, appended to note. STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status anchors_newest(struct anchors *anchors, struct buf *note, uint64_t *size);

/* The first anchored checkpoint that has the entry of that index. STATUS_NOT_FOUND. */
MUST_CHECK enum status anchors_first(struct anchors *anchors, uint64_t index, struct buf *note,
				     uint64_t *size);

/* What a witness, by the name and id of its key, co-signed last. */
void anchors_seen(struct anchors *anchors, const struct note_key *key, struct anchors_sight *sight);

#endif
