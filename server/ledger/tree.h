/*
 * The file of the tree over the entries (nodes.h), which is brought up to the ledger when that is
 * opened. For those who have the whole ledger in hand: start-up and checks.
 */
#ifndef SERVER_LEDGER_TREE_H
#define SERVER_LEDGER_TREE_H

#include "server/ledger/ledger.h"

/* Opens the file of a ledger whose end is found; for writing, what the file does not have or where
 * it is torn is computed from the entries. Trusting: only about its end. A sentence in why on
 * failure. For ledger_open() alone. */
MUST_CHECK enum status tree_open(struct ledger *ledger, bool trusting,
				 char why[static LEDGER_WHY_LEN]);

/* Makes the file last, for ledger_open_trusting(). STATUS_STORAGE. */
MUST_CHECK enum status tree_sync(struct ledger *ledger);

/* Computes the file anew from the entries: when its root is not what it must be. No edge may be in
 * use. STATUS_CORRUPT, STATUS_STORAGE or STATUS_STORAGE_FULL, and a sentence in why. */
MUST_CHECK enum status tree_rebuild(struct ledger *ledger, char why[static LEDGER_WHY_LEN]);

/* The nodes as they are in the file, right or wrong; STATUS_CORRUPT where none was ever written.
 * Valid while the ledger is open. */
void tree_nodes(const struct ledger *ledger, struct merkle_nodes *nodes);

#endif
