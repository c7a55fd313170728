/* The way to the server: with the profile's key, its passphrase if it has one, and in time a new
 * certificate. Says what to do when there is no way. */
#ifndef CLIENT_CLI_CONNECT_H
#define CLIENT_CLI_CONNECT_H

#include "common/status.h"

struct cli;

/* Connects cli->client by cli->profile, which is loaded. Renews the certificate when less than a
 * third of its life is left: in silence, and without harm to the command when that fails.
 * Complains. */
MUST_CHECK enum status connect_open(struct cli *cli);

#endif
