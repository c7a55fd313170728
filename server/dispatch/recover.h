/*
 * From a data directory, however it was left, to a ledger and a state that agree. One process at a
 * time holds a data directory for writing.
 *
 *   DATA/running   boot id while a process runs; removed after a clean stop
 *   no mark, or this boot's: state and tree are whole (a process's death leaves the page cache)
 *   another boot's:          the state is thrown away; newest good snapshot instead
 *   then in any case:        the ledger's tail is applied, and the ledger's tree must have the root
 *                            that the state's mark says, else it is computed anew
 */
#ifndef SERVER_DISPATCH_RECOVER_H
#define SERVER_DISPATCH_RECOVER_H

#include <stdbool.h>

#include "common/status.h"
#include "server/dispatch/engine.h"
#include "server/dispatch/quarantine.h"
#include "server/ledger/ledger.h"
#include "server/store/store.h"

struct recovered {
	char *data;   /* owned; the directory */
	char *origin; /* owned; "" before genesis */
	int lock;     /* descriptor that holds the directory */
	struct ledger *ledger;
	struct store *store;
	char quarantine[QUARANTINE_WHY_LEN]; /* why nothing may be changed; "": all is well */
	bool is_erasing; /* an erasure waits for room on the disk: erasure_recover() once more */
};

/* Locks, opens and recovers. STATUS_BUSY when another process has the directory. On failure nothing
 * stays open and why says what happened. */
MUST_CHECK enum status recover_open(struct recovered *disk, const char *data,
				    char why[static ENGINE_WHY_LEN]);

/* Closes; clean: syncs state and tree and removes the running mark, so that the next start trusts
 * it. */
void recover_close(struct recovered *disk, bool clean);

/* Opens ledger and state for reading only, beside a running server or none. No lock, no recovery:
 * STATUS_CORRUPT when the state is of another boot. */
MUST_CHECK enum status recover_open_readonly(struct recovered *disk, const char *data,
					     char why[static ENGINE_WHY_LEN]);

/* Opens the ledger once more: beside a running server it is then not behind a transaction of the
 * state that was begun meanwhile. */
MUST_CHECK enum status recover_look_again(struct recovered *disk, char why[static ENGINE_WHY_LEN]);

#endif
