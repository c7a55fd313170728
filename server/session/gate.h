/*
 * Who may come in, and how often: the limits that keep one peer from taking what all others need.
 * One for all loops. Holds a fixed amount of memory whatever comes. Knows addresses, certificates
 * and principals as numbers, not what they ask for; counts what it refuses. Threads: any.
 *
 *   address       a number for the network address of a peer: an IPv4 address, or the /64 of an
 *                 IPv6 address, which is what one customer of a provider has
 *   stranger      a connection whose peer is not known yet: it shakes hands, or is to greet
 *   now           nanoseconds of the monotonic clock
 *
 * A limit of 0 is none. The limits are those of server/option.def, section [limits].
 */
#ifndef SERVER_SESSION_GATE_H
#define SERVER_SESSION_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/status.h"
#include "server/config.h"
#include "server/metrics.h"
#include "server/net/list.h"

#define GATE_KEYS 16384           /* addresses, and principals, that are kept in mind */
#define GATE_BURST_SECONDS 15     /* handshakes of one address: so many seconds' worth at once */
#define GATE_SHARE 4              /* one address may have a quarter of all strangers */
#define GATE_OUTSIDER_BURST 10    /* requests that an outsider may always send at once */
#define GATE_CODE_WAIT_SECONDS 30 /* the first wait after wrong codes; then twice as long, */
#define GATE_CODE_WAIT_MAX_SECONDS 3600  /* up to this */
#define GATE_CODE_FORGIVEN_SECONDS 86400 /* after the last wait without a wrong one */

struct gate;

enum gate_verdict {
	GATE_ADMITTED,
	GATE_CROWDED,  /* too many strangers are there, or of this address */
	GATE_TOO_FAST, /* too many have come from this address */
};

/* One connection, from admission to its end; the gate's. */
struct gate_visit {
	uint64_t address;
	bool stranger;
	struct link seat; /* among the connections of its certificate */
	uint64_t certificate;
};

/* With these limits; metrics is borrowed. NULL when memory is out. */
struct gate *gate_new(const struct config *config, struct metrics *metrics);
void gate_free(struct gate *gate);

/* Other limits, for what comes from now on. */
void gate_use(struct gate *gate, const struct config *config);

/* The number of an address; 0 for what is neither IPv4 nor IPv6, which has no limit. */
uint64_t gate_address(const struct gate *gate, const struct sockaddr *from);

/* Whether a new connection may come in; it takes a handshake from the address's bucket then. */
MUST_CHECK enum gate_verdict gate_admit(struct gate *gate, uint64_t address, int64_t now);

/* An admitted connection begins, as a stranger. visit is all 0. */
void gate_enter(struct gate *gate, struct gate_visit *visit, uint64_t address, int64_t now);

/* The peer has that certificate, so it is no stranger, and takes a seat among the certificate's
 * connections. False: all are taken, *limit of them. Once. */
MUST_CHECK bool gate_know(struct gate *gate, struct gate_visit *visit, uint64_t certificate,
			  uint64_t *limit);

/* The connection is gone. Once. */
void gate_leave(struct gate *gate, struct gate_visit *visit);

/* Takes a request from the principal's bucket. False: it is one too many, of *limit a second. */
MUST_CHECK bool gate_request(struct gate *gate, uint64_t principal, bool outsider, int64_t now,
			     uint64_t *limit);

/* Whether somebody there may try an enrolment code. False: not for *seconds; 0: not until the
 * server starts anew. */
MUST_CHECK bool gate_code_allowed(struct gate *gate, uint64_t address, int64_t now,
				  uint64_t *seconds);

/* The code was wrong. */
void gate_code_wrong(struct gate *gate, uint64_t address, int64_t now);

#endif
