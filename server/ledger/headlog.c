#include "server/ledger/headlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"

#define CRC_AT (HEADLOG_RECORD_LEN - 4)
#define CHUNK_LEN (64u * 1024) /* reserved, and looked at, at once */

static bool is_empty(const uint8_t record[static HEADLOG_RECORD_LEN])
{
	static const uint8_t zeros[HEADLOG_RECORD_LEN];

	return memcmp(record, zeros, HEADLOG_RECORD_LEN) == 0;
}

/* Behind the last record in a chunk of len bytes; 0 when there is none. */
static size_t end_in(const uint8_t *chunk, size_t len)
{
	size_t end = len / HEADLOG_RECORD_LEN * HEADLOG_RECORD_LEN;

	while (end > 0 && is_empty(chunk + end - HEADLOG_RECORD_LEN))
		end -= HEADLOG_RECORD_LEN;
	return end;
}

/* The last record is looked for from the end: what is behind it was only reserved, or lost. */
static enum status find_end(struct headlog *log)
{
	uint8_t chunk[CHUNK_LEN];
	uint64_t from = (log->room + CHUNK_LEN - 1) / CHUNK_LEN * CHUNK_LEN;

	log->end = 0;
	while (log->end == 0 && from > 0) {
		size_t got;
		size_t end;
		enum status status;

		from -= CHUNK_LEN;
		status = file_read_at(log->fd, chunk, sizeof(chunk), from, &got);
		if (status != STATUS_OK)
			return status;
		end = end_in(chunk, got);
		log->end = end == 0 ? 0 : from + end;
	}
	return STATUS_OK;
}

static bool decode(struct headlog_record *record, const uint8_t bytes[static HEADLOG_RECORD_LEN])
{
	if (bytes_get32(bytes + CRC_AT) != crc32c(0, bytes, CRC_AT))
		return false;
	*record = (struct headlog_record){.head.size = bytes_get64(bytes),
					  .head.time = (int64_t)bytes_get64(bytes + 40)};
	memcpy(record->head.root, bytes + 8, HASH_LEN);
	memcpy(record->signature, bytes + 48, ED25519_SIGNATURE_LEN);
	return true;
}

/* A last one that is torn is none. */
static enum status drop_torn(struct headlog *log)
{
	uint8_t bytes[HEADLOG_RECORD_LEN];
	struct headlog_record record;
	size_t got;
	enum status status;

	if (log->end == 0)
		return STATUS_OK;
	status = file_read_at(log->fd, bytes, sizeof(bytes), log->end - HEADLOG_RECORD_LEN, &got);
	if (status == STATUS_OK && (got < sizeof(bytes) || !decode(&record, bytes)))
		log->end -= HEADLOG_RECORD_LEN;
	return status;
}

static enum status open_as(struct headlog *log, const char *path, int flags)
{
	struct stat info;
	enum status status;

	*log = (struct headlog){.fd = -1};
	status = file_open(path, flags, &log->fd);
	if (status != STATUS_OK)
		return status;
	status = fstat(log->fd, &info) == 0 ? STATUS_OK : STATUS_STORAGE;
	if (status == STATUS_OK) {
		log->room = (uint64_t)info.st_size;
		status = find_end(log);
	}
	if (status == STATUS_OK)
		status = drop_torn(log);
	if (status != STATUS_OK)
		headlog_close(log);
	return status;
}

enum status headlog_open(struct headlog *log, const char *path)
{
	return open_as(log, path, O_RDWR | O_CREAT);
}

void headlog_close(struct headlog *log)
{
	if (log->fd >= 0)
		(void)close(log->fd); /* it is not waited for */
	log->fd = -1;
}

enum status headlog_reserve(struct headlog *log)
{
	uint64_t room = log->room + CHUNK_LEN;
	enum status status;

	if (log->end + HEADLOG_RECORD_LEN <= log->room)
		return STATUS_OK;
	status = file_preallocate(log->fd, room);
	if (status == STATUS_OK)
		log->room = room;
	return status;
}

enum status headlog_append(struct headlog *log, const struct head *head,
			   const uint8_t signature[static ED25519_SIGNATURE_LEN])
{
	uint8_t record[HEADLOG_RECORD_LEN] = {0};
	enum status status;

	bytes_put64(record, head->size);
	memcpy(record + 8, head->root, HASH_LEN);
	bytes_put64(record + 40, (uint64_t)head->time);
	memcpy(record + 48, signature, ED25519_SIGNATURE_LEN);
	bytes_put32(record + CRC_AT, crc32c(0, record, CRC_AT));
	status = file_write_at(log->fd, record, sizeof(record), log->end);
	if (status == STATUS_OK)
		log->end += HEADLOG_RECORD_LEN;
	return status;
}

enum status headlog_look(struct headlog *log, const char *path)
{
	enum status status = open_as(log, path, O_RDONLY);

	return status != STATUS_OK && log->fd < 0 && errno == ENOENT ? STATUS_NOT_FOUND : status;
}

enum status headlog_next(const struct headlog *log, uint64_t *at, struct headlog_record *record)
{
	uint8_t bytes[HEADLOG_RECORD_LEN] = {0};

	while (*at < log->end && is_empty(bytes)) {
		size_t got;
		enum status status = file_read_at(log->fd, bytes, sizeof(bytes), *at, &got);

		if (status != STATUS_OK)
			return status;
		*at += HEADLOG_RECORD_LEN;
	}
	if (is_empty(bytes))
		return STATUS_NOT_FOUND;
	return decode(record, bytes) ? STATUS_OK : STATUS_CORRUPT;
}
