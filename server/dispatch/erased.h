/* What erase entries list, gathered: which entries are to be redacted, and how. Writes nothing. */
#ifndef SERVER_DISPATCH_ERASED_H
#define SERVER_DISPATCH_ERASED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/hash.h"
#include "proto/request.pb-c.h"
#include "server/ledger/ledger.h"

/* One entry as one erasure leaves it. */
struct listed {
	uint64_t sequence;
	size_t order; /* of the erasure; a later one goes on from what an earlier one left */
	const Pb__EraseReply *erased;
	const uint8_t *digest; /* HASH_LEN */
};

/* A redacted entry as it stands in the ledger. */
struct seen_redacted {
	uint64_t sequence;
	uint8_t digest[HASH_LEN];
};

struct erased_list {
	struct arena arena;    /* of the erase entries, unpacked */
	struct listed *listed; /* owned */
	size_t count;
	size_t capacity;
	size_t erasures;
	struct seen_redacted *seen; /* owned; in their order */
	size_t seen_count;
	size_t seen_capacity;
};

/* An empty list. */
void erased_init(struct erased_list *list);

/* Frees all that was added. */
void erased_release(struct erased_list *list);

/* Adds what an erase entry lists; the earlier entries first. STATUS_CORRUPT, STATUS_MEMORY. */
MUST_CHECK enum status erased_add(struct erased_list *list, const struct ledger_record *record);

/* By sequence, and of one by order. After the last was added. */
void erased_sort(struct erased_list *list);

/* How many of the following, from one on, are of the same entry: at least 1. */
size_t erased_run(const struct erased_list *list, size_t from);

/* What is known of an entry that is in the list. */
enum listed_state {
	LISTED_DONE,  /* it is as the last of the run says */
	LISTED_DUE,   /* it is as it was, or as an earlier one says */
	LISTED_WRONG, /* redacted, but by none of these */
};

/* Judges a run by the entry; *from is then the first of it that is to be carried out yet. */
enum listed_state erased_judge(const struct erased_list *list, size_t *from, size_t count,
			       const struct ledger_record *record, struct hash *hash);

/* Appends to bytes what is to stand in the entry's place, as the count listed from one on say.
 * STATUS_CORRUPT when it does not come out as the last of them says; STATUS_MEMORY. */
MUST_CHECK enum status erased_make(const struct erased_list *list, size_t from, size_t count,
				   const struct ledger_record *record, struct hash *hash,
				   struct buf *bytes);

/* ---- whether a whole ledger is as its erase entries say ---- */

/* Takes note of an entry, each in its order: of erase entries what they list, of redacted ones that
 * they are. For the others it does nothing. STATUS_CORRUPT, STATUS_MEMORY. */
MUST_CHECK enum status erased_note(struct erased_list *list, const struct ledger_record *record,
				   struct hash *hash);

/* The first at or behind *at that was noted as redacted and is not listed so; false when there is
 * none. After erased_sort(). */
bool erased_unlisted(const struct erased_list *list, size_t *at, uint64_t *sequence);

/* The first at or behind *at that is listed and was not noted as the last erasure of it says. */
bool erased_undone(const struct erased_list *list, size_t *at, uint64_t *sequence);

#endif
