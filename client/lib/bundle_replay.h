/*
 * Rebuilds who has which item from the entries of a ledger, and compares with what an inventory
 * says. Where an entry is known only by its header, or was erased, it knows that something happened
 * to an item and not what; where only its hash is there, an item that stands otherwise than the
 * entries before it say is no contradiction. Takes any payload.
 */
#ifndef CLIENT_LIB_BUNDLE_REPLAY_H
#define CLIENT_LIB_BUNDLE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bundle.h"
#include "common/entry.h"
#include "common/status.h"

/* What the entries say of one item. */
struct replay_item {
	uint64_t id;
	bool certain; /* that last entry is there as it was made; else something of it was erased */
	bool known;   /* what follows is what they say; else an entry about it could not be read */
	bool lent;
	bool expected; /* stood in entries before the inventory began, so it must be there ... */
	bool listed;   /* ... as it is */
	uint64_t loan;
	uint64_t borrower;
	int64_t since;
	int32_t due;
	uint64_t sequence; /* of the last entry about it */
};

/* How many items stand as the entries say. */
struct bundle_replayed {
	uint64_t acts;   /* borrow, return, renew and handover entries that were followed */
	uint64_t unread; /* ... and those of which only header, or less than all, was there */
	uint64_t agree;
	uint64_t differ;
	uint64_t unknown; /* items about which the entries do not say enough */
};

/* item NULL: it is missing in the inventory. */
typedef void bundle_differs_cb(void *context, const struct bundle_item *item,
			       const struct replay_item *replayed);

struct replay;

/* from: the first entry's sequence; only from 0 on is nothing known to be nothing. NULL when memory
 * is out. */
struct replay *replay_new(uint64_t from);
void replay_free(struct replay *replay); /* NULL is fine */

/* Follows an entry. payload NULL: not known. certain: it is what the header was made with; else it
 * is what an erasure has left, which is believed where it agrees. */
MUST_CHECK enum status replay_entry(struct replay *replay, const struct entry *entry,
				    const uint8_t *payload, size_t len, bool certain);

/* Passes an entry of which nothing is known: it may have moved any item. */
void replay_leaf(struct replay *replay, uint64_t sequence);

/* Compares an item, as it is said to stand after the entries so far. */
void replay_compare(struct replay *replay, const struct bundle_item *item,
		    bundle_differs_cb *differs, void *context);

/* After the last: names items that are out and are not in the inventory, when that is whole. */
void replay_end(struct replay *replay, bool whole, bundle_differs_cb *differs, void *context);

const struct bundle_replayed *replay_counts(const struct replay *replay);

#endif
