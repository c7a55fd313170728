/*
 * What happened: the append-only log of entries, the truth of which all else is derived. Knows
 * bytes, order and durability; not what an entry means.
 *
 * On disk: DIR/<first sequence, 20 digits>.seg, preallocated, a header (segment.h) and groups of
 * entries one behind the other (group.h). A group is what one fdatasync made durable: it is there
 * whole or not at all. DIR/tree (nodes.h) follows from the entries.
 *
 * A group never crosses segments. After the last group come zeros: opening zeroes a torn tail, and
 * syncs what it found, before anything is appended. A broken group with a good one behind it, or
 * with more than one torn group leaves, or in a segment that is not the last, is damage
 * (STATUS_CORRUPT), never silently dropped. Space is reserved a segment at a time, and zeros are
 * written to it a little ahead of the groups: that makes fdatasync cheapest (segment.h).
 *
 * Threads: stage, commit and discard belong to one writer. Readers are for any thread, each its
 * own, and see committed entries only.
 */
#ifndef SERVER_LEDGER_LEDGER_H
#define SERVER_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/merkle.h"
#include "common/status.h"

#define LEDGER_SEGMENT_SIZE (64u * 1024 * 1024)
#define LEDGER_SEGMENT_MIN (1024u * 1024) /* must hold the largest group */
#define LEDGER_GROUP_MAX (768u * 1024)    /* bytes of a group's body */
#define LEDGER_WHY_LEN 256

struct ledger;

/* One entry as read. Pointers are valid until the reader's next call. */
struct ledger_record {
	struct entry entry;
	const uint8_t *header; /* the bytes the leaf hashes */
	size_t header_len;
	const uint8_t *salt; /* ENTRY_SALT_LEN */
	const uint8_t *payload;
	size_t payload_len;
	bool redacted;     /* salt and payload are not those that the header commits to */
	size_t stored_len; /* payload_len, but of a redacted one: with what pads it */
};

/* Makes an empty ledger in a directory that is there and empty: first segment, synced with its
 * directory. segment_size 0: the default. STATUS_CONFLICT when there is a ledger; STATUS_INVALID
 * when the size is below LEDGER_SEGMENT_MIN. */
MUST_CHECK enum status ledger_create(const char *directory, const char *origin,
				     uint32_t segment_size);

/* Opens for appending: finds the end, checks the last segment group by group, zeroes a torn tail
 * and syncs that; computes what the tree's file does not have. STATUS_CORRUPT, STATUS_STORAGE or
 * STATUS_STORAGE_FULL and a sentence in why. One process at a time: the caller holds the data
 * directory's lock. */
MUST_CHECK enum status ledger_open(struct ledger **ledger, const char *directory,
				   char why[static LEDGER_WHY_LEN]);

/* The same, where all files are as the last process left them (in this boot, or it synced the tree
 * and stopped): of the tree's file only the end is checked. */
MUST_CHECK enum status ledger_open_trusting(struct ledger **ledger, const char *directory,
					    char why[static LEDGER_WHY_LEN]);

/* The same for reading only, also beside a running server: nothing is written; a torn tail is
 * simply not seen. */
MUST_CHECK enum status ledger_open_readonly(struct ledger **ledger, const char *directory,
					    char why[static LEDGER_WHY_LEN]);

/* Sees what another process has added since, also what it has not synced yet. STATUS_CORRUPT,
 * STATUS_STORAGE, STATUS_MEMORY. */
MUST_CHECK enum status ledger_refresh(struct ledger *ledger);

/* Frees it; readers must be gone. A staged group is forgotten. */
void ledger_close(struct ledger *ledger);

/* Whether it was created for that origin; STATUS_CORRUPT when not. */
MUST_CHECK enum status ledger_check_origin(const struct ledger *ledger, const char *origin);

/* Number of committed entries: the next sequence. Any thread. */
uint64_t ledger_size(const struct ledger *ledger);

/* Bytes on disk that hold entries. Any thread. */
uint64_t ledger_bytes(const struct ledger *ledger);

/* Time of the last committed entry, 0 in an empty ledger: times never go back. */
int64_t ledger_last_time(const struct ledger *ledger);

/* Adds one entry to the group being gathered. Sequence and commitment of entry are set here, salt
 * is made here. leaf gets the leaf hash. header (if not NULL) is pointed at the encoded header,
 * valid until commit or discard. STATUS_LIMIT when the group is full (commit first; with nothing
 * staged: the entry is too large for any group), STATUS_INVALID when it has too many subjects,
 * STATUS_DENIED when the ledger is readonly. */
MUST_CHECK enum status ledger_stage(struct ledger *ledger, struct entry *entry,
				    const uint8_t *payload, size_t len,
				    uint8_t leaf[static HASH_LEN], const uint8_t **header,
				    size_t *header_len);

/* How many are staged; the sequence that the next staged entry will get. */
size_t ledger_staged(const struct ledger *ledger);
uint64_t ledger_next(const struct ledger *ledger);

/* Appends the group and makes it durable. Nothing staged: does nothing. After any failure but
 * STATUS_STORAGE_FULL the ledger is fenced: every further commit fails the same way, and only
 * opening it anew tells what is on disk. STATUS_STORAGE_FULL (no room for the next segment or for
 * its place in the tree) has written nothing; the group is still staged, discard it. */
MUST_CHECK enum status ledger_commit(struct ledger *ledger);

/* The tree of the committed entries. For the writer, until its next commit. */
const struct merkle *ledger_peaks(const struct ledger *ledger);

/* Forgets the staged group. */
void ledger_discard(struct ledger *ledger);

/* Reads forward from a sequence. Cheap to make; keeps one segment open. */
struct ledger_reader;
MUST_CHECK enum status ledger_reader_new(struct ledger_reader **reader,
					 const struct ledger *ledger);
void ledger_reader_free(struct ledger_reader *reader);

/* The next record read will be this one. */
void ledger_reader_seek(struct ledger_reader *reader, uint64_t sequence);

/* Reads the next record and checks its group's CRC. STATUS_NOT_FOUND at the committed end (try
 * again later), STATUS_CORRUPT, STATUS_STORAGE. */
MUST_CHECK enum status ledger_reader_next(struct ledger_reader *reader,
					  struct ledger_record *record);

/* After STATUS_CORRUPT or STATUS_STORAGE: the file and offset, a sentence. The reader's storage. */
const char *ledger_reader_why(const struct ledger_reader *reader);

/* For checks: whether the payload is what the header's commitment says. Of a redacted one that is
 * for the entry to say by which it was redacted: STATUS_CORRUPT here (redaction.h). */
MUST_CHECK enum status ledger_record_verify(const struct ledger_record *record, struct hash *hash);

/* ---- proofs: of committed entries, any thread ---- */

/* The edge of the tree of the first size entries, from which roots and proofs follow
 * (common/merkle.h); valid while the ledger is open. STATUS_INVALID for size 0 and above
 * ledger_size(); STATUS_MEMORY, STATUS_STORAGE. Readonly: STATUS_CORRUPT where the tree is not
 * written yet: what the state stands on is. */
MUST_CHECK enum status ledger_edge(const struct ledger *ledger, uint64_t size,
				   struct merkle_edge *edge);

/* Builds trees: the Merkle tree of entries [tree->size, size) is appended by reading them. */
MUST_CHECK enum status ledger_tree(const struct ledger *ledger, struct merkle *tree, uint64_t size);

#endif
