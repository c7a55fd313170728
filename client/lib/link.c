#include "client/lib/link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/lib/text.h"
#include "common/date.h"

void link_init(struct link *link)
{
	*link = (struct link){.fd = -1};
	framer_init(&link->framer, FRAME_BODY_MAX_ANSWER);
}

void link_release(struct link *link)
{
	if (link->tls != NULL)
		tls_goodbye(link->tls);
	tls_free(link->tls);
	tls_context_free(link->context);
	framer_release(&link->framer);
	buf_release(&link->out);
	if (link->fd >= 0)
		close(link->fd);
	link_init(link);
}

static enum status link_fail(struct link *link, enum status status, const char *why)
{
	snprintf(link->why, sizeof(link->why), "%s", why);
	return status;
}

enum status link_identify(struct link *link, const struct tls_options *options)
{
	return tls_context_new(&link->context, options, link->why);
}

static enum status wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd wanted = {.fd = fd, .events = events};
		int64_t left = deadline - clock_monotonic();
		int ready;

		if (left <= 0)
			return STATUS_TIMEOUT;
		ready = poll(&wanted, 1, left / 1000 < INT32_MAX ? (int)(left / 1000 + 1) : -1);
		if (ready > 0)
			return STATUS_OK;
		if (ready < 0 && errno != EINTR)
			return STATUS_SYSTEM;
	}
}

/* One address. errno says why not. */
static enum status connect_to(const struct addrinfo *address, int64_t deadline, int *fd)
{
	socklen_t len = sizeof(int);
	int yes = 1;
	int failure = 0;
	enum status status = STATUS_UNREACHABLE;

	*fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return STATUS_UNREACHABLE;
	if (setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0)
		goto close;
	if (connect(*fd, address->ai_addr, address->ai_addrlen) == 0)
		return STATUS_OK;
	if (errno != EINPROGRESS)
		goto close;
	status = wait_for(*fd, POLLOUT, deadline);
	if (status != STATUS_OK)
		goto close;
	status = STATUS_UNREACHABLE;
	if (getsockopt(*fd, SOL_SOCKET, SO_ERROR, &failure, &len) == 0 && failure == 0)
		return STATUS_OK;
	errno = failure;
close:
	failure = errno;
	close(*fd);
	*fd = -1;
	errno = failure;
	return status;
}

static enum status link_connect(struct link *link, const char *host, uint16_t port,
				int64_t deadline)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	enum status status = STATUS_UNREACHABLE;
	struct addrinfo *found;
	char service[8];
	int error;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	error = getaddrinfo(host, service, &hints, &found);
	if (error != 0)
		return link_fail(link, STATUS_UNREACHABLE, gai_strerror(error));
	for (struct addrinfo *one = found; one != NULL && status != STATUS_OK; one = one->ai_next)
		status = connect_to(one, deadline, &link->fd);
	freeaddrinfo(found);
	if (status == STATUS_TIMEOUT)
		return link_fail(link, status, N_("no answer to the call"));
	if (status != STATUS_OK)
		return link_fail(link, STATUS_UNREACHABLE, strerror(errno));
	return STATUS_OK;
}

/* A server that is full spends no handshake on saying so. */
static const char turned_away[] =
	N_("the server closed the connection before the handshake: it may be stopping, or too many "
	   "connections come from your address; try again");

static enum status link_handshake(struct link *link, int64_t deadline)
{
	for (;;) {
		enum tls_result result = tls_handshake(link->tls);
		enum status status = STATUS_OK;

		switch (result) {
		case TLS_DONE:
			return STATUS_OK;
		case TLS_WANT_READ:
			status = wait_for(link->fd, POLLIN, deadline);
			break;
		case TLS_WANT_WRITE:
			status = wait_for(link->fd, POLLOUT, deadline);
			break;
		case TLS_CLOSED:
			return link_fail(link, STATUS_TLS, N_("the server hung up"));
		case TLS_FAILED:
			if (tls_turned_away(link->tls))
				return link_fail(link, STATUS_UNREACHABLE, turned_away);
			tls_error(link->tls, link->why);
			return STATUS_TLS;
		}
		if (status != STATUS_OK)
			return link_fail(link, status, N_("the handshake took too long"));
	}
}

enum status link_open(struct link *link, const char *host, uint16_t port, int64_t deadline)
{
	enum status status = link_connect(link, host, port, deadline);

	if (status != STATUS_OK)
		return status;
	link->tls = tls_new(link->context, link->fd, host);
	if (link->tls == NULL)
		return link_fail(link, STATUS_MEMORY, N_("out of memory"));
	return link_handshake(link, deadline);
}

enum status link_put(struct link *link, const struct frame *frame, uint8_t **body)
{
	uint8_t *room = buf_reserve(&link->out, FRAME_HEADER_LEN + (size_t)frame->length);

	if (room == NULL)
		return STATUS_MEMORY;
	frame_encode(room, frame);
	*body = room + FRAME_HEADER_LEN;
	buf_added(&link->out, FRAME_HEADER_LEN + (size_t)frame->length);
	return STATUS_OK;
}

/* What a read or write that is not TLS_DONE means. */
static enum status link_judge(struct link *link, enum tls_result result)
{
	switch (result) {
	case TLS_CLOSED:
		return link_fail(link, STATUS_UNREACHABLE, N_("the server hung up"));
	case TLS_FAILED:
		tls_error(link->tls, link->why);
		return STATUS_UNREACHABLE;
	default:
		return STATUS_OK;
	}
}

enum status link_flush(struct link *link)
{
	while (link->out.len > 0) {
		size_t sent = 0;
		enum tls_result result =
			tls_write(link->tls, buf_head(&link->out), link->out.len, &sent);

		if (result != TLS_DONE)
			return link_judge(link, result);
		buf_consume(&link->out, sent);
	}
	return STATUS_OK;
}

static enum status link_read(struct link *link)
{
	size_t size;
	size_t got = 0;
	uint8_t *room = framer_room(&link->framer, &size);
	enum tls_result result;

	if (room == NULL)
		return link_fail(link, STATUS_MEMORY, N_("out of memory"));
	result = tls_read(link->tls, room, size, &got);
	if (result == TLS_WANT_READ || result == TLS_WANT_WRITE)
		return STATUS_NOT_FOUND;
	if (result != TLS_DONE)
		return link_judge(link, result);
	framer_added(&link->framer, got);
	return STATUS_OK;
}

enum status link_next(struct link *link, struct frame *frame, const uint8_t **body)
{
	enum status status;

	while ((status = framer_next(&link->framer, frame, body)) == STATUS_NOT_FOUND) {
		status = link_read(link);
		if (status != STATUS_OK)
			return status;
	}
	if (status == STATUS_FRAME_TOO_LARGE)
		return link_fail(link, status, N_("the server sent a frame that is too large"));
	return status;
}

enum status link_wait(struct link *link, int64_t deadline)
{
	short events = link->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
	enum status status = wait_for(link->fd, events, deadline);

	return status == STATUS_OK ? status
				   : link_fail(link, status, N_("the server does not answer"));
}
