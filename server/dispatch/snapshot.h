/*
 * Snapshots: consistent copies of the state in DATA/snapshots/<sequence>/, each with the SHA-256 of
 * its data so that a damaged one is noticed before it is used.
 */
#ifndef SERVER_DISPATCH_SNAPSHOT_H
#define SERVER_DISPATCH_SNAPSHOT_H

#include <stdint.h>

#include "common/status.h"
#include "server/store/store.h"

#define SNAPSHOT_WHY_LEN 256

/* Copies the state beside running writers, then removes all but the newest keep (>= 1) snapshots.
 * *sequence is where the copy stands. STATUS_BUSY when another
 * is being taken, also by another process; STATUS_CONFLICT when there is one of that
 * sequence already. */
MUST_CHECK enum status snapshot_take(struct store *store, const char *data, unsigned keep,
				     uint64_t *sequence, char why[static SNAPSHOT_WHY_LEN]);

/* Removes all snapshots, also one that is just being taken, and takes a new one: nothing is left of
 * what was erased from the state before. */
MUST_CHECK enum status snapshot_replace(struct store *store, const char *data,
					char why[static SNAPSHOT_WHY_LEN]);

/* Where the newest snapshot stands, whole or not; 0 when there is none. */
uint64_t snapshot_newest(const char *data);

/* Makes DATA/state from the newest snapshot that is whole; what was there is removed. Damaged
 * snapshots are logged and passed over. STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status snapshot_restore(const char *data, char why[static SNAPSHOT_WHY_LEN]);

/* Makes DATA/state empty: the ledger has all. */
MUST_CHECK enum status snapshot_none(const char *data, char why[static SNAPSHOT_WHY_LEN]);

#endif
