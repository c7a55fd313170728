/*
 * A profile's next key and certificate: made before the old ones end, tried, and exchanged for them
 * so that a cut anywhere leaves a pair that fits. Never prints.
 *
 *   next.new/                    being written
 *   next/key.pem next/cert.pem   whole; each stands for the one above it while it is there, and
 *                                moves up, the key first, once the pair was welcomed
 */
#ifndef CLIENT_LIB_RENEWAL_H
#define CLIENT_LIB_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include "client/lib/client.h"
#include "client/lib/profile.h"

#define RENEWAL_TIMEOUT_MS 5000 /* of each step: the command that waits is not to be held up */

/* Whether less than a third of the certificate's life is left. now: seconds since the epoch. False
 * for what cannot be read. */
bool renewal_is_due(const struct profile *profile, int64_t now);

/* Gets the next pair over a connection of its own, tries it and moves it up; CA bundle and log key
 * as well. options: those of a connection with the pair in use. STATUS_OK also when another process
 * is at it. On failure the pair in use stays, and why has a sentence. */
MUST_CHECK enum status renewal_run(const struct profile *profile,
				   const struct client_options *options,
				   char why[static CLIENT_WHY_LEN]);

/* The pair that waited in next/ was welcomed: moves it up, if nobody else does. */
MUST_CHECK enum status renewal_settle(const struct profile *profile);

/* The pair in next/ is no good: throws it away. False when it is no whole pair any more: then it
 * has begun to move up and the one above is gone. */
bool renewal_discard(const struct profile *profile);

#endif
