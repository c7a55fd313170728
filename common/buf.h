/*
 * A growing run of bytes: appended at the end, consumed at the front. Owns its memory. One thread
 * at a time.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct buf {
	uint8_t *bytes; /* owned; NULL while empty and nothing reserved */
	size_t start;   /* consumed so far */
	size_t len;     /* bytes waiting, from start on */
	size_t capacity;
};

#define BUF_EMPTY ((struct buf){0})

/* Frees the memory; the buffer is empty and may be used again. */
void buf_release(struct buf *buf);

/* Room for size more bytes behind the waiting ones: a pointer to write to, then buf_added(). NULL
 * when memory is out (the buffer is unchanged). */
uint8_t *buf_reserve(struct buf *buf, size_t size);

/* size bytes were written to what buf_reserve() gave. */
void buf_added(struct buf *buf, size_t size);

/* Appends. STATUS_MEMORY leaves the buffer as it was. */
MUST_CHECK enum status buf_append(struct buf *buf, const void *bytes, size_t len);

/* The first waiting byte; valid until the next append, reserve or release. */
const uint8_t *buf_head(const struct buf *buf);

/* Drops len bytes from the front (len <= buf->len). */
void buf_consume(struct buf *buf, size_t len);

/* Empty, memory kept. */
void buf_clear(struct buf *buf);

#endif
