/*
 * Any segment file, opened and read: no crash, and no record that is not in an unbroken chain of
 * whole groups, which a walk of our own counts. What can be opened for writing can be appended to.
 *
 * Input: a byte of flags, then patches (u16 offset, u8 length, bytes) to a small good segment.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "server/ledger/ledger.h"

#define START 4096
#define IMAGE_LEN 8192

enum flags { MEND_GROUPS = 1, MEND_SEGMENT = 2, CUT_SHORT = 4, READONLY = 8 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/dev/shm/fuzz-segment-XXXXXX"; /* in memory: a disk is a third as fast */
static uint8_t good[IMAGE_LEN];
static int file;

/* No power is cut here: syncs would only take the time. */
enum status __wrap_file_sync(int fd);
enum status __wrap_directory_sync(const char *path);

enum status __wrap_file_sync(int fd)
{
	(void)fd;
	return STATUS_OK;
}

enum status __wrap_directory_sync(const char *path)
{
	(void)path;
	return STATUS_OK;
}

static void demand(bool is_true)
{
	if (!is_true)
		abort();
}

static void append(struct ledger *ledger)
{
	struct subject subject = {SUBJECT_ITEM, 5};
	struct entry entry = {.class_ = ENTRY_CHANGE, .subject_count = 1, .subjects = &subject};
	uint8_t leaf[HASH_LEN];

	for (int i = 0; i < 2; i++)
		demand(ledger_stage(ledger, &entry, leaf, 9, leaf, NULL, NULL) == STATUS_OK);
	demand(ledger_commit(ledger) == STATUS_OK);
}

/* Takes the files away when the fuzzer ends. */
static void clean(void)
{
	char path[sizeof(directory) + 32];

	(void)snprintf(path, sizeof(path), "%s/%020d.seg", directory, 0);
	(void)unlink(path);
	(void)rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[sizeof(directory) + 32];
	char why[LEDGER_WHY_LEN];
	struct ledger *ledger;

	(void)argc;
	(void)argv;
	demand(mkdtemp(directory) && atexit(clean) == 0);
	demand(ledger_create(directory, "fuzz", LEDGER_SEGMENT_MIN) == STATUS_OK);
	demand(ledger_open(&ledger, directory, why) == STATUS_OK);
	for (int i = 0; i < 4; i++)
		append(ledger);
	ledger_close(ledger);
	(void)snprintf(path, sizeof(path), "%s/%020d.seg", directory, 0);
	file = open(path, O_RDWR | O_CLOEXEC);
	demand(file >= 0 && pread(file, good, IMAGE_LEN, 0) == IMAGE_LEN);
	return 0;
}

/* Walks the groups; mend makes their sums right on the way. Returns how many entries there are. */
static uint64_t walk(uint8_t *image, bool mend)
{
	uint32_t before = 0;
	uint64_t sequence = 0;
	size_t at = START;

	while (at + 32 < IMAGE_LEN && memcmp(image + at, "GRP1", 4) == 0) {
		uint8_t *header = image + at;
		uint32_t len = bytes_get32(header + 4);

		if (len == 0 || len > IMAGE_LEN - at - 32)
			break;
		if (mend) {
			bytes_put32(header + 20, before);
			bytes_put32(header + 24, crc32c(0, header + 32, len));
			bytes_put32(header + 28, crc32c(0, header, 28));
		}
		if (bytes_get64(header + 8) != sequence || bytes_get32(header + 16) == 0 ||
		    bytes_get32(header + 20) != before ||
		    bytes_get32(header + 24) != crc32c(0, header + 32, len) ||
		    bytes_get32(header + 28) != crc32c(0, header, 28))
			break;
		before = bytes_get32(header + 28);
		sequence += bytes_get32(header + 16);
		at += 32 + len;
	}
	return sequence;
}

static void patch(uint8_t *image, const uint8_t *data, size_t size)
{
	while (size > 3) {
		size_t at = bytes_get16(data) % IMAGE_LEN;
		size_t len = data[2] % 64u;

		data += 3;
		size -= 3;
		len = len < size ? len : size;
		len = len < IMAGE_LEN - at ? len : IMAGE_LEN - at;
		memcpy(image + at, data, len);
		data += len;
		size -= len;
	}
}

/* Reads forward, then each entry by itself. */
static void read_all(const struct ledger *ledger, uint64_t size)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	uint64_t count = 0;
	enum status status;

	demand(ledger_reader_new(&reader, ledger) == STATUS_OK);
	while ((status = ledger_reader_next(reader, &record)) == STATUS_OK)
		demand(record.entry.sequence == count++ && count <= size);
	demand(status == STATUS_CORRUPT || (status == STATUS_NOT_FOUND && count == size));
	while (count-- > 0) {
		ledger_reader_seek(reader, count);
		status = ledger_reader_next(reader, &record);
		demand(status == STATUS_OK && record.entry.sequence == count);
	}
	ledger_reader_free(reader);
}

/* What was opened for writing takes a group and has it when opened again. */
static void append_and_reopen(struct ledger *ledger, uint64_t size)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	char why[LEDGER_WHY_LEN];

	append(ledger);
	ledger_close(ledger);
	demand(ledger_open(&ledger, directory, why) == STATUS_OK);
	demand(ledger_size(ledger) == size + 2);
	demand(ledger_reader_new(&reader, ledger) == STATUS_OK);
	ledger_reader_seek(reader, size + 1);
	demand(ledger_reader_next(reader, &record) == STATUS_OK);
	demand(record.entry.sequence == size + 1);
	ledger_reader_free(reader);
	ledger_close(ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t image[IMAGE_LEN];
	char why[LEDGER_WHY_LEN];
	struct ledger *ledger;
	enum status status;
	unsigned flags;
	uint64_t entries;

	if (size == 0)
		return 0;
	flags = data[0];
	memcpy(image, good, IMAGE_LEN);
	patch(image, data + 1, size - 1);
	if (flags & MEND_SEGMENT)
		bytes_put32(image + 12, crc32c(0, image + 16, START - 16));
	entries = walk(image, flags & MEND_GROUPS);
	demand(ftruncate(file, 0) == 0);
	demand(pwrite(file, image, IMAGE_LEN, 0) == IMAGE_LEN);
	demand(ftruncate(file, flags & CUT_SHORT ? IMAGE_LEN : LEDGER_SEGMENT_MIN) == 0);

	if (flags & READONLY)
		status = ledger_open_readonly(&ledger, directory, why);
	else
		status = ledger_open(&ledger, directory, why);
	demand(status == STATUS_OK || (status == STATUS_CORRUPT && why[0] != '\0'));
	if (status != STATUS_OK)
		return 0;
	demand(ledger_size(ledger) == entries);
	read_all(ledger, entries);
	if (flags & READONLY)
		ledger_close(ledger);
	else
		append_and_reopen(ledger, entries);
	return 0;
}
