#include "client/lib/line.h"

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

void line_init(struct line *line)
{
	*line = (struct line){.fd = -1};
	framer_init(&line->framer, FRAME_BODY_MAX_ANSWER);
}

void line_release(struct line *line)
{
	if (line->tls != NULL)
		tls_goodbye(line->tls);
	tls_free(line->tls);
	tls_context_free(line->context);
	framer_release(&line->framer);
	buf_release(&line->out);
	if (line->fd >= 0)
		close(line->fd);
	line_init(line);
}

static enum status line_fail(struct line *line, enum status status, const char *why)
{
	snprintf(line->why, sizeof(line->why), "%s", why);
	return status;
}

enum status line_identify(struct line *line, const struct tls_options *options)
{
	return tls_context_new(&line->context, options, line->why);
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

static enum status line_connect(struct line *line, const char *host, uint16_t port,
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
		return line_fail(line, STATUS_UNREACHABLE, gai_strerror(error));
	for (struct addrinfo *one = found; one != NULL && status != STATUS_OK; one = one->ai_next)
		status = connect_to(one, deadline, &line->fd);
	freeaddrinfo(found);
	if (status == STATUS_TIMEOUT)
		return line_fail(line, status, N_("no answer to the call"));
	if (status != STATUS_OK)
		return line_fail(line, STATUS_UNREACHABLE, strerror(errno));
	return STATUS_OK;
}

/* A server that is full spends no handshake on saying so. */
static const char turned_away[] =
	N_("the server closed the connection before the handshake: it may be stopping, or too many "
	   "connections come from your address; try again");

static enum status line_handshake(struct line *line, int64_t deadline)
{
	for (;;) {
		enum tls_result result = tls_handshake(line->tls);
		enum status status = STATUS_OK;

		switch (result) {
		case TLS_DONE:
			return STATUS_OK;
		case TLS_WANT_READ:
			status = wait_for(line->fd, POLLIN, deadline);
			break;
		case TLS_WANT_WRITE:
			status = wait_for(line->fd, POLLOUT, deadline);
			break;
		case TLS_CLOSED:
			return line_fail(line, STATUS_TLS, N_("the server hung up"));
		case TLS_FAILED:
			if (tls_turned_away(line->tls))
				return line_fail(line, STATUS_UNREACHABLE, turned_away);
			tls_error(line->tls, line->why);
			return STATUS_TLS;
		}
		if (status != STATUS_OK)
			return line_fail(line, status, N_("the handshake took too long"));
	}
}

enum status line_open(struct line *line, const char *host, uint16_t port, int64_t deadline)
{
	enum status status = line_connect(line, host, port, deadline);

	if (status != STATUS_OK)
		return status;
	line->tls = tls_new(line->context, line->fd, host);
	if (line->tls == NULL)
		return line_fail(line, STATUS_MEMORY, N_("out of memory"));
	return line_handshake(line, deadline);
}

enum status line_put(struct line *line, const struct frame *frame, uint8_t **body)
{
	uint8_t *room = buf_reserve(&line->out, FRAME_HEADER_LEN + (size_t)frame->length);

	if (room == NULL)
		return STATUS_MEMORY;
	frame_encode(room, frame);
	*body = room + FRAME_HEADER_LEN;
	buf_added(&line->out, FRAME_HEADER_LEN + (size_t)frame->length);
	return STATUS_OK;
}

/* What a read or write that is not TLS_DONE means. */
static enum status line_judge(struct line *line, enum tls_result result)
{
	switch (result) {
	case TLS_CLOSED:
		return line_fail(line, STATUS_UNREACHABLE, N_("the server hung up"));
	case TLS_FAILED:
		tls_error(line->tls, line->why);
		return STATUS_UNREACHABLE;
	default:
		return STATUS_OK;
	}
}

enum status line_flush(struct line *line)
{
	while (line->out.len > 0) {
		size_t sent = 0;
		enum tls_result result =
			tls_write(line->tls, buf_head(&line->out), line->out.len, &sent);

		if (result != TLS_DONE)
			return line_judge(line, result);
		buf_consume(&line->out, sent);
	}
	return STATUS_OK;
}

static enum status line_read(struct line *line)
{
	size_t size;
	size_t got = 0;
	uint8_t *room = framer_room(&line->framer, &size);
	enum tls_result result;

	if (room == NULL)
		return line_fail(line, STATUS_MEMORY, N_("out of memory"));
	result = tls_read(line->tls, room, size, &got);
	if (result == TLS_WANT_READ || result == TLS_WANT_WRITE)
		return STATUS_NOT_FOUND;
	if (result != TLS_DONE)
		return line_judge(line, result);
	framer_added(&line->framer, got);
	return STATUS_OK;
}

enum status line_next(struct line *line, struct frame *frame, const uint8_t **body)
{
	enum status status;

	while ((status = framer_next(&line->framer, frame, body)) == STATUS_NOT_FOUND) {
		status = line_read(line);
		if (status != STATUS_OK)
			return status;
	}
	if (status == STATUS_FRAME_TOO_LARGE)
		return line_fail(line, status, N_("the server sent a frame that is too large"));
	return status;
}

enum status line_wait(struct line *line, int64_t deadline)
{
	short events = line->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
	enum status status = wait_for(line->fd, events, deadline);

	return status == STATUS_OK ? status
				   : line_fail(line, status, N_("the server does not answer"));
}
