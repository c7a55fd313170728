/* A profile for a principal that the ledger knows: what init and issue have in common. */
#ifndef SERVER_COMMAND_CREDENTIALS_H
#define SERVER_COMMAND_CREDENTIALS_H

#include "common/status.h"
#include "server/dispatch/engine.h"

struct credentials {
	const char *data;
	const char *login;
	const char *out;     /* directory to make */
	const char *address; /* of the server, for the profile */
	unsigned port;
	unsigned days;
};

/* Looks the login up in the state (also beside a running server) and makes the profile. The
 * certificate is bound to its principal when it is first used. */
MUST_CHECK enum status credentials_make(const struct credentials *order,
					char why[static ENGINE_WHY_LEN]);

#endif
