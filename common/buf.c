#include "common/buf.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256

void buf_release(struct buf *buf)
{
	free(buf->bytes);
	*buf = BUF_EMPTY;
}

/* Moves the waiting bytes to the front. */
static void compact(struct buf *buf)
{
	memmove(buf->bytes, buf->bytes + buf->start, buf->len);
	buf->start = 0;
}

/* At least doubles, so that appending costs constant time on average. */
static bool grow(struct buf *buf, size_t needed)
{
	size_t capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;

	while (capacity < needed) {
		if (__builtin_mul_overflow(capacity, 2, &capacity))
			return false;
	}
	uint8_t *bytes = realloc(buf->bytes, capacity);
	if (bytes == NULL)
		return false;
	buf->bytes = bytes;
	buf->capacity = capacity;
	return true;
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
	size_t needed;

	/* Moving is worth it when it frees at least as much as it moves. */
	if (size > buf->capacity - buf->start - buf->len && buf->start >= buf->len &&
	    buf->start > 0)
		compact(buf);
	if (__builtin_add_overflow(buf->start + buf->len, size, &needed))
		return NULL;
	if ((buf->bytes == NULL || needed > buf->capacity) && !grow(buf, needed))
		return NULL;
	return buf->bytes + buf->start + buf->len;
}

void buf_added(struct buf *buf, size_t size)
{
	assert(size <= buf->capacity - buf->start - buf->len);
	buf->len += size;
}

enum status buf_append(struct buf *buf, const void *bytes, size_t len)
{
	if (len == 0)
		return STATUS_OK;
	uint8_t *to = buf_reserve(buf, len);
	if (to == NULL)
		return STATUS_MEMORY;
	memcpy(to, bytes, len);
	buf_added(buf, len);
	return STATUS_OK;
}

const uint8_t *buf_head(const struct buf *buf)
{
	return buf->bytes == NULL ? NULL : buf->bytes + buf->start;
}

void buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	buf->start += len;
	buf->len -= len;
	if (buf->len == 0)
		buf->start = 0;
}

void buf_clear(struct buf *buf)
{
	buf->start = 0;
	buf->len = 0;
}
