/*
 * Who is speaking on one connection, and when: greeting, requests, streams, the end. Turns frames
 * into jobs for dispatch and their answers into frames; knows no RPC's meaning and no lane but for
 * the key of an act. proto/PROTOCOL.md sections 4 to 7. Loop thread.
 *
 *   HANDSHAKE --> HELLO --> READY        HELLO: the peer has an identity, and must greet
 *       |  \        |         |          READY: Welcome was sent; requests
 *       |   STRANGER|         |          STRANGER: the peer has no certificate, and may enrol
 *       |       |   |         |
 *       |       +---+----+----+
 *       |                v
 *       |             CLOSING            an ERROR of the connection was sent; nothing is answered
 *       v                v
 *       +----------->  CLOSED            the connection is gone; the session is freed
 */
#ifndef SERVER_SESSION_SESSION_H
#define SERVER_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/status.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/dispatch.h"
#include "server/net/conn.h"
#include "server/session/gate.h"
#include "server/session/inflight.h"

#define SESSION_VERSION_MIN 1 /* of the protocol */
#define SESSION_VERSION_MAX 3
#define SESSION_VERSION_MARKS 2 /* from which on a peer knows MARK */
#define SESSION_VERSION_HEADS 3 /* from which on Welcome shows the ledger's head */
#define SESSION_SEEN_MAX 16     /* heads that the newest one is proven to grow from */
#define SESSION_CLIENT_MAX 64   /* bytes of a client's name for itself */

struct desk;

enum session_state {
	SESSION_HANDSHAKE,
	SESSION_HELLO,
	SESSION_READY,
	SESSION_STRANGER,
	SESSION_CLOSING,
	SESSION_CLOSED,
};

struct session {
	struct desk *desk; /* borrowed; outlives it */
	struct conn *conn; /* borrowed; ends it by conn_owner.closed() */
	uint64_t name;     /* the desk's, never used again */
	uint64_t principal;
	uint64_t certificate;
	struct post post;  /* as of Welcome */
	int64_t sent_away; /* desk_now() when he could speak no longer; 0: he can */
	unsigned asked;    /* of a stranger: requests */
	int64_t ends;  /* of his certificate or grants, seconds since the epoch; from Welcome on */
	int64_t since; /* of Welcome; see struct identity */
	int64_t granted_until; /* as of the last judgement, likewise */
	bool outsider;         /* or a device: not of the staff; from Welcome on */
	struct gate_visit visit;
	uint32_t version; /* of the protocol; chosen by the greeting */
	enum session_state state;
	struct inflight inflight;
};

/* Takes a new connection over, which came from that address (the gate's number of it).
 * STATUS_MEMORY leaves it to the caller. */
MUST_CHECK enum status session_new(struct session **session, struct desk *desk, struct conn *conn,
				   uint64_t address);

/* A job of this session came home; takes it over. */
void session_done(struct session *session, struct job *job);

/* The server stops: streams end, new requests are refused. */
void session_end_streams(struct session *session);

/* Everything is answered: last words, then the connection closes. */
void session_farewell(struct session *session);

/* The peer has read enough: streams that rest go on. */
void session_drained(void *session);

/* ---- for the desk's sweep ---- */

/* Whether the peer may still speak; trust: also by the certificates and lists in force now. When he
 * may not, STATUS_IDENTITY, he is told why and the session ends. Another status: not known. */
MUST_CHECK enum status session_judge(struct session *session, bool trust);

/* ---- for each other: session.c, peer.c, request.c ---- */

/* Finds out who the peer is and fills the server's part of Welcome; else why not. */
MUST_CHECK enum status session_identify(struct session *session, Pb__Welcome *welcome,
					const char **reason);

/* Answers one request by an ERROR; the connection goes on. */
void session_refuse(struct session *session, const struct frame *frame, enum status status,
		    const char *reason, uint64_t limit);

/* The same of a limit of the gate; with a line in the log. */
void session_limit(struct session *session, const struct frame *frame, enum status status,
		   const char *reason, uint64_t limit);

/* The peer broke the protocol: an ERROR, for the request when frame is one, and an orderly end. */
void session_fault(struct session *session, const struct frame *frame, enum status status,
		   const char *reason);

/* Gives a request to dispatch. */
void session_submit(struct session *session, const struct frame *frame, const uint8_t *body);

/* A frame of a stranger, and his request that came home. */
void session_stranger(struct session *session, const struct frame *frame, const uint8_t *body);
void session_stranger_done(struct session *session, const struct job *job);

/* A frame that asks for something, or takes it back. */
void session_request(struct session *session, const struct frame *frame, const uint8_t *body);
void session_cancel(struct session *session, const struct frame *frame);

#endif
