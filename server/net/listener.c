#include "server/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_parse(union address *to, const char *text, uint16_t port)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		return sizeof(to->v4);
	}
	if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(port);
		return sizeof(to->v6);
	}
	return 0;
}

static enum status explain(char *why, const char *what, const char *address, uint16_t port)
{
	char text[64];

	(void)snprintf(why, LISTENER_WHY_LEN, "%s %.64s port %u: %s", what, address, (unsigned)port,
		       strerror_r(errno, text, sizeof(text)));
	return STATUS_SYSTEM;
}

/* Sockets of one server share its port; another server of the same user would silently get a part
 * of the connections. A socket that does not share finds out whether somebody has the port. */
static bool port_is_taken(const union address *address, socklen_t len)
{
	int yes = 1;
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false; /* whatever it is, the real socket will say it */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	bool taken = bind(fd, &address->any, len) != 0 && errno == EADDRINUSE;
	close(fd);
	return taken;
}

static int socket_listening(const union address *address, socklen_t len)
{
	int yes = 1;
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) == 0 &&
	    bind(fd, &address->any, len) == 0 && listen(fd, LISTENER_BACKLOG) == 0)
		return fd;
	yes = errno;
	close(fd);
	errno = yes;
	return -1;
}

static int spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

enum status listener_open(struct listener *listener, const char *text, uint16_t port, bool shares,
			  char why[static LISTENER_WHY_LEN])
{
	union address address;
	socklen_t len = address_parse(&address, text, port);

	listener->fd = -1;
	listener->spare = -1;
	listener->started = false;
	errno = EINVAL;
	if (len == 0)
		return explain(why, "not an address:", text, port);
	errno = EADDRINUSE;
	if (!shares && port_is_taken(&address, len))
		return explain(why, "cannot listen on", text, port);
	listener->fd = socket_listening(&address, len);
	if (listener->fd < 0)
		return explain(why, "cannot listen on", text, port);
	listener->spare = spare_open();
	return STATUS_OK;
}

uint16_t listener_port(const struct listener *listener)
{
	union address address;
	socklen_t len = sizeof(address);

	if (getsockname(listener->fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_rested(uv_timer_t *timer)
{
	struct listener *listener = timer->data;

	if (uv_poll_start(&listener->poll, UV_READABLE, on_readable) != 0)
		log_event(LOG_LEVEL_ERROR, "listener_deaf", "port=%u",
			  (unsigned)listener_port(listener));
}

/* Both calls fail only for handles that are closing. */
static void listener_rest(struct listener *listener)
{
	(void)uv_poll_stop(&listener->poll);
	(void)uv_timer_start(&listener->timer, on_rested, listener->rest, 0);
	listener->rest *= 2;
	if (listener->rest > LISTENER_REST_MAX_MS)
		listener->rest = LISTENER_REST_MAX_MS;
}

/* No descriptor is left: whoever is first in the queue is told at once rather than left hanging. */
static void listener_turn_away(struct listener *listener)
{
	log_event(LOG_LEVEL_WARN, "no_descriptors", "error=%d", errno);
	if (listener->spare >= 0) {
		close(listener->spare);
		listener->spare = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
		if (listener->spare >= 0)
			close(listener->spare);
	}
	listener->spare = spare_open();
	listener_rest(listener);
}

/* False when there is nobody more to accept for now. */
static bool listener_accept(struct listener *listener)
{
	union address from = {0};
	socklen_t len = sizeof(from);
	int yes = 1;
	int fd;

	if (!listener->room(listener->context)) {
		listener_rest(listener);
		return false;
	}
	fd = accept4(listener->fd, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO))
		return true;
	if (fd < 0) {
		listener_turn_away(listener);
		return false;
	}
	listener->rest = LISTENER_REST_MS;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)); /* slower, not wrong */
	listener->accepted(listener->context, fd, &from.any);
	return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;

	(void)events;
	if (status < 0) {
		listener_rest(listener);
		return;
	}
	for (int i = 0; i < LISTENER_TURN && listener_accept(listener); i++)
		continue;
}

enum status listener_start(struct listener *listener, uv_loop_t *uv)
{
	listener->rest = LISTENER_REST_MS;
	listener->poll.data = listener;
	listener->timer.data = listener;
	if (uv_poll_init(uv, &listener->poll, listener->fd) != 0)
		return STATUS_SYSTEM;
	if (uv_timer_init(uv, &listener->timer) != 0 ||
	    uv_poll_start(&listener->poll, UV_READABLE, on_readable) != 0) {
		uv_close((uv_handle_t *)&listener->poll, NULL);
		return STATUS_SYSTEM;
	}
	listener->started = true;
	return STATUS_OK;
}

void listener_close(struct listener *listener)
{
	if (listener->started) {
		uv_close((uv_handle_t *)&listener->poll, NULL);
		uv_close((uv_handle_t *)&listener->timer, NULL);
	}
	listener->started = false;
	if (listener->fd >= 0)
		close(listener->fd);
	if (listener->spare >= 0)
		close(listener->spare);
	listener->fd = -1;
	listener->spare = -1;
}
