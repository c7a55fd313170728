/*
 * The state from the ledger: recovery, restored backups, replicas, and the proof that the state is
 * honest are all this one loop.
 */
#ifndef SERVER_DISPATCH_REPLAY_H
#define SERVER_DISPATCH_REPLAY_H

#include <stdint.h>

#include "common/status.h"
#include "server/ledger/ledger.h"
#include "server/store/store.h"

#define REPLAY_WHY_LEN 256

/* Called now and then with the entries done and to do. */
typedef void replay_progress_cb(void *context, uint64_t done, uint64_t total);

/* Applies the entries from the state's mark up to end (at most the ledger's size), in transactions
 * of many, moving the mark with them. progress may be NULL. STATUS_CORRUPT when the state is ahead
 * of the ledger or an entry is damaged. */
MUST_CHECK enum status replay_run(struct store *store, const struct ledger *ledger, uint64_t end,
				  replay_progress_cb *progress, void *context,
				  char why[static REPLAY_WHY_LEN]);

#endif
