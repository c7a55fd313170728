#include "client/lib/receipts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/record.h"
#include "common/arena.h"
#include "common/bytes.h"
#include "common/date.h"
#include "common/file.h"

#define HEAD_LEN (sizeof(int64_t) + sizeof(uint16_t))
#define FORM_PROVEN 2                      /* no version of an entry */
#define ARENA_MAX ((size_t)4 * RECORD_MAX) /* of one unpacked receipt */

/* What reading needs besides the bytes. */
struct reading {
	enum status (*see)(void *context, const struct receipt *);
	void *context;
	struct subject *subjects; /* owned; room to decode an entry's header */
	struct arena arena;
	size_t *damaged;
};

/* One write, so that records of several processes do not mix; a short one is stepped over by who
 * reads. */
static enum status append(const char *path, const struct buf *record)
{
	ssize_t written;
	int fd;
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_APPEND, &fd);

	if (status != STATUS_OK)
		return status;
	written = write(fd, buf_head(record), record->len);
	if (written != (ssize_t)record->len)
		status = written < 0 && errno != ENOSPC ? STATUS_STORAGE : STATUS_STORAGE_FULL;
	close(fd);
	return status;
}

enum status receipts_add(const char *path, uint16_t rpc, const Pb__Receipt *receipt)
{
	/* What was proven, without what else a server may have put beside it. */
	Pb__Proof proof = PB__PROOF__INIT;
	Pb__Receipt proven = PB__RECEIPT__INIT;
	uint8_t head[HEAD_LEN + 1];
	struct buf record = BUF_EMPTY;
	enum status status;
	uint8_t *packed;
	size_t len;

	proven.entry = receipt->entry;
	if (receipt->proof != NULL) {
		proof.index = receipt->proof->index;
		proof.hashes = receipt->proof->hashes;
		proof.checkpoint = receipt->proof->checkpoint;
		proven.proof = &proof;
	}
	len = pb__receipt__get_packed_size(&proven);
	packed = malloc(len + 1);
	if (packed == NULL)
		return STATUS_MEMORY;
	pb__receipt__pack(&proven, packed);
	bytes_put64(head, (uint64_t)clock_now());
	bytes_put16(head + sizeof(int64_t), rpc);
	head[HEAD_LEN] = FORM_PROVEN;
	status = record_append(&record, head, sizeof(head), packed, len);
	if (status == STATUS_OK)
		status = append(path, &record);
	buf_release(&record);
	free(packed);
	return status;
}

/* False when a record's payload is no receipt. */
static bool decode(struct reading *reading, const uint8_t *payload, size_t len,
		   struct receipt *receipt, struct entry *entry)
{
	const Pb__Receipt *proven;

	if (len <= HEAD_LEN)
		return false;
	receipt->stored_at = (int64_t)bytes_get64(payload);
	receipt->rpc = bytes_get16(payload + sizeof(int64_t));
	payload += HEAD_LEN;
	len -= HEAD_LEN;
	if (payload[0] == FORM_PROVEN) {
		arena_reset(&reading->arena);
		proven = pb__receipt__unpack(&reading->arena.allocator, len - 1, payload + 1);
		if (proven == NULL)
			return false;
		receipt->bytes = proven->entry;
		receipt->proof = proven->proof;
	} else {
		receipt->bytes = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)payload};
	}
	receipt->entry = entry;
	return entry_decode(entry, reading->subjects, receipt->bytes.data, receipt->bytes.len) ==
	       STATUS_OK;
}

static enum status see_all(struct record_reader *reader, struct reading *reading)
{
	const uint8_t *payload;
	size_t len;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && reader->at < reader->len) {
		struct receipt receipt = {0};
		struct entry entry;

		if (!record_next(reader, &payload, &len)) {
			*reading->damaged += 1;
			record_seek(reader);
			continue;
		}
		if (!decode(reading, payload, len, &receipt, &entry)) {
			*reading->damaged += 1;
			continue;
		}
		receipt.end = reader->at;
		status = reading->see(reading->context, &receipt);
	}
	return status;
}

static enum status see_file(int fd, uint64_t from, struct reading *reading)
{
	struct record_reader reader;
	struct stat stat;
	void *bytes;
	enum status status;

	if (fstat(fd, &stat) != 0)
		return STATUS_STORAGE;
	if ((uint64_t)stat.st_size <= from)
		return STATUS_OK;
	bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return STATUS_STORAGE;
	reader = (struct record_reader){bytes, (size_t)stat.st_size, (size_t)from};
	status = see_all(&reader, reading);
	munmap(bytes, (size_t)stat.st_size);
	return status;
}

enum status receipts_each(const char *path, uint64_t from,
			  enum status (*see)(void *context, const struct receipt *), void *context,
			  size_t *damaged)
{
	struct reading reading = {.see = see, .context = context, .damaged = damaged};
	int fd;
	enum status status = file_open(path, O_RDONLY, &fd);

	*damaged = 0;
	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_OK : status;
	arena_init(&reading.arena, ARENA_MAX);
	reading.subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*reading.subjects));
	status = reading.subjects == NULL ? STATUS_MEMORY : see_file(fd, from, &reading);
	free(reading.subjects);
	arena_release(&reading.arena);
	close(fd);
	return status;
}
