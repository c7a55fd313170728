/*
 * Opening a ledger: reads its segments' headers, finds the end, makes what was found last. Readonly
 * it writes nothing. Used by ledger.c alone.
 */
#ifndef SERVER_LEDGER_RECOVERY_H
#define SERVER_LEDGER_RECOVERY_H

#include "server/ledger/ledger.h"

/* Completes a ledger that has its directory and an empty chain. A sentence in why (empty before) on
 * failure; the ledger is then only good for ledger_close(). */
MUST_CHECK enum status recovery_run(struct ledger *ledger, char why[static LEDGER_WHY_LEN]);

/* Passes and publishes the groups that came behind the tail since. */
MUST_CHECK enum status recovery_follow(struct ledger *ledger);

#endif
