/*
 * A file seen through one buffer that reads ahead. Knows nothing of what it reads. One thread.
 */
#ifndef SERVER_LEDGER_WINDOW_H
#define SERVER_LEDGER_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define WINDOW_CHUNK                                                                               \
	(256u * 1024) /* bytes read ahead: few calls, and still in the processor's cache */

struct window {
	int fd; /* borrowed */
	uint64_t offset;
	size_t len;
	uint8_t *bytes; /* owned; those of [offset, offset + len) */
	size_t capacity;
};

/* Looks at a file; nothing is read yet. */
void window_init(struct window *window, int fd);
void window_release(struct window *window);

/* Looks at another file (or the same anew); keeps the buffer. */
void window_reset(struct window *window, int fd);

/* Reads exactly [offset, offset + len), if that is not in the buffer. STATUS_CORRUPT when the file
 * is shorter; STATUS_MEMORY, STATUS_STORAGE. */
MUST_CHECK enum status window_load(struct window *window, uint64_t offset, size_t len);

/* Points *bytes at len bytes at offset, valid until the next call; reads ahead, but nothing from
 * end on: what is there may still change. STATUS_NOT_FOUND when they do not lie before end, else as
 * window_load(). */
MUST_CHECK enum status window_get(struct window *window, uint64_t offset, size_t len, uint64_t end,
				  const uint8_t **bytes);

/* Points *bytes at all that the buffer holds from offset on (offset < end), reading ahead when it
 * is fewer than least; *len ends before end. Otherwise as window_get(). */
MUST_CHECK enum status window_run(struct window *window, uint64_t offset, size_t least,
				  uint64_t end, const uint8_t **bytes, size_t *len);

#endif
