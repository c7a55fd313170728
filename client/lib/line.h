/*
 * A connection to a server as frames: socket, TLS and the bytes that wait in both directions. Does
 * not know what a frame means. What is put is only buffered; nothing leaves before line_flush().
 */
#ifndef CLIENT_LIB_LINE_H
#define CLIENT_LIB_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/framer.h"
#include "common/status.h"
#include "common/tls.h"

#define LINE_WHY_LEN TLS_ERROR_LEN

struct line {
	int fd;                      /* owned; -1: none */
	struct tls_context *context; /* owned reference */
	struct tls *tls;             /* owned */
	struct framer framer;        /* what came and is not yet taken */
	struct buf out;              /* what waits to be sent */
	char why[LINE_WHY_LEN];      /* the last failure in one sentence */
};

/* An unconnected line; line_release() is allowed at once. Cannot fail. */
void line_init(struct line *line);

/* Closes and frees all; says goodbye first when it can without waiting. */
void line_release(struct line *line);

/* Takes on settings, own certificate and key, and the CA that the server must have. STATUS_TLS. */
MUST_CHECK enum status line_identify(struct line *line, const struct tls_options *options);

/* Connects and shakes hands, until deadline on the monotonic clock. STATUS_UNREACHABLE,
 * STATUS_TIMEOUT, STATUS_TLS. */
MUST_CHECK enum status line_open(struct line *line, const char *host, uint16_t port,
				 int64_t deadline);

/* Room for a frame with that header; its body is to be written at once to *body. STATUS_MEMORY. */
MUST_CHECK enum status line_put(struct line *line, const struct frame *frame, uint8_t **body);

/* Sends as far as the socket takes it. STATUS_UNREACHABLE when the line is dead. */
MUST_CHECK enum status line_flush(struct line *line);

/* The next whole frame that is here or can be read without waiting; its body stays until the next
 * call. STATUS_NOT_FOUND: none yet. STATUS_UNREACHABLE, STATUS_FRAME_TOO_LARGE, STATUS_MEMORY:
 * dead. */
MUST_CHECK enum status line_next(struct line *line, struct frame *frame, const uint8_t **body);

/* Waits until the socket can be read, or written while something waits to be sent. STATUS_TIMEOUT
 * at the deadline. */
MUST_CHECK enum status line_wait(struct line *line, int64_t deadline);

#endif
