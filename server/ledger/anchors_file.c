#include "server/ledger/anchors_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"
#include "common/note.h"

#define MAGIC "DOSANCH1"
#define MAGIC_LEN 8
#define SIZE_AT 8
#define COSIGNATURES_AT 16
#define LEN_AT 20
#define CRC_AT 24
#define HEADER_CRC_AT 28
#define HEADER_LEN 32
#define SEARCH_LEN 4096 /* bytes that are looked through at once */

/* Where the first of at least that size is, or would be. */
static size_t place_of(const struct anchors_file *file, uint64_t size)
{
	size_t low = 0;
	size_t high = file->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->anchors[middle].size < size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more, so that a record is never written that cannot be found. */
static enum status make_room(struct anchors_file *file)
{
	size_t capacity = file->capacity == 0 ? 64 : file->capacity * 2;
	struct anchor *grown;

	if (file->count < file->capacity)
		return STATUS_OK;
	grown = reallocarray(file->anchors, capacity, sizeof(*grown));
	if (grown == NULL)
		return STATUS_MEMORY;
	file->anchors = grown;
	file->capacity = capacity;
	return STATUS_OK;
}

static void keep(struct anchors_file *file, const struct anchor *anchor)
{
	size_t at = place_of(file, anchor->size);

	if (at == file->count || file->anchors[at].size != anchor->size) {
		memmove(&file->anchors[at + 1], &file->anchors[at],
			(file->count - at) * sizeof(*anchor));
		file->count++;
	}
	file->anchors[at] = *anchor;
}

enum status anchors_file_read(const struct anchors_file *file, const struct anchor *anchor,
			      struct buf *note)
{
	uint8_t *to = buf_reserve(note, anchor->len);
	size_t got = 0;
	enum status status;

	if (to == NULL)
		return STATUS_MEMORY;
	status = file_read_at(file->fd, to, anchor->len, anchor->offset, &got);
	if (status == STATUS_OK && (got != anchor->len || crc32c(0, to, got) != anchor->crc))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		buf_added(note, got);
	return status;
}

/* STATUS_NOT_FOUND: here the file ends, or in a torn record; STATUS_CORRUPT: it goes on with what
 * is none. */
static enum status read_header(const struct anchors_file *file, uint64_t size,
			       struct anchor *anchor)
{
	static const uint8_t zeros[HEADER_LEN];
	uint8_t header[HEADER_LEN];
	size_t got = 0;
	enum status status = file_read_at(file->fd, header, sizeof(header), file->end, &got);

	if (status != STATUS_OK)
		return status;
	if (got != sizeof(header) || memcmp(header, zeros, sizeof(header)) == 0)
		return STATUS_NOT_FOUND;
	if (memcmp(header, MAGIC, MAGIC_LEN) != 0 ||
	    crc32c(0, header, HEADER_CRC_AT) != bytes_get32(header + HEADER_CRC_AT))
		return STATUS_CORRUPT;
	anchor->size = bytes_get64(header + SIZE_AT);
	anchor->cosignatures = bytes_get32(header + COSIGNATURES_AT);
	anchor->len = bytes_get32(header + LEN_AT);
	anchor->crc = bytes_get32(header + CRC_AT);
	anchor->offset = file->end + HEADER_LEN;
	if (anchor->len > NOTE_MAX)
		return STATUS_CORRUPT;
	return anchor->offset + anchor->len <= size ? STATUS_OK : STATUS_NOT_FOUND;
}

/* Moves the end to where the next record may begin, behind damage. STATUS_NOT_FOUND: there is none,
 * and the end stays where the damage begins. */
static enum status pass_damage(struct anchors_file *file)
{
	uint8_t bytes[SEARCH_LEN];
	size_t got = 0;
	uint64_t at = file->end + 1;
	enum status status;

	while ((status = file_read_at(file->fd, bytes, sizeof(bytes), at, &got)) == STATUS_OK &&
	       got >= MAGIC_LEN) {
		const uint8_t *found = memmem(bytes, got, MAGIC, MAGIC_LEN);

		if (found != NULL) {
			file->end = at + (uint64_t)(found - bytes);
			return STATUS_OK;
		}
		at += got - MAGIC_LEN + 1;
	}
	return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

/* The next header, also behind damage. Where none follows, the next record is to begin: as
 * read_header(). */
static enum status find_header(struct anchors_file *file, uint64_t size, struct anchor *anchor)
{
	uint64_t begin = file->end;
	bool is_damaged = false;
	enum status found;
	enum status status = STATUS_OK;

	while ((found = read_header(file, size, anchor)) == STATUS_NOT_FOUND ||
	       found == STATUS_CORRUPT) {
		is_damaged = is_damaged || found == STATUS_CORRUPT;
		status = pass_damage(file);
		if (status != STATUS_OK)
			break;
	}
	if (found == STATUS_OK)
		file->damaged += file->end != begin;
	if (status != STATUS_NOT_FOUND)
		return status == STATUS_OK ? found : status;
	file->end = begin;
	return is_damaged ? STATUS_CORRUPT : STATUS_NOT_FOUND;
}

/* One record after the other up to size, which the file had when it was looked at. */
static enum status read_all(struct anchors_file *file, uint64_t size,
			    void (*see)(void *context, uint64_t size, const struct buf *note),
			    void *context)
{
	struct buf note = BUF_EMPTY;
	struct anchor anchor;
	enum status status;

	while ((status = find_header(file, size, &anchor)) == STATUS_OK) {
		buf_clear(&note);
		status = anchors_file_read(file, &anchor, &note);
		if (status == STATUS_OK)
			status = make_room(file);
		if (status == STATUS_OK) {
			keep(file, &anchor);
			see(context, anchor.size, &note);
		} else if (status == STATUS_CORRUPT) { /* the next may still be whole */
			file->damaged++;
		} else {
			break;
		}
		file->end = anchor.offset + anchor.len;
	}
	buf_release(&note);
	return status;
}

/* Opens it and reads it; STATUS_NOT_FOUND and STATUS_CORRUPT say what follows the whole records. */
static enum status open_as(struct anchors_file *file, const char *path, int flags,
			   void (*see)(void *context, uint64_t size, const struct buf *note),
			   void *context)
{
	struct stat info;
	enum status status;

	*file = (struct anchors_file){.fd = -1};
	status = file_open(path, flags, &file->fd);
	if (status != STATUS_OK)
		return status;
	if (fstat(file->fd, &info) != 0)
		return STATUS_STORAGE;
	return read_all(file, (uint64_t)info.st_size, see, context);
}

enum status anchors_file_open(struct anchors_file *file, const char *path,
			      void (*see)(void *context, uint64_t size, const struct buf *note),
			      void *context)
{
	enum status status = open_as(file, path, O_RDWR | O_CREAT, see, context);

	if (status == STATUS_NOT_FOUND && file->fd >= 0)
		status = ftruncate(file->fd, (off_t)file->end) == 0 ? STATUS_OK : STATUS_STORAGE;
	if (status == STATUS_OK || (status == STATUS_CORRUPT && file->fd >= 0))
		return STATUS_OK;
	anchors_file_close(file);
	return status;
}

static void see_nothing(void *context, uint64_t size, const struct buf *note)
{
	(void)context;
	(void)size;
	(void)note;
}

enum status anchors_file_look(struct anchors_file *file, const char *path)
{
	enum status status = open_as(file, path, O_RDONLY, see_nothing, NULL);

	if (file->fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : status;
	file->damaged += status == STATUS_CORRUPT;
	return status == STATUS_NOT_FOUND || status == STATUS_CORRUPT ? STATUS_OK : status;
}

void anchors_file_close(struct anchors_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd); /* it is not waited for */
	free(file->anchors);
	*file = (struct anchors_file){.fd = -1};
}

enum status anchors_file_add(struct anchors_file *file, uint64_t size, uint32_t cosignatures,
			     const struct buf *note)
{
	struct buf record = BUF_EMPTY;
	struct anchor anchor = {.size = size,
				.offset = file->end + HEADER_LEN,
				.len = (uint32_t)note->len,
				.crc = crc32c(0, buf_head(note), note->len),
				.cosignatures = cosignatures};
	uint8_t header[HEADER_LEN];
	enum status status = make_room(file);

	memcpy(header, MAGIC, MAGIC_LEN);
	bytes_put64(header + SIZE_AT, size);
	bytes_put32(header + COSIGNATURES_AT, cosignatures);
	bytes_put32(header + LEN_AT, anchor.len);
	bytes_put32(header + CRC_AT, anchor.crc);
	bytes_put32(header + HEADER_CRC_AT, crc32c(0, header, HEADER_CRC_AT));
	if (status == STATUS_OK)
		status = buf_append(&record, header, sizeof(header));
	if (status == STATUS_OK)
		status = buf_append(&record, buf_head(note), note->len);
	if (status == STATUS_OK)
		status = file_write_at(file->fd, buf_head(&record), record.len, file->end);
	if (status == STATUS_OK) {
		keep(file, &anchor);
		file->end += record.len;
	}
	buf_release(&record);
	return status;
}

const struct anchor *anchors_file_find(const struct anchors_file *file, uint64_t size)
{
	size_t at = place_of(file, size);

	return at < file->count ? &file->anchors[at] : NULL;
}
