/*
 * Frames out of a stream of bytes that comes in pieces of any size. Checks each length against the
 * limit in force before it makes room for the body, and makes room only as bytes arrive. Knows
 * neither sockets nor what a frame means. One thread at a time.
 *
 *   for each piece:  framer_room() - fill it - framer_added() - framer_next() until it has no more
 */
#ifndef COMMON_FRAMER_H
#define COMMON_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/status.h"

#define FRAMER_PIECE_MAX (16 * 1024) /* one TLS record: what one read can give */

struct framer {
	struct buf buf;    /* owned; memory only while bytes wait in it */
	uint32_t body_max; /* the limit in force */
	size_t given;      /* length of the frame given last, still at the front of buf */
};

/* Allocates nothing yet; cannot fail. */
void framer_init(struct framer *framer, uint32_t body_max);
void framer_release(struct framer *framer);

/* Another limit, from the next frame on. */
void framer_limit(struct framer *framer, uint32_t body_max);

/* Room for the bytes that come next; *size of it, never 0. The body given last is gone. NULL when
 * memory is out. */
uint8_t *framer_room(struct framer *framer, size_t *size);

/* size bytes were written to what framer_room() gave. */
void framer_added(struct framer *framer, size_t size);

/* The next whole frame; its body stays in place until the next call for this framer.
 * STATUS_NOT_FOUND: more bytes must come; memory is given back when none wait.
 * STATUS_FRAME_TOO_LARGE: *frame is the header, and no further frame will ever come. */
MUST_CHECK enum status framer_next(struct framer *framer, struct frame *frame,
				   const uint8_t **body);

/* True while bytes wait that framer_next() has not given. */
bool framer_waiting(const struct framer *framer);

#endif
