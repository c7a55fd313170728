/* A new key of the ledger: taken over from the server when a head shows that there is one. */
#ifndef CLIENT_CLI_NEWKEY_H
#define CLIENT_CLI_NEWKEY_H

#include "common/status.h"

struct cli;

/* After connecting, when the shown head is proven. Does nothing when all who signed it are known.
 * Complains: STATUS_PROOF when what names the key is not proven. */
MUST_CHECK enum status newkey_follow(struct cli *cli);

#endif
