/*
 * A connection to a server as frames: socket, TLS and the bytes that wait in both directions. Does
 * not know what a frame means. What is put is only buffered; nothing leaves before link_flush().
 */
#ifndef CLIENT_LIB_LINK_H
#define CLIENT_LIB_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/framer.h"
#include "common/status.h"
#include "common/tls.h"

#define LINK_WHY_LEN TLS_ERROR_LEN

struct link {
	int fd;                      /* owned; -1: none */
	struct tls_context *context; /* owned reference */
	struct tls *tls;             /* owned */
	struct framer framer;        /* what came and is not yet taken */
	struct buf out;              /* what waits to be sent */
	char why[LINK_WHY_LEN];      /* the last failure in one sentence */
};

/* An unconnected link; link_release() is allowed at once. Cannot fail. */
void link_init(struct link *link);

/* Closes and frees all; says goodbye first when it can without waiting. */
void link_release(struct link *link);

/* Takes on settings, own certificate and key, and the CA that the server must have. STATUS_TLS. */
MUST_CHECK enum status link_identify(struct link *link, const struct tls_options *options);

/* Connects and shakes hands, until deadline on the monotonic clock. STATUS_UNREACHABLE,
 * STATUS_TIMEOUT, STATUS_TLS. */
MUST_CHECK enum status link_open(struct link *link, const char *host, uint16_t port,
				 int64_t deadline);

/* Room for a frame with that header; its body is to be written at once to *body. STATUS_MEMORY. */
MUST_CHECK enum status link_put(struct link *link, const struct frame *frame, uint8_t **body);

/* Sends as far as the socket takes it. STATUS_UNREACHABLE when it is dead. */
MUST_CHECK enum status link_flush(struct link *link);

/* The next whole frame that is here or can be read without waiting; its body stays until the next
 * call. STATUS_NOT_FOUND: none yet. STATUS_UNREACHABLE, STATUS_FRAME_TOO_LARGE, STATUS_MEMORY:
 * dead. */
MUST_CHECK enum status link_next(struct link *link, struct frame *frame, const uint8_t **body);

/* Waits until the socket can be read, or written while something waits to be sent. STATUS_TIMEOUT
 * at the deadline. */
MUST_CHECK enum status link_wait(struct link *link, int64_t deadline);

#endif
