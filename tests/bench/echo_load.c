/* The client of echo_serve.c: as many messages under way on each connection as depth says. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/tls.h"
#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/echo.h"
#include "tests/bench/report.h"
#include "tests/bench/usage.h"

#define READ_MAX (16 * 1024)

struct peer {
	int fd;
	struct tls *tls;
	size_t got;        /* bytes of the answer that is coming */
	uint64_t asked;    /* messages sent, of which */
	uint64_t answered; /* came back */
	int64_t *sent;     /* when; a ring of depth */
};

struct load {
	const struct bench *bench;
	struct tls_context *context;
	struct peer *peers;
	int epoll;
	bool measuring;
	struct report report;
};

static enum status peer_fail(const struct peer *peer, const char *what)
{
	char why[TLS_ERROR_LEN];

	tls_error(peer->tls, why);
	return connect_complain(what, STATUS_UNREACHABLE, why);
}

/* Tops up to depth; sends all of it in one write. With depth a message each it always fits. */
static enum status peer_send(struct load *load, struct peer *peer)
{
	static uint8_t messages[READ_MAX];
	size_t want = load->bench->depth - (size_t)(peer->asked - peer->answered);
	size_t len = want * ECHO_MESSAGE_LEN, done = 0, piece;
	int64_t now = usage_now();
	struct pollfd writable = {.fd = peer->fd, .events = POLLOUT};

	for (size_t i = 0; i < want; i++)
		peer->sent[peer->asked++ % load->bench->depth] = now;
	while (done < len) {
		enum tls_result result = tls_write(peer->tls, messages + done, len - done, &piece);
		if (result == TLS_DONE)
			done += piece;
		else if (result != TLS_WANT_WRITE || poll(&writable, 1, 10000) != 1)
			return peer_fail(peer, "send");
	}
	return STATUS_OK;
}

static enum status peer_ready(struct load *load, struct peer *peer)
{
	uint8_t bytes[READ_MAX];
	enum tls_result result;
	size_t got;
	int64_t now;

	while ((result = tls_read(peer->tls, bytes, sizeof(bytes), &got)) == TLS_DONE) {
		now = usage_now();
		peer->got += got;
		for (; peer->got >= ECHO_MESSAGE_LEN; peer->got -= ECHO_MESSAGE_LEN) {
			int64_t sent = peer->sent[peer->answered++ % load->bench->depth];
			if (load->measuring)
				histogram_note(&load->report.all, now - sent);
		}
	}
	return result == TLS_WANT_READ ? peer_send(load, peer) : peer_fail(peer, "receive");
}

static enum status peer_open(struct load *load, struct peer *peer)
{
	const struct bench *bench = load->bench;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(bench->port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
	struct pollfd readable = {.events = POLLIN};
	enum tls_result result;
	int one = 1;

	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	peer->sent = calloc(bench->depth, sizeof(*peer->sent));
	if (peer->fd < 0 || peer->sent == NULL ||
	    inet_pton(AF_INET, bench->host, &address.sin_addr) != 1 ||
	    connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    fcntl(peer->fd, F_SETFL, O_NONBLOCK) != 0 ||
	    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
		return connect_complain("connect", STATUS_UNREACHABLE, strerror(errno));
	peer->tls = tls_new(load->context, peer->fd, bench->host);
	if (peer->tls == NULL)
		return STATUS_MEMORY;
	readable.fd = peer->fd;
	while ((result = tls_handshake(peer->tls)) == TLS_WANT_READ)
		if (poll(&readable, 1, 10000) != 1)
			return connect_complain("handshake", STATUS_TIMEOUT, "");
	if (result != TLS_DONE)
		return peer_fail(peer, "handshake");
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
		return connect_complain("epoll", STATUS_SYSTEM, strerror(errno));
	return STATUS_OK;
}

static void peer_close(struct peer *peer)
{
	if (peer->tls != NULL)
		tls_goodbye(peer->tls);
	tls_free(peer->tls);
	if (peer->fd > 0)
		(void)close(peer->fd);
	free(peer->sent);
}

static enum status load_until(struct load *load, int64_t end)
{
	struct epoll_event events[ECHO_EVENTS_MAX];
	enum status status = STATUS_OK;

	while (status == STATUS_OK && usage_now() < end) {
		int ready = epoll_wait(load->epoll, events, ECHO_EVENTS_MAX, 100);
		for (int i = 0; i < ready && status == STATUS_OK; i++)
			status = peer_ready(load, events[i].data.ptr);
	}
	return status;
}

static enum status load_run(struct load *load)
{
	const struct bench *bench = load->bench;
	enum status status = STATUS_OK;

	for (unsigned i = 0; i < bench->connections && status == STATUS_OK; i++)
		status = peer_open(load, &load->peers[i]);
	for (unsigned i = 0; i < bench->connections && status == STATUS_OK; i++)
		status = peer_send(load, &load->peers[i]);
	if (status == STATUS_OK)
		status = load_until(load, usage_now() + (int64_t)(bench->warmup * 1e9));
	if (status != STATUS_OK)
		return status;
	report_begin(&load->report, bench, "echo");
	load->measuring = true;
	status = load_until(load, usage_now() + (int64_t)(bench->seconds * 1e9));
	report_end(&load->report);
	return status;
}

enum status bench_echo_load(const struct bench *bench)
{
	struct load *load = calloc(1, sizeof(*load));
	char why[TLS_ERROR_LEN] = "";
	enum status status;

	if (load == NULL || bench->depth * ECHO_MESSAGE_LEN > READ_MAX)
		return connect_complain("start", STATUS_LIMIT, "depth");
	load->bench = bench;
	load->peers = calloc(bench->connections, sizeof(*load->peers));
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	status = tls_context_new(&load->context,
				 &(struct tls_options){
					 .side = TLS_CLIENT,
					 .certificate = bench->certificate,
					 .key = bench->key,
					 .ca = {bench->ca},
				 },
				 why);
	if (status != STATUS_OK)
		(void)connect_complain("TLS", status, why);
	else if (load->peers == NULL || load->epoll < 0)
		status = STATUS_MEMORY;
	if (status == STATUS_OK)
		status = load_run(load);
	if (status == STATUS_OK)
		report_print(&load->report);
	for (unsigned i = 0; load->peers != NULL && i < bench->connections; i++)
		peer_close(&load->peers[i]);
	free(load->peers);
	(void)close(load->epoll);
	tls_context_free(load->context);
	free(load);
	return status;
}
