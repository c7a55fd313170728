/*
 * A connection to head office: connect, call, stream. A library: never prints, never exits, never
 * asks. One thread at a time a client. Blocking functions below; for many connections in one thread
 * see the stepping functions at the end, on which the blocking ones are built.
 */
#ifndef CLIENT_LIB_CLIENT_H
#define CLIENT_LIB_CLIENT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"
#include "common/rpc.h"
#include "common/status.h"
#include "common/tls.h"
#include "proto/request.pb-c.h"
#include "proto/wire.pb-c.h"

#define CLIENT_WHY_LEN 256
#define CLIENT_SEEN_MAX 16

struct trust;

struct client;

struct client_options {
	const char *host; /* name or address, as in the server's certificate */
	uint16_t port;
	const char *certificate; /* PEM files */
	const char *key;
	const char *passphrase; /* of the key; NULL: it has none */
	const char *ca;
	bool stranger;        /* has none of these yet: may only send enrol, is not welcomed, and
			       * must not believe the server before client_verify() */
	struct trust *trust;  /* borrowed as long as the connection; what its acts and marks are
			       * proven under; NULL: the server's word is taken, for measuring */
	const uint64_t *seen; /* sizes of heads that the server is to prove its own to grow from */
	size_t seen_count;    /* at most CLIENT_SEEN_MAX */
	const char *name;     /* program and version, for the server's log */
	unsigned timeout_ms;  /* of connecting and of each answer; 0: 30 s */
};

/* An answer, or a part of one. Memory is the client's, valid until its next call. */
struct client_answer {
	uint64_t request_id;
	enum frame_kind kind; /* ANSWER, ITEM, END or ERROR */
	enum status status;   /* STATUS_OK, what the refusal says, or STATUS_PROOF */
	const struct rpc *rpc;
	bool dry_run;               /* it was asked for as one */
	ProtobufCMessage *reply;    /* of ANSWER and ITEM: the RPC's reply */
	const char *why;            /* with STATUS_PROOF: what is wrong, msgid; else NULL */
	const Pb__Receipt *receipt; /* of a WRITE that was entered, also when refused; else NULL.
				     * With STATUS_PROOF it is worth nothing */
	const Pb__Refusal *refusal; /* of ERROR */
	const Pb__StreamEnd *end;   /* of END; count and hash are checked already */
	const Pb__Mark *mark; /* the entry under which this and what follows is shown, when it came
			       * with this; else NULL */
};

/* Connects, shakes hands, says hello; returns after Welcome. STATUS_UNREACHABLE, STATUS_TLS,
 * STATUS_IDENTITY, STATUS_VERSION_UNSUPPORTED, STATUS_TIMEOUT, STATUS_PROOF (it would speak a
 * version without proofs), and a sentence in why. */
MUST_CHECK enum status client_connect(struct client **client, const struct client_options *options,
				      char why[static CLIENT_WHY_LEN]);

/* Says goodbye and frees. NULL is fine. */
void client_close(struct client *client);

/* For a stranger: whether the server's certificate is good under one of these CAs (PEM), and for
 * the host that was called. STATUS_TLS and a sentence in why. */
MUST_CHECK enum status client_verify(const struct client *client, const void *ca, size_t len,
				     const char *host, char why[static CLIENT_WHY_LEN]);

/* Of a stranger empty but for the limits. */
const Pb__Welcome *client_welcome(const struct client *client);

/* One sentence about the last failure of the connection. */
const char *client_why(const struct client *client);

/* Makes a new idempotency key: the time first, so that keys of one client lie together. */
void client_new_key(uint8_t key[static FRAME_KEY_LEN]);

/* Puts a request on its way (it may still be in our buffer; waiting for answers sends it). key is
 * needed for a WRITE, else NULL. *request_id names its answers. */
MUST_CHECK enum status client_send(struct client *client, enum rpc_number rpc,
				   const ProtobufCMessage *request, const uint8_t *key,
				   enum frame_flags flags, uint64_t *request_id);

/* The same with a packed message, for repeating a journalled request byte for byte. */
MUST_CHECK enum status client_send_packed(struct client *client, enum rpc_number rpc,
					  const uint8_t *request, size_t len, const uint8_t *key,
					  enum frame_flags flags, uint64_t *request_id);

/* Waits for the next answer to any request. STATUS_OK: *answer is filled (its own status may be
 * a refusal). STATUS_UNREACHABLE or STATUS_TIMEOUT: the connection is gone, and of every unanswered
 * WRITE the outcome is unknown. */
MUST_CHECK enum status client_receive(struct client *client, struct client_answer *answer);

/* Ends a stream early; its END or ERROR still comes. */
MUST_CHECK enum status client_cancel(struct client *client, uint64_t request_id);

/* Sends one request and waits for its answer: for a POINT or WRITE with nothing else under way. */
MUST_CHECK enum status client_call(struct client *client, enum rpc_number rpc,
				   const ProtobufCMessage *request, const uint8_t *key,
				   enum frame_flags flags, struct client_answer *answer);

/* ---- stepping, for many clients in one thread ---- */

/* The socket, to wait for. */
int client_fd(const struct client *client);

/* Sends what is buffered as far as the socket takes it; *want_write when some is left. */
MUST_CHECK enum status client_flush(struct client *client, bool *want_write);

/* Takes one answer that is here without waiting: STATUS_NOT_FOUND when none is complete yet. */
MUST_CHECK enum status client_poll(struct client *client, struct client_answer *answer);

/* To be called now and then while waiting: asks a silent server whether it is there (the ping is
 * buffered), and gives up when it does not answer. STATUS_TIMEOUT: as client_receive(). */
MUST_CHECK enum status client_tick(struct client *client);

/* Requests without a final answer. */
size_t client_in_flight(const struct client *client);

#endif
