/*
 * One connection: bytes on a socket, under TLS, to frames and back. Knows deadlines and limits, but
 * neither messages nor who is speaking. Belongs to its loop and lives on the loop's thread.
 *
 *   HANDSHAKE --> GREETING --> OPEN
 *       |             |          |     conn_close(), a deadline
 *       |             +----+-----+
 *       |                  v
 *       |              FLUSHING        sends what waits, then goodbye
 *       |                  v
 *       |              LINGERING       throws away what still comes, so that the peer can read our
 *       |                  |           last words: closing on unread bytes would reset them
 *       v                  v
 *       +---------------> GONE         told the owner; freed when libuv lets go
 *                                      (from every state at a failure or the peer's goodbye)
 */
#ifndef SERVER_NET_CONN_H
#define SERVER_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/framer.h"
#include "common/hash.h"
#include "common/tls.h"
#include "server/net/list.h"
#include "server/net/outbox.h"

#define CONN_TURN_FRAMES 16 /* what one connection may do in one turn of the loop */
#define CONN_TURN_BYTES (64 * 1024)
#define CONN_CLOSE_MS 5000 /* to send the rest, and to linger, whatever the peer does */
#define CONN_LAST_MS 300   /* to linger when the loop stops */

struct loop;

enum conn_state {
	CONN_HANDSHAKE,
	CONN_GREETING,
	CONN_OPEN,
	CONN_FLUSHING,
	CONN_LINGERING,
	CONN_GONE,
};

/* What a connection tells its owner, on the loop's thread and never from inside a call by the
 * owner. After closed() it tells nothing more and must not be used. */
struct conn_owner {
	void (*ready)(void *owner); /* the handshake is over: the peer has an identity */
	void (*frame)(void *owner, const struct frame *frame, const uint8_t *body);
	void (*too_large)(void *owner, const struct frame *frame); /* then the connection closes */
	void (*drained)(void *owner); /* output fell below OUTBOX_LOW again */
	void (*idle)(void *owner);    /* no frame for idle_ms: time for a ping */
	void (*expired)(void *owner); /* a deadline is over; then the connection closes */
	void (*closed)(void *owner);
};

struct conn {
	struct loop *loop;              /* borrowed; outlives it */
	const struct conn_owner *calls; /* static storage */
	void *owner;                    /* borrowed */
	struct tls *tls;                /* owned */
	struct framer in;               /* owned */
	struct outbox out;              /* owned; frames that wait for the socket */
	uv_poll_t poll;
	int fd;     /* owned */
	int events; /* what poll waits for */
	enum conn_state state;
	bool tls_wants_write; /* to go on, whether or not there is output */
	bool doomed;          /* goes at the end of the turn */
	bool pinged;
	uint64_t began;       /* of this state, loop's milliseconds, as those below */
	uint64_t frame_began; /* of a frame not yet whole; 0: none */
	uint64_t heard;       /* the last frame */
	struct link all;      /* of the loop's lists: every connection, */
	struct link dirty;    /* those with output or an end to see to in this turn, */
	struct link more;     /* those with input that no poll event will tell */
};

/* Takes the socket over, also when it fails. The owner gets no call before it returns. */
MUST_CHECK enum status conn_new(struct conn **conn, struct loop *loop, int fd);

/* Whom to tell; once, directly after conn_new(). */
void conn_own(struct conn *conn, const struct conn_owner *calls, void *owner);

/* See tls_peer_identity(). From ready() on. */
MUST_CHECK enum status conn_identity(const struct conn *conn, uint8_t out[static HASH_LEN]);

/* See tls_is_stranger(). From ready() on. */
static inline bool conn_is_stranger(const struct conn *conn)
{
	return tls_is_stranger(conn->tls);
}

/* See tls_peer_not_after(). From ready() on. */
MUST_CHECK static inline enum status conn_certificate_ends(const struct conn *conn, int64_t *when)
{
	return tls_peer_not_after(conn->tls, when);
}

/* What the peer is by the CAs and lists of that context: see tls_judge_again(). From ready() on;
 * who is on his way out is trusted as he was. */
static inline enum tls_verdict conn_judge(const struct conn *conn, const struct tls_context *by)
{
	return conn->tls == NULL ? TLS_TRUSTED : tls_judge_again(conn->tls, by);
}

/* The peer is known: frames may be as long as requests, and the greeting's deadline is over. */
void conn_admit(struct conn *conn);

/* Sends at the end of the turn, with all else that waits. What cannot be kept (OUTBOX_MAX, no
 * memory) closes the connection, later. */
void conn_send(struct conn *conn, const void *bytes, size_t len);

/* The same with the bytes of a buffer, which is empty afterwards when they could be sent: no copy
 * when nothing waits. */
void conn_send_buf(struct conn *conn, struct buf *buf);

/* Bytes that wait for the peer. */
size_t conn_pending(const struct conn *conn);

/* An orderly end: no further frame is read; what waits is sent, then goodbye. May be called often.
 */
void conn_close(struct conn *conn);

/* ---- for the loop ---- */

/* Goes on where conn_send(), conn_close() or a bounded turn left off. */
void conn_flush(struct conn *conn);
void conn_read(struct conn *conn);

/* Sees to the deadlines. */
void conn_check(struct conn *conn, uint64_t now);

/* The end at once, without goodbye. */
void conn_drop(struct conn *conn);

#endif
