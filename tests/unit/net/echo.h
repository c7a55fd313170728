/*
 * A loop whose owner does what the frames say, and counts what it is told: the server's side of the
 * tests of net. Header only.
 */
#ifndef TESTS_UNIT_NET_ECHO_H
#define TESTS_UNIT_NET_ECHO_H

#include "common/log.h"
#include "server/net/loop.h"
#include "tests/lib/peer.h"

/* What a REQUEST asks for, in its rpc field. A HELLO is answered by WELCOME. */
enum echo_rpc {
	ECHO_BACK = 1, /* an ANSWER with the same body */
	ECHO_MUCH = 2, /* ANSWERs of 32 KiB, as many as the request id says */
	ECHO_END = 3,  /* an ERROR, then the connection's end */
	ECHO_MUTE = 4, /* nothing */
};

#define ECHO_PIECE (32 * 1024)

enum echo_event {
	ECHO_READY,
	ECHO_FRAME,
	ECHO_TOO_LARGE,
	ECHO_DRAINED,
	ECHO_IDLE,
	ECHO_EXPIRED,
	ECHO_CLOSED,
	ECHO_STOPPING,
	ECHO_EVENTS,
};

struct echo {
	struct certificates certificates;
	struct tls_context *tls;
	struct loop *loop;
	atomic_uint_least64_t connections;
	pthread_mutex_t lock;
	pthread_cond_t told;
	unsigned events[ECHO_EVENTS];
	size_t most_pending; /* of any connection, seen when frames came */
	atomic_bool busy;
	atomic_bool closed; /* nobody is let in */
	uint64_t arrived;
};

/* The owner of a connection is its echo and the connection itself. */
struct echo_conn {
	struct echo *echo;
	struct conn *conn;
};

CERTIFICATES_HERE void echo_count(struct echo *echo, enum echo_event event)
{
	pthread_mutex_lock(&echo->lock);
	echo->events[event]++;
	pthread_cond_broadcast(&echo->told);
	pthread_mutex_unlock(&echo->lock);
}

/* Waits until it was told count times. */
CERTIFICATES_HERE void echo_await(struct echo *echo, enum echo_event event, unsigned count)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PEER_WAIT_MS / 1000;
	pthread_mutex_lock(&echo->lock);
	while (echo->events[event] < count)
		assert_int_equal(pthread_cond_timedwait(&echo->told, &echo->lock, &until), 0);
	pthread_mutex_unlock(&echo->lock);
}

CERTIFICATES_HERE unsigned echo_told(struct echo *echo, enum echo_event event)
{
	unsigned count;

	pthread_mutex_lock(&echo->lock);
	count = echo->events[event];
	pthread_mutex_unlock(&echo->lock);
	return count;
}

CERTIFICATES_HERE void echo_send(struct conn *conn, enum frame_kind kind, uint64_t id,
				 const void *body, uint32_t length)
{
	uint8_t header[FRAME_HEADER_LEN];

	frame_encode(header,
		     &(struct frame){.kind = (uint8_t)kind, .request_id = id, .length = length});
	conn_send(conn, header, sizeof(header));
	conn_send(conn, body, length);
}

CERTIFICATES_HERE void echo_on_frame(void *owner, const struct frame *frame, const uint8_t *body)
{
	static const uint8_t piece[ECHO_PIECE];
	struct echo_conn *self = owner;

	if (frame->kind == FRAME_HELLO) {
		conn_admit(self->conn);
		echo_send(self->conn, FRAME_WELCOME, 0, body, frame->length);
	} else if (frame->rpc == ECHO_BACK) {
		echo_send(self->conn, FRAME_ANSWER, frame->request_id, body, frame->length);
	} else if (frame->rpc == ECHO_MUCH) {
		for (uint64_t i = 0; i < frame->request_id; i++)
			echo_send(self->conn, FRAME_ANSWER, i, piece, sizeof(piece));
	} else if (frame->rpc == ECHO_END) {
		echo_send(self->conn, FRAME_ERROR, frame->request_id, body, frame->length);
		conn_close(self->conn);
	}
	pthread_mutex_lock(&self->echo->lock);
	if (conn_pending(self->conn) > self->echo->most_pending)
		self->echo->most_pending = conn_pending(self->conn);
	pthread_mutex_unlock(&self->echo->lock);
	echo_count(self->echo, ECHO_FRAME);
}

CERTIFICATES_HERE void echo_on_ready(void *owner)
{
	echo_count(((struct echo_conn *)owner)->echo, ECHO_READY);
}

CERTIFICATES_HERE void echo_on_too_large(void *owner, const struct frame *frame)
{
	struct echo_conn *self = owner;

	echo_send(self->conn, FRAME_ERROR, frame->request_id, "too large", 9);
	echo_count(self->echo, ECHO_TOO_LARGE);
}

CERTIFICATES_HERE void echo_on_drained(void *owner)
{
	echo_count(((struct echo_conn *)owner)->echo, ECHO_DRAINED);
}

CERTIFICATES_HERE void echo_on_idle(void *owner)
{
	struct echo_conn *self = owner;

	echo_send(self->conn, FRAME_PING, 0, "", 0);
	echo_count(self->echo, ECHO_IDLE);
}

