/*
 * When another key signs the ledger, as its entries say: the state names the newest one, the files
 * of the identity directory (server/logkey.h) and the signer follow.
 */
#ifndef SERVER_DISPATCH_SUCCESSION_H
#define SERVER_DISPATCH_SUCCESSION_H

#include "server/dispatch/signing.h"
#include "server/store/store.h"

/* At start, before the signer is opened: a stop in between may have left the files behind. A
 * sentence in why after a failure. */
MUST_CHECK enum status succession_settle(struct store *store, const char *data,
					 char why[static SIGNING_WHY_LEN]);

/* After a group in which a key may have been named: from the next one on it signs. A file that
 * could not be renamed now is by the next start. */
void succession_follow(struct signing *signing, struct store *store, const char *data);

#endif
