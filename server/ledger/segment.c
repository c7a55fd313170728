#include "server/ledger/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"
#include "server/ledger/ledger.h"

#define VERSION 1
#define CRC_FROM 16
#define DIGITS 20

static const char magic[] = "DOSLEDG1";

void segment_name(uint64_t first, char name[static SEGMENT_NAME_LEN])
{
	(void)snprintf(name, SEGMENT_NAME_LEN, "%020" PRIu64 ".seg", first); /* always fits */
}

bool segment_named(const char *name, uint64_t *first)
{
	char again[SEGMENT_NAME_LEN];

	if (strlen(name) != SEGMENT_NAME_LEN - 1 || strspn(name, "0123456789") != DIGITS)
		return false;
	errno = 0;
	*first = strtoull(name, NULL, 10);
	segment_name(*first, again);
	return errno == 0 && strcmp(name, again) == 0;
}

static void encode(const struct segment *segment, uint8_t *to)
{
	memset(to, 0, SEGMENT_HEADER_LEN);
	memcpy(to, magic, 8);
	bytes_put32(to + 8, VERSION);
	bytes_put64(to + 16, segment->first);
	memcpy(to + 24, segment->origin, HASH_LEN);
	bytes_put64(to + 56, segment->size);
	bytes_put64(to + 64, segment->before.first);
	bytes_put64(to + 72, segment->before.offset);
	bytes_put64(to + 80, (uint64_t)segment->before.time);
	bytes_put32(to + 88, segment->before.crc);
	bytes_put32(to + 12, crc32c(0, to + CRC_FROM, SEGMENT_HEADER_LEN - CRC_FROM));
}

static enum status decode(struct segment *segment, const uint8_t *from)
{
	uint64_t size = bytes_get64(from + 56);

	if (memcmp(from, magic, 8) != 0 || bytes_get32(from + 8) != VERSION ||
	    bytes_get32(from + 12) != crc32c(0, from + CRC_FROM, SEGMENT_HEADER_LEN - CRC_FROM) ||
	    size < LEDGER_SEGMENT_MIN || size > UINT32_MAX)
		return STATUS_CORRUPT;
	*segment = (struct segment){
		.first = bytes_get64(from + 16),
		.size = (uint32_t)size,
		.before = {.first = bytes_get64(from + 64),
			   .offset = bytes_get64(from + 72),
			   .time = (int64_t)bytes_get64(from + 80),
			   .crc = bytes_get32(from + 88)},
	};
	memcpy(segment->origin, from + 24, HASH_LEN);
	return STATUS_OK;
}

/* Reserves the space, writes the header and the first zeros, makes all that last. */
static enum status fill(int fd, const struct segment *segment)
{
	uint8_t *bytes;
	enum status status = file_preallocate(fd, segment->size);

	if (status != STATUS_OK)
		return status;
	bytes = calloc(1, SEGMENT_HEADER_LEN + SEGMENT_AHEAD);
	if (!bytes)
		return STATUS_MEMORY;
	encode(segment, bytes);
	status = file_write_at(fd, bytes, SEGMENT_HEADER_LEN + SEGMENT_AHEAD, 0);
	free(bytes);
	return status == STATUS_OK ? file_sync(fd) : status;
}

/* Gives the space back after a failure, of which errno keeps the reason. */
static void discard(const char *path)
{
	int error = errno;
	enum status status = file_remove(path);

	(void)status; /* a leftover is removed at the next opening */
	errno = error;
}

enum status segment_make(const char *directory, const struct segment *segment, int *fd)
{
	char name[SEGMENT_NAME_LEN];
	struct path temporary;
	struct path path;
	enum status status;
	int made;

	segment_name(segment->first, name);
	status = path_join(&path, directory, name);
	if (status == STATUS_OK)
		status = path_join(&temporary, directory, SEGMENT_TEMPORARY);
	if (status == STATUS_OK)
		status = file_open(temporary.text, O_RDWR | O_CREAT | O_TRUNC, &made);
	if (status != STATUS_OK)
		return status;
	status = fill(made, segment);
	if (status == STATUS_OK)
		status = file_rename(temporary.text, path.text);
	if (status != STATUS_OK) {
		discard(temporary.text);
		goto close;
	}
	/* From here on the file is there, whatever the reason of a failure. */
	status = directory_sync(directory);
	if (status != STATUS_OK) {
		status = STATUS_STORAGE;
		goto close;
	}
	*fd = made;
	return STATUS_OK;
close:
	(void)close(made); /* the failure is reported */
	return status;
}

static enum status read_header(int fd, uint64_t first, struct segment *segment)
{
	uint8_t header[SEGMENT_HEADER_LEN];
	size_t got;
	enum status status = file_read_at(fd, header, sizeof(header), 0, &got);

	if (status != STATUS_OK)
		return status;
	if (got < sizeof(header))
		return STATUS_CORRUPT;
	status = decode(segment, header);
	if (status == STATUS_OK && segment->first != first)
		return STATUS_CORRUPT;
	return status;
}

enum status segment_open(const char *directory, uint64_t first, int flags, struct segment *segment,
			 int *fd)
{
	char name[SEGMENT_NAME_LEN];
	struct path path;
	enum status status;
	int opened;

	segment_name(first, name);
	status = path_join(&path, directory, name);
	if (status != STATUS_OK)
		return status;
	status = file_open(path.text, flags, &opened);
	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_NOT_FOUND : status;
	status = read_header(opened, first, segment);
	if (status != STATUS_OK) {
		(void)close(opened); /* nothing was written */
		return status;
	}
	*fd = opened;
	return STATUS_OK;
}