CERTIFICATES_HERE void echo_on_expired(void *owner)
{
	struct echo_conn *self = owner;

	echo_send(self->conn, FRAME_ERROR, 0, "late", 4);
	echo_count(self->echo, ECHO_EXPIRED);
}

CERTIFICATES_HERE void echo_on_closed(void *owner)
{
	struct echo_conn *self = owner;
	struct echo *echo = self->echo;

	free(self);
	echo_count(echo, ECHO_CLOSED);
}

/* Each connection has a number, by which accepted() knows it again. */
CERTIFICATES_HERE bool echo_admits(void *owner, const struct sockaddr *from, uint64_t *number)
{
	struct echo *echo = owner;

	assert_int_equal(from->sa_family, AF_INET);
	assert_int_equal(((const struct sockaddr_in *)(const void *)from)->sin_addr.s_addr,
			 htonl(INADDR_LOOPBACK));
	*number = ++echo->arrived;
	return !atomic_load(&echo->closed);
}

CERTIFICATES_HERE void echo_accepted(void *owner, struct conn *conn, uint64_t number)
{
	static const struct conn_owner calls = {
		.ready = echo_on_ready,
		.frame = echo_on_frame,
		.too_large = echo_on_too_large,
		.drained = echo_on_drained,
		.idle = echo_on_idle,
		.expired = echo_on_expired,
		.closed = echo_on_closed,
	};
	struct echo_conn *self = calloc(1, sizeof(*self));

	if (self == NULL)
		abort();
	self->echo = owner;
	assert_int_equal(number, self->echo->arrived);
	self->conn = conn;
	conn_own(conn, &calls, self);
}

CERTIFICATES_HERE void echo_mail(void *owner, struct mail *mail)
{
	(void)mail;
	atomic_store(&((struct echo *)owner)->busy, false);
}

CERTIFICATES_HERE void echo_turn(void *owner)
{
	(void)owner;
}

CERTIFICATES_HERE void echo_stopping(void *owner)
{
	echo_count(owner, ECHO_STOPPING);
}

CERTIFICATES_HERE bool echo_busy(void *owner)
{
	return atomic_load(&((struct echo *)owner)->busy);
}

CERTIFICATES_HERE void echo_stopped(void *owner, struct conn *conn)
{
	(void)owner;
	echo_send(conn, FRAME_ERROR, 0, "stopping", 8);
	conn_close(conn);
}

CERTIFICATES_HERE const struct limits echo_patient = {20000, 20000, 20000, 20000, 20000, 20000};

CERTIFICATES_HERE void echo_start(struct echo *echo, struct limits limits, uint64_t connections_max)
{
	static const struct loop_owner calls = {
		.admits = echo_admits,
		.accepted = echo_accepted,
		.mail = echo_mail,
		.turn = echo_turn,
		.stopping = echo_stopping,
		.busy = echo_busy,
		.stopped = echo_stopped,
	};
	struct loop_options options = {
		.calls = &calls,
		.owner = echo,
		.tls = echo->tls,
		.limits = limits,
		.address = "127.0.0.1",
		.connections_max = connections_max,
		.connections = &echo->connections,
	};
	char why[LISTENER_WHY_LEN];

	assert_int_equal(loop_new(&echo->loop, &options, why), STATUS_OK);
	assert_int_equal(loop_start(echo->loop), STATUS_OK);
}

/* loop_free() asserts that libuv has nothing left. */
CERTIFICATES_HERE void echo_stop(struct echo *echo)
{
	if (echo->loop != NULL) {
		loop_stop(echo->loop);
		loop_free(echo->loop);
		assert_int_equal(atomic_load(&echo->connections), 0);
	}
	echo->loop = NULL;
}

CERTIFICATES_HERE int echo_set_up(void **state)
{
	struct echo *echo = calloc(1, sizeof(*echo));

	assert_non_null(echo);
	certificates_usual(&echo->certificates);
	echo->tls = peer_context(&echo->certificates, TLS_SERVER, "server");
	pthread_mutex_init(&echo->lock, NULL);
	pthread_cond_init(&echo->told, NULL);
	log_set_level(LOG_LEVEL_ERROR); /* what is refused here is refused on purpose */
	*state = echo;
	return 0;
}

CERTIFICATES_HERE int echo_tear_down(void **state)
{
	struct echo *echo = *state;

	echo_stop(echo);
	tls_context_free(echo->tls);
	certificates_end(&echo->certificates);
	free(echo);
	return 0;
}

CERTIFICATES_HERE void echo_connect(struct echo *echo, struct peer *peer)
{
	peer_connect(peer, &echo->certificates, loop_port(echo->loop));
}

CERTIFICATES_HERE void echo_greet(struct peer *peer)
{
	peer_send(peer, (struct frame){.kind = FRAME_HELLO, .length = 5}, "hello");
	peer_expect(peer, FRAME_WELCOME, 0);
}

CERTIFICATES_HERE void echo_open(struct echo *echo, struct peer *peer)
{
	echo_connect(echo, peer);
	echo_greet(peer);
}

CERTIFICATES_HERE void echo_ask(struct peer *peer, enum echo_rpc rpc, uint64_t id, const char *body)
{
	peer_send(peer,
		  (struct frame){.kind = FRAME_REQUEST,
				 .rpc = (uint16_t)rpc,
				 .request_id = id,
				 .length = (uint32_t)strlen(body)},
		  body);
}

#endif
