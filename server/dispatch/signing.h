/*
 * The signer beside the ledger as it grows: each committed group's head is signed before the group
 * is visible, and proofs for the answers lead to that head.
 */
#ifndef SERVER_DISPATCH_SIGNING_H
#define SERVER_DISPATCH_SIGNING_H

#include <stdint.h>

#include "common/merkle.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"

#define SIGNING_DIRECTORY "signer" /* in DATA */
#define SIGNING_WHY_LEN 512

struct signing {
	struct signer *signer;   /* owned; NULL: nothing is signed, the ledger is in quarantine */
	struct signed_head head; /* the newest */
	struct merkle_edge edge; /* of that head, in the ledger */
};

/* Opens the signer of DATA with the log key that stands there, signs what the ledger has (a crash
 * may have left it longer than the last head) and gives a first heartbeat. On failure a sentence in
 * why, and nothing to close. */
MUST_CHECK enum status signing_open(struct signing *signing, const char *data, const char *origin,
				    const struct ledger *ledger, int64_t now,
				    char why[static SIGNING_WHY_LEN]);
void signing_close(struct signing *signing);

/* Looks what keys there are beside the one that signs (server/logkey.h): at start it is done, and
 * again when the operator has prepared one. A sentence in why after a failure. */
MUST_CHECK enum status signing_companions(struct signing *signing, const char *data,
					  char why[static SIGNING_WHY_LEN]);

/* Signs the ledger as it is committed; head and edge are then of it. After any failure they are
 * what they were, and nothing more may be signed. */
MUST_CHECK enum status signing_advance(struct signing *signing, const struct ledger *ledger,
				       int64_t now);

#endif
