/*
 * The limit of the machine for any server that does what ours must: one thread, epoll, the same
 * TLS, each message sent back as it came. With a file: all that came in one turn is first written
 * to a preallocated file and made durable by one fdatasync.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/tls.h"
#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/echo.h"

#define FILE_SIZE ((off_t)256 * 1024 * 1024)
#define BACKLOG 1024
#define READ_MAX (16 * 1024) /* of one connection in one turn */

struct peer {
	int fd;
	struct tls *tls;
	bool shaken;
	bool want_write;
	size_t len; /* bytes held */
	uint8_t bytes[READ_MAX];
};

struct server {
	struct tls_context *context;
	int epoll;
	int listener;
	int file; /* -1: nothing is made durable */
	off_t offset;
	size_t turn_count;
	struct peer *turn[ECHO_EVENTS_MAX]; /* peers with messages to send back */
};

static void peer_free(struct peer *peer)
{
	tls_free(peer->tls);
	(void)close(peer->fd);
	free(peer);
}

static bool peer_accept(struct server *server)
{
	int one = 1;
	int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct peer *peer;
	struct epoll_event event = {.events = EPOLLIN};

	if (fd < 0)
		return false;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL) {
		(void)close(fd);
		return true;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer->fd = fd;
	peer->tls = tls_new(server->context, fd, NULL);
	event.data.ptr = peer;
	if (peer->tls == NULL || epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		peer_free(peer);
	return true;
}

/* Reads what is there; false when the peer is gone. */
static bool peer_read(struct peer *peer)
{
	enum tls_result result = TLS_DONE;
	size_t got;

	if (!peer->shaken) {
		result = tls_handshake(peer->tls);
		peer->shaken = result == TLS_DONE;
	}
	while (peer->shaken && result == TLS_DONE && peer->len < READ_MAX) {
		result = tls_read(peer->tls, peer->bytes + peer->len, READ_MAX - peer->len, &got);
		if (result == TLS_DONE)
			peer->len += got;
	}
	return result != TLS_CLOSED && result != TLS_FAILED;
}

/* Sends the whole messages back; what the socket does not take stays for the next turn. */
static bool peer_answer(struct server *server, struct peer *peer)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
	size_t whole = peer->len - peer->len % ECHO_MESSAGE_LEN, sent = 0, piece;
	enum tls_result result = TLS_DONE;

	while (sent < whole && result == TLS_DONE) {
		result = tls_write(peer->tls, peer->bytes + sent, whole - sent, &piece);
		if (result == TLS_DONE)
			sent += piece;
	}
	if (result == TLS_CLOSED || result == TLS_FAILED)
		return false;
	memmove(peer->bytes, peer->bytes + sent, peer->len - sent);
	peer->len -= sent;
	if (peer->want_write != (sent < whole)) {
		peer->want_write = sent < whole;
		event.events = peer->want_write ? EPOLLOUT : EPOLLIN;
		return epoll_ctl(server->epoll, EPOLL_CTL_MOD, peer->fd, &event) == 0;
	}
	return true;
}

/* Writes the messages of the turn one behind the other and syncs once. */
static enum status turn_store(struct server *server)
{
	for (size_t i = 0; i < server->turn_count; i++) {
		struct peer *peer = server->turn[i];
		size_t whole = peer->len - peer->len % ECHO_MESSAGE_LEN;
		if (server->offset + (off_t)whole > FILE_SIZE)
			server->offset = 0;
		if (pwrite(server->file, peer->bytes, whole, server->offset) != (ssize_t)whole)
			return connect_complain("write", STATUS_STORAGE, strerror(errno));
		server->offset += (off_t)whole;
	}
	if (fdatasync(server->file) != 0)
		return connect_complain("sync", STATUS_STORAGE, strerror(errno));
	return STATUS_OK;
}

static enum status turn_end(struct server *server)
{
	enum status status = STATUS_OK;

	if (server->turn_count > 0 && server->file >= 0)
		status = turn_store(server);
	for (size_t i = 0; i < server->turn_count && status == STATUS_OK; i++)
		if (!peer_answer(server, server->turn[i]))
			peer_free(server->turn[i]);
	server->turn_count = 0;
	return status;
}

static void peer_ready(struct server *server, struct peer *peer)
{
	if (!peer->want_write && !peer_read(peer))
		peer_free(peer);
	else if (peer->len >= ECHO_MESSAGE_LEN)
		server->turn[server->turn_count++] = peer;
}

static enum status serve(struct server *server)
{
	struct epoll_event events[ECHO_EVENTS_MAX];
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		int ready = epoll_wait(server->epoll, events, ECHO_EVENTS_MAX, -1);
		for (int i = 0; i < ready; i++) {
			if (events[i].data.ptr != NULL)
				peer_ready(server, events[i].data.ptr);
			else
				while (peer_accept(server))
					;
		}
		status = turn_end(server);
	}
	return status;
}

static enum status listen_on(struct server *server, const struct bench *bench)
{
	int one = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(bench->port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->epoll < 0 || server->listener < 0 ||
	    inet_pton(AF_INET, bench->host, &address.sin_addr) != 1 ||
	    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(server->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(server->listener, BACKLOG) != 0 ||
	    epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event) != 0)
		return connect_complain("listen", STATUS_SYSTEM, strerror(errno));
	return STATUS_OK;
}

/* All blocks are written once, so that no later sync has metadata to write. */
static enum status open_file(struct server *server, const char *path)
{
	static const uint8_t zeros[1024 * 1024];

	server->file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (off_t at = 0; server->file >= 0 && at < FILE_SIZE; at += (off_t)sizeof(zeros))
		if (pwrite(server->file, zeros, sizeof(zeros), at) != (ssize_t)sizeof(zeros))
			return connect_complain(path, STATUS_STORAGE, strerror(errno));
	if (server->file < 0 || fsync(server->file) != 0)
		return connect_complain(path, STATUS_STORAGE, strerror(errno));
	return STATUS_OK;
}

enum status bench_echo_serve(const struct bench *bench)
{
	struct server server = {.file = -1};
	char why[TLS_ERROR_LEN];
	struct tls_options tls = {
		.side = TLS_SERVER,
		.certificate = bench->certificate,
		.key = bench->key,
		.ca = {bench->ca},
	};
	enum status status = tls_context_new(&server.context, &tls, why);

	if (status != STATUS_OK)
		return connect_complain("TLS", status, why);
	if (bench->file != NULL)
		status = open_file(&server, bench->file);
	if (status == STATUS_OK)
		status = listen_on(&server, bench);
	if (status != STATUS_OK)
		return status;
	(void)fprintf(stderr, "event=listening port=%u\n", bench->port);
	return serve(&server); /* until it is killed */
}
