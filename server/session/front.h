/*
 * The server's side of the network: a desk for each loop thread, all on one port. What main starts,
 * reloads and stops.
 */
#ifndef SERVER_SESSION_FRONT_H
#define SERVER_SESSION_FRONT_H

#include <stdint.h>

#include "common/status.h"
#include "common/tls.h"
#include "server/config.h"
#include "server/dispatch/dispatch.h"

#define FRONT_WHY_LEN 256
#define FRONT_OTHER_FILES 512 /* descriptors left for ledger, state, log and whatever comes */

struct front;

struct front_options {
	struct config *config; /* references of it and of tls are taken */
	struct tls_context *tls;
	struct dispatch_shared shared; /* all it points to outlives the front; counts connections */
};

/* Listens and serves. STATUS_SYSTEM or STATUS_MEMORY and a sentence in why. */
MUST_CHECK enum status front_start(struct front **front, const struct front_options *options,
				   char why[static FRONT_WHY_LEN]);

/* Other settings (those that a reload takes up) and other certificates, CAs and lists for what
 * comes from now on. Connections that are there go on, but for those whose certificate is revoked
 * or no longer trusted, which end within seconds. STATUS_MEMORY: all is as it was. */
MUST_CHECK enum status front_reload(struct front *front, struct config *config,
				    struct tls_context *tls);

/* Accepts nobody more, answers what is under way (so writer and scanners must still run), says
 * goodbye, waits for the threads and frees. NULL is fine. */
void front_stop(struct front *front);

/* The port that all loops listen on. */
uint16_t front_port(const struct front *front);

#endif
