/*
 * A client for tests of the server's side, one frame at a time, with a deadline on everything: what
 * does not come fails the test. May also do what no client should. With cmocka. Header only.
 */
#ifndef TESTS_LIB_PEER_H
#define TESTS_LIB_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/framer.h"
#include "common/message.h"
#include "common/tls.h"
#include "proto/wire.pb-c.h"
#include "tests/lib/certificates.h"

#define PEER_WAIT_MS 8000

struct peer {
	int fd;
	struct tls_context *context;
	struct tls *tls;
	struct framer in;
	struct frame frame;  /* received last */
	const uint8_t *body; /* of it */
	struct arena arena;
};

CERTIFICATES_HERE void peer_wait(const struct peer *peer, short events)
{
	struct pollfd wait = {.fd = peer->fd, .events = events};

	assert_int_equal(poll(&wait, 1, PEER_WAIT_MS), 1);
}

/* A plain connection; a small receive buffer if it is to fill soon. */
CERTIFICATES_HERE int peer_socket(uint16_t port, int receive_buffer)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;

	assert_true(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_true(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

CERTIFICATES_HERE struct tls_context *peer_context(struct certificates *all, enum tls_side side,
						   const char *name)
{
	struct tls_context *context;
	char why[TLS_ERROR_LEN];

	struct tls_options options = {
		.side = side,
		.certificate = certificates_path(all, name, "pem"),
		.key = certificates_path(all, name, "key"),
		.ca = {certificates_path(all, "ca", "pem")},
	};
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_OK);
	return context;
}

CERTIFICATES_HERE enum tls_result peer_shake(struct peer *peer)
{
	enum tls_result result;

	while ((result = tls_handshake(peer->tls)) == TLS_WANT_READ || result == TLS_WANT_WRITE)
		peer_wait(peer, result == TLS_WANT_READ ? POLLIN : POLLOUT);
	return result;
}

CERTIFICATES_HERE void peer_connect_with(struct peer *peer, struct certificates *all, uint16_t port,
					 const char *name, int receive_buffer)
{
	*peer = (struct peer){.fd = peer_socket(port, receive_buffer)};
	peer->context = peer_context(all, TLS_CLIENT, name);
	peer->tls = tls_new(peer->context, peer->fd, "127.0.0.1");
	framer_init(&peer->in, FRAME_BODY_MAX_ANSWER);
	arena_init(&peer->arena, 1 << 20);
	assert_int_equal(peer_shake(peer), TLS_DONE);
}

CERTIFICATES_HERE void peer_connect(struct peer *peer, struct certificates *all, uint16_t port)
{
	peer_connect_with(peer, all, port, "client", 0);
}

/* The end without goodbye. */
CERTIFICATES_HERE void peer_vanish(struct peer *peer)
{
	tls_free(peer->tls);
	tls_context_free(peer->context);
	framer_release(&peer->in);
	arena_release(&peer->arena);
	close(peer->fd);
	*peer = (struct peer){.fd = -1};
}

CERTIFICATES_HERE void peer_leave(struct peer *peer)
{
	tls_goodbye(peer->tls);
	peer_vanish(peer);
}

CERTIFICATES_HERE void peer_send_bytes(struct peer *peer, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	size_t sent;

	while (len > 0) {
		enum tls_result result = tls_write(peer->tls, at, len, &sent);

		if (result == TLS_DONE) {
			at += sent;
			len -= sent;
		} else {
			assert_int_equal(result, TLS_WANT_WRITE);
			peer_wait(peer, POLLOUT);
		}
	}
}

/* The length in the header is frame.length, also when the body is not there. */
CERTIFICATES_HERE void peer_send(struct peer *peer, struct frame frame, const void *body)
{
	uint8_t bytes[FRAME_HEADER_LEN + FRAME_BODY_MAX_REQUEST];

	frame_encode(bytes, &frame);
	if (body != NULL)
		memcpy(bytes + FRAME_HEADER_LEN, body, frame.length);
	peer_send_bytes(peer, bytes, FRAME_HEADER_LEN + (body != NULL ? frame.length : 0));
}

/* TLS_DONE: something was read. */
CERTIFICATES_HERE enum tls_result peer_read(struct peer *peer)
{
	enum tls_result result;
	size_t size, got;
	uint8_t *room = framer_room(&peer->in, &size);

	while ((result = tls_read(peer->tls, room, size, &got)) == TLS_WANT_READ)
		peer_wait(peer, POLLIN);
	if (result == TLS_DONE)
		framer_added(&peer->in, got);
	return result;
}

CERTIFICATES_HERE void peer_receive(struct peer *peer)
{
	while (framer_next(&peer->in, &peer->frame, &peer->body) != STATUS_OK)
		assert_int_equal(peer_read(peer), TLS_DONE);
}

/* The next frame is of that kind. */
CERTIFICATES_HERE void peer_expect(struct peer *peer, enum frame_kind kind, uint64_t request_id)
{
	peer_receive(peer);
	assert_int_equal(peer->frame.kind, kind);
	assert_int_equal(peer->frame.request_id, request_id);
}

/* The frame received last is an ERROR; returns what it says, valid until the next call. */
CERTIFICATES_HERE const Pb__Refusal *peer_error(struct peer *peer, uint64_t request_id,
						enum status status)
{
	struct message_fault fault;
	ProtobufCMessage *message;

	assert_int_equal(peer->frame.kind, FRAME_ERROR);
	assert_int_equal(peer->frame.request_id, request_id);
	arena_reset(&peer->arena);
	assert_int_equal(message_unpack(&pb__refusal__descriptor, peer->body, peer->frame.length,
					&peer->arena, &message, &fault),
			 STATUS_OK);
	assert_int_equal(((const Pb__Refusal *)message)->status, status);
	return (const Pb__Refusal *)message;
}

/* The next frame is one. */
CERTIFICATES_HERE const Pb__Refusal *peer_expect_error(struct peer *peer, uint64_t request_id,
						       enum status status)
{
	peer_receive(peer);
	return peer_error(peer, request_id, status);
}

/* Nothing more comes but the server's goodbye. */
CERTIFICATES_HERE void peer_expect_goodbye(struct peer *peer)
{
	const uint8_t *body;

	assert_int_equal(framer_next(&peer->in, &peer->frame, &body), STATUS_NOT_FOUND);
	assert_int_equal(peer_read(peer), TLS_CLOSED);
}

/* The connection ends, with whatever before and however. */
CERTIFICATES_HERE void peer_expect_end(struct peer *peer)
{
	const uint8_t *body;

	while (peer_read(peer) == TLS_DONE) {
		while (framer_next(&peer->in, &peer->frame, &body) == STATUS_OK)
			continue;
	}
}

/* The same on a socket without TLS. */
CERTIFICATES_HERE void socket_expect_end(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char away[4096];
	ssize_t got = 1;

	while (got > 0 || (got < 0 && errno == EAGAIN)) {
		assert_int_equal(poll(&wait, 1, PEER_WAIT_MS), 1);
		got = read(fd, away, sizeof(away));
	}
}

#endif
