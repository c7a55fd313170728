/* What client.c and receive.c share: a connection, what is under way on it, the answer given last.
 */
#ifndef CLIENT_LIB_INSIDE_H
#define CLIENT_LIB_INSIDE_H

#include "client/lib/client.h"
#include "client/lib/flight.h"
#include "client/lib/link.h"
#include "client/lib/trust.h"
#include "common/arena.h"
#include "common/entry.h"

struct client {
	struct link link;
	struct flights flights;
	struct arena arena;    /* of the answer given last */
	struct arena greeting; /* of welcome */
	Pb__Welcome *welcome;
	struct subject *subjects; /* owned; room to decode an entry's header */
	struct trust *trust;      /* borrowed; NULL: proofs are not looked at */
	uint64_t begun;           /* entries of the signed head that we were greeted with: looks of
				   * this connection are entered later; 0: no head was proven */
	int64_t timeout;          /* microseconds */
	int64_t heard;            /* when something came last, or waiting began */
	bool pinged;              /* and nothing was heard since */
	enum status failed;       /* why the connection is gone; STATUS_OK while it is not */
};

/* Notes that the connection is gone, why NULL when the link has said why; returns status. */
enum status client_fail(struct client *client, enum status status, const char *why);

/* Puts a frame without a body. STATUS_MEMORY. */
MUST_CHECK enum status client_put_empty(struct client *client, enum frame_kind kind, uint16_t rpc,
					uint64_t request_id);

/* Takes a frame that belongs to no request: a ping, or the server's refusal of the connection,
 * which is its status. */
MUST_CHECK enum status client_take_other(struct client *client, const struct frame *frame,
					 const uint8_t *body);

#endif
