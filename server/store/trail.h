/* What the state keeps of the ledger's entries besides their effects; part of store.h. */
#ifndef SERVER_STORE_TRAIL_H
#define SERVER_STORE_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/merkle.h"

struct txn;

/* How far the state has come. */
struct mark {
	struct merkle tree; /* tree.size entries are applied */
	int64_t time;       /* of the last of them */
};

/* The entry with this sequence is about the subject. Adding it twice is adding it once. */
void trail_add(struct txn *txn, const struct subject *subject, uint64_t sequence);

/* The first sequence about the subject that is >= from; false when there is none. */
bool trail_next(struct txn *txn, const struct subject *subject, uint64_t from, uint64_t *sequence);

/* The principal's idempotency key was used by the entry with this sequence. */
void seen_put(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t sequence);

/* The sequence that seen_put() noted; false when the principal never used the key. */
bool seen_get(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t *sequence);

/* The mark; of a new state, and after a failure, that of an empty ledger. */
void mark_get(struct txn *txn, struct mark *mark);
void mark_put(struct txn *txn, const struct mark *mark);

#endif
