#include "server/ledger/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"

#define SLOTS 2
#define SLOT_LEN 512
#define SLOT_APART 4096 /* no device tears two of its blocks with one write */
#define CRC_AT (SLOT_LEN - 4)
#define LOOKS 4 /* at a slot that is not whole */

static const char magic[] = "DOSHEAD1";

static void encode(const struct head *head, uint8_t slot[static SLOT_LEN])
{
	memset(slot, 0, SLOT_LEN);
	memcpy(slot, magic, 8);
	bytes_put64(slot + 8, head->turn);
	bytes_put64(slot + 16, head->size);
	memcpy(slot + 24, head->root, HASH_LEN);
	bytes_put64(slot + 56, (uint64_t)head->time);
	bytes_put32(slot + CRC_AT, crc32c(0, slot, CRC_AT));
}

static bool decode(struct head *head, const uint8_t slot[static SLOT_LEN])
{
	if (memcmp(slot, magic, 8) != 0 || bytes_get32(slot + CRC_AT) != crc32c(0, slot, CRC_AT))
		return false;
	head->turn = bytes_get64(slot + 8);
	head->size = bytes_get64(slot + 16);
	memcpy(head->root, slot + 24, HASH_LEN);
	head->time = (int64_t)bytes_get64(slot + 56);
	return true;
}

enum status slots_create(const char *path)
{
	const struct head empty = {0};
	uint8_t bytes[SLOTS * SLOT_APART] = {0};
	int fd;
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_EXCL, &fd);

	if (status != STATUS_OK)
		return status;
	for (unsigned i = 0; i < SLOTS; i++)
		encode(&empty, bytes + (size_t)i * SLOT_APART);
	/* Whole blocks, so that no later write has to find room for one. */
	status = file_write_at(fd, bytes, sizeof(bytes), 0);
	if (status == STATUS_OK)
		status = file_sync(fd);
	(void)close(fd); /* synced, or the failure is reported */
	return status;
}

static enum status read_newest(int fd, struct head *head)
{
	enum status newest = STATUS_CORRUPT;

	for (unsigned i = 0; i < SLOTS; i++) {
		uint8_t slot[SLOT_LEN];
		struct head found;
		size_t got;
		enum status status =
			file_read_at(fd, slot, sizeof(slot), (uint64_t)i * SLOT_APART, &got);

		if (status != STATUS_OK)
			return status;
		if (got < sizeof(slot) || !decode(&found, slot))
			continue;
		if (newest != STATUS_OK || found.turn > head->turn)
			*head = found;
		newest = STATUS_OK;
	}
	return newest;
}

enum status slots_open(const char *path, int flags, int *fd, struct head *head)
{
	enum status status = file_open(path, flags, fd);

	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_NOT_FOUND : status;
	status = read_newest(*fd, head);
	if (status != STATUS_OK)
		(void)close(*fd); /* nothing was written */
	return status;
}

enum status slots_write(int fd, struct head *head)
{
	uint8_t slot[SLOT_LEN];
	enum status status;

	head->turn++;
	encode(head, slot);
	status = file_write_at(fd, slot, sizeof(slot), head->turn % SLOTS * SLOT_APART);
	return status == STATUS_OK ? file_sync(fd) : status;
}

/* Whether a slot is whole. One that is just being written looks otherwise when it is read again. */
static enum status check_slot(int fd, uint64_t at, bool *whole)
{
	uint8_t before[SLOT_LEN] = {0};
	struct head head;

	for (unsigned look = 0; look < LOOKS; look++) {
		uint8_t slot[SLOT_LEN] = {0};
		size_t got;
		enum status status = file_read_at(fd, slot, sizeof(slot), at, &got);

		if (status != STATUS_OK)
			return status;
		*whole = got == sizeof(slot) && decode(&head, slot);
		if (*whole || (look > 0 && memcmp(slot, before, sizeof(slot)) == 0))
			break;
		memcpy(before, slot, sizeof(slot));
	}
	return STATUS_OK;
}

enum status slots_check(const char *path, unsigned *damaged)
{
	int fd;
	enum status status = file_open(path, O_RDONLY, &fd);

	*damaged = 0;
	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_NOT_FOUND : status;
	for (unsigned i = 0; i < SLOTS && status == STATUS_OK; i++) {
		bool whole = true;

		status = check_slot(fd, (uint64_t)i * SLOT_APART, &whole);
		*damaged |= (whole ? 0u : 1u) << i;
	}
	(void)close(fd); /* nothing was written */
	return status;
}
