#include "server/net/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/net/loop.h"

/* The moves that the picture in conn.h allows: a bit for each state that may follow. */
static const uint8_t moves[] = {
	[CONN_HANDSHAKE] = 1 << CONN_GREETING | 1 << CONN_LINGERING | 1 << CONN_GONE,
	[CONN_GREETING] = 1 << CONN_OPEN | 1 << CONN_FLUSHING | 1 << CONN_GONE,
	[CONN_OPEN] = 1 << CONN_FLUSHING | 1 << CONN_GONE,
	[CONN_FLUSHING] = 1 << CONN_LINGERING | 1 << CONN_GONE,
	[CONN_LINGERING] = 1 << CONN_GONE,
	[CONN_GONE] = 0,
};

#define LINGER_PIECE 4096 /* thrown away in one turn */

static void conn_move(struct conn *conn, enum conn_state to)
{
	assert((moves[conn->state] >> to & 1) == 1);
	conn->state = to;
	conn->began = loop_now(conn->loop);
}

static bool conn_speaks(const struct conn *conn)
{
	return conn->state == CONN_GREETING || conn->state == CONN_OPEN;
}

static void conn_log(struct conn *conn, const char *event, const char *why)
{
	if (loop_may_log(conn->loop))
		log_event(LOG_LEVEL_INFO, event, "why=%s", why);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Waits for what this state needs, and for nothing else. */
static void conn_wait(struct conn *conn)
{
	bool reads = conn->state != CONN_FLUSHING && !(conn_speaks(conn) && conn->out.paused);
	int events = reads ? UV_READABLE : 0;

	if (conn->state == CONN_GONE)
		return;
	if (conn->state != CONN_LINGERING && (conn->out.full || conn->tls_wants_write))
		events |= UV_WRITABLE;
	if (events == conn->events)
		return;
	conn->events = events;
	if (events == 0)
		(void)uv_poll_stop(&conn->poll); /* both fail only while closing */
	else
		(void)uv_poll_start(&conn->poll, events, on_poll);
}

/* ---- birth and end ---- */

enum status conn_new(struct conn **out, struct loop *loop, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		goto close_fd;
	conn->loop = loop;
	conn->fd = fd;
	conn->state = CONN_HANDSHAKE;
	conn->began = loop_now(loop);
	framer_init(&conn->in, FRAME_BODY_MAX_HELLO);
	conn->tls = tls_new(loop->tls, fd, NULL);
	if (conn->tls == NULL)
		goto free_conn;
	if (uv_poll_init(&loop->uv, &conn->poll, fd) != 0)
		goto free_tls;
	conn->poll.data = conn;
	list_add(&loop->all, &conn->all);
	atomic_fetch_add_explicit(loop->connections, 1, memory_order_relaxed);
	conn_wait(conn);
	*out = conn;
	return STATUS_OK;
free_tls:
	tls_free(conn->tls);
free_conn:
	free(conn);
close_fd:
	close(fd);
	return STATUS_MEMORY;
}

void conn_own(struct conn *conn, const struct conn_owner *calls, void *owner)
{
	conn->calls = calls;
	conn->owner = owner;
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	tls_free(conn->tls);
	framer_release(&conn->in);
	outbox_release(&conn->out);
	free(conn);
}

void conn_drop(struct conn *conn)
{
	if (conn->state == CONN_GONE)
		return;
	conn_move(conn, CONN_GONE);
	list_remove(&conn->all);
	list_remove(&conn->dirty);
	list_remove(&conn->more);
	uv_close((uv_handle_t *)&conn->poll, on_closed);
	close(conn->fd);
	if (conn->calls != NULL)
		conn->calls->closed(conn->owner);
	atomic_fetch_sub_explicit(conn->loop->connections, 1, memory_order_release);
}

void conn_close(struct conn *conn)
{
	if (conn->state == CONN_HANDSHAKE)
		conn->doomed = true;
	else if (conn_speaks(conn))
		conn_move(conn, CONN_FLUSHING);
	else
		return;
	list_add(&conn->loop->dirty, &conn->dirty);
}

static void conn_linger(struct conn *conn)
{
	uint8_t away[LINGER_PIECE];
	ssize_t got = recv(conn->fd, away, sizeof(away), 0);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		conn_drop(conn);
	else
		conn_wait(conn);
}

static void conn_start_linger(struct conn *conn)
{
	tls_goodbye(conn->tls);
	tls_free(conn->tls);
	conn->tls = NULL;
	framer_release(&conn->in);
	outbox_release(&conn->out);
	(void)shutdown(conn->fd, SHUT_WR); /* fails when the peer is gone, which the read tells */
	conn_move(conn, CONN_LINGERING);
	conn_linger(conn);
}

/* ---- who is there ---- */

enum status conn_identity(const struct conn *conn, uint8_t out[static HASH_LEN])
{
	return tls_peer_identity(conn->tls, out);
}

void conn_admit(struct conn *conn)
{
	if (conn->state != CONN_GREETING)
		return;
	framer_limit(&conn->in, FRAME_BODY_MAX_REQUEST);
	conn_move(conn, CONN_OPEN);
}

static void conn_shake(struct conn *conn)
{
	enum tls_result result;
	char why[TLS_ERROR_LEN];

	if (conn->loop->shakes++ >= LOOP_TURN_SHAKES)
		return; /* what is not read, poll tells again in the next turn */
	result = tls_handshake(conn->tls);
	conn->tls_wants_write = result == TLS_WANT_WRITE;
	if (result == TLS_DONE) {
		conn_move(conn, CONN_GREETING);
		conn->heard = conn->began;
		conn->calls->ready(conn->owner);
		conn_read(conn); /* the first frame may have come with the handshake's last */
	} else if (result == TLS_FAILED) {
		tls_error(conn->tls, why);
		conn_log(conn, "handshake_failed", why);
		conn_start_linger(conn); /* so that the peer can read the alert */
	} else {
		conn_wait(conn);
	}
}

/* ---- out ---- */

size_t conn_pending(const struct conn *conn)
{
	return conn->out.buf.len;
}

static void conn_sent(struct conn *conn, enum status status)
{
	if (status == STATUS_LIMIT)
		conn_log(conn, "connection_dropped", "the peer does not read its answers");
	if (status != STATUS_OK)
		conn->doomed = true;
	list_add(&conn->loop->dirty, &conn->dirty);
}

void conn_send(struct conn *conn, const void *bytes, size_t len)
{
	if (conn_speaks(conn) && !conn->doomed)
		conn_sent(conn,
			  outbox_add(&conn->out, conn->tls, loop_now(conn->loop), bytes, len));
}

void conn_send_buf(struct conn *conn, struct buf *buf)
{
	if (conn_speaks(conn) && !conn->doomed)
		conn_sent(conn, outbox_take(&conn->out, conn->tls, loop_now(conn->loop), buf));
}

/* The peer could not go on with its frame while we did not read: its deadline begins anew. */
static void conn_drained(struct conn *conn, bool paused)
{
	if (paused) {
		list_add(&conn->loop->more, &conn->more);
		conn->frame_began = 0;
	}
	conn->calls->drained(conn->owner);
}

void conn_flush(struct conn *conn)
{
	bool paused = conn->out.paused;

	list_remove(&conn->dirty);
	if (conn->doomed || (!conn->out.full && outbox_write(&conn->out, conn->tls,
							     loop_now(conn->loop)) != STATUS_OK))
		conn_drop(conn);
	else if (conn->state == CONN_FLUSHING && conn->out.buf.len == 0)
		conn_start_linger(conn);
	else if (conn_speaks(conn) && outbox_drained(&conn->out))
		conn_drained(conn, paused);
	conn_wait(conn);
}

/* ---- in ---- */

/* Gives one frame to the owner; false when none is whole. */
static bool conn_give(struct conn *conn)
{
	struct frame frame;
	const uint8_t *body;
	enum status status = framer_next(&conn->in, &frame, &body);

	if (status == STATUS_NOT_FOUND)
		return false;
	conn->frame_began = 0;
	conn->heard = loop_now(conn->loop);
	conn->pinged = false;
	if (status == STATUS_OK) {
		conn->calls->frame(conn->owner, &frame, body);
	} else {
		conn->calls->too_large(conn->owner, &frame);
		conn_close(conn);
	}
	return true;
}

/* Reads a piece; 0 when there is none, and then perhaps no connection any more. */
static size_t conn_fill(struct conn *conn)
{
	size_t size, got = 0;
	uint8_t *room = framer_room(&conn->in, &size);
	enum tls_result result = room == NULL ? TLS_FAILED : tls_read(conn->tls, room, size, &got);

	conn->tls_wants_write = result == TLS_WANT_WRITE;
	if (result == TLS_DONE) {
		framer_added(&conn->in, got);
		return got;
	}
	if (result == TLS_CLOSED)
		tls_goodbye(conn->tls);
	if (result != TLS_WANT_READ && result != TLS_WANT_WRITE)
		conn_drop(conn);
	return 0;
}

/* No whole frame is left: an idle connection keeps no memory, a begun frame has its deadline. */
static void conn_rest(struct conn *conn)
{
	if (!framer_waiting(&conn->in)) {
		framer_release(&conn->in);
		conn->frame_began = 0;
	} else if (conn->frame_began == 0) {
		conn->frame_began = loop_now(conn->loop);
	}
}

/* A read that leaves nothing inside OpenSSL is not tried again: poll tells when there is more. */
void conn_read(struct conn *conn)
{
	size_t frames = 0, bytes = 0, got = 1;

	list_remove(&conn->more);
	while (conn_speaks(conn) && !conn->out.paused) {
		if (frames == CONN_TURN_FRAMES || bytes >= CONN_TURN_BYTES) {
			list_add(&conn->loop->more, &conn->more);
			break;
		}
		if (conn_give(conn)) {
			frames++;
			continue;
		}
		got = bytes > 0 && !tls_waiting(conn->tls) ? 0 : conn_fill(conn);
		bytes += got;
		if (got == 0)
			break;
	}
	if (got == 0 && conn_speaks(conn))
		conn_rest(conn);
	conn_wait(conn);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	if (status < 0) {
		conn_drop(conn);
	} else if (conn->state == CONN_HANDSHAKE) {
		conn_shake(conn);
	} else if (conn->state == CONN_LINGERING) {
		conn_linger(conn);
	} else {
		if ((events & UV_WRITABLE) != 0) {
			conn->out.full = false;
			conn_flush(conn);
		}
		if (conn_speaks(conn))
			conn_read(conn);
	}
}

/* ---- deadlines ---- */

static void conn_expire(struct conn *conn, const char *why)
{
	conn_log(conn, "connection_expired", why);
	conn->calls->expired(conn->owner);
	conn_close(conn);
}

static void conn_check_open(struct conn *conn, const struct limits *limits, uint64_t now)
{
	uint64_t silent = now - conn->heard;

	if (now - conn->began > limits->session) {
		conn_expire(conn, "the session is over");
	} else if (conn->pinged && silent > limits->idle + limits->stall) {
		conn_expire(conn, "nothing heard after a ping");
	} else if (!conn->pinged && silent > limits->idle) {
		conn->pinged = true;
		conn->calls->idle(conn->owner);
	}
}

void conn_check(struct conn *conn, uint64_t now)
{
	const struct limits *limits = &conn->loop->limits;
	uint64_t age = now - conn->began;
	uint64_t stalled = conn->out.stalled == 0 ? 0 : now - conn->out.stalled;
	bool last = conn->loop->farewell && conn->state == CONN_LINGERING;
	uint64_t framing = conn->frame_began == 0 || conn->out.paused ? 0 : now - conn->frame_began;

	if (conn->state == CONN_HANDSHAKE) {
		if (age > limits->handshake)
			conn_drop(conn);
	} else if (!conn_speaks(conn)) {
		if (age > (last ? CONN_LAST_MS : CONN_CLOSE_MS))
			conn_drop(conn);
	} else if (stalled > limits->stall) {
		conn_log(conn, "connection_dropped", "the peer takes nothing");
		conn_drop(conn);
	} else if (framing > limits->frame) {
		conn_expire(conn, "a frame did not end in time");
	} else if (conn->state == CONN_OPEN) {
		conn_check_open(conn, limits, now);
	} else if (age > limits->hello) {
		conn_expire(conn, "no greeting in time");
	}
}
