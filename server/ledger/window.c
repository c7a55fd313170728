#include "server/ledger/window.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/file.h"

void window_init(struct window *window, int fd)
{
	*window = (struct window){.fd = fd};
}

void window_release(struct window *window)
{
	free(window->bytes);
	*window = (struct window){.fd = -1};
}

void window_reset(struct window *window, int fd)
{
	window->fd = fd;
	window->len = 0;
}

/* What is read is not half of an erasure: see redaction.h. */
static enum status read_locked(const struct window *window, size_t len, uint64_t offset,
			       size_t *got)
{
	enum status status = file_lock_shared(window->fd);
	enum status unlocked;

	if (status != STATUS_OK)
		return status;
	status = file_read_at(window->fd, window->bytes, len, offset, got);
	unlocked = file_unlock(window->fd);
	return status == STATUS_OK ? unlocked : status;
}

static bool holds(const struct window *window, uint64_t offset, size_t len)
{
	return offset >= window->offset && offset - window->offset <= window->len &&
	       len <= window->len - (size_t)(offset - window->offset);
}

/* Never shrinks, and does not keep what was in it. */
static enum status make_room(struct window *window, size_t len)
{
	uint8_t *bytes;

	if (len <= window->capacity)
		return STATUS_OK;
	bytes = malloc(len);
	if (!bytes)
		return STATUS_MEMORY;
	free(window->bytes);
	window->bytes = bytes;
	window->capacity = len;
	return STATUS_OK;
}

enum status window_load(struct window *window, uint64_t offset, size_t len)
{
	enum status status;
	size_t got;

	if (holds(window, offset, len))
		return STATUS_OK;
	window->len = 0;
	status = make_room(window, len > WINDOW_CHUNK ? len : WINDOW_CHUNK);
	if (status != STATUS_OK)
		return status;
	status = read_locked(window, len, offset, &got);
	if (status != STATUS_OK)
		return status;
	window->offset = offset;
	window->len = got;
	return got < len ? STATUS_CORRUPT : STATUS_OK;
}

enum status window_get(struct window *window, uint64_t offset, size_t len, uint64_t end,
		       const uint8_t **bytes)
{
	size_t wanted = len > WINDOW_CHUNK ? len : WINDOW_CHUNK;
	enum status status;

	if (offset > end || len > end - offset)
		return STATUS_NOT_FOUND;
	if (!holds(window, offset, len)) {
		if (wanted > end - offset)
			wanted = (size_t)(end - offset);
		status = window_load(window, offset, wanted);
		if (status != STATUS_OK)
			return status;
	}
	*bytes = window->bytes + (offset - window->offset);
	return STATUS_OK;
}

enum status window_run(struct window *window, uint64_t offset, size_t least, uint64_t end,
		       const uint8_t **bytes, size_t *len)
{
	enum status status;

	if (least > end - offset)
		least = (size_t)(end - offset);
	status = window_get(window, offset, least, end, bytes);
	if (status == STATUS_OK) {
		*len = window->len - (size_t)(offset - window->offset);
		if (*len > end - offset)
			*len = (size_t)(end - offset);
	}
	return status;
}
