#include "client/lib/receipts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/record.h"
#include "common/bytes.h"
#include "common/date.h"
#include "common/file.h"

#define HEAD_LEN (sizeof(int64_t) + sizeof(uint16_t))

enum status receipts_add(const char *path, uint16_t rpc, const uint8_t *entry, size_t len)
{
	uint8_t head[HEAD_LEN];
	struct buf out = BUF_EMPTY;
	enum status status;
	ssize_t written;
	int fd;

	bytes_put64(head, (uint64_t)clock_now());
	bytes_put16(head + sizeof(int64_t), rpc);
	status = record_append(&out, head, sizeof(head), entry, len);
	if (status == STATUS_OK)
		status = file_open(path, O_WRONLY | O_CREAT | O_APPEND, &fd);
	if (status != STATUS_OK) {
		buf_release(&out);
		return status;
	}
	/* One write, so that records of several processes do not mix; a short one is stepped over
	 * by who reads. */
	written = write(fd, buf_head(&out), out.len);
	if (written != (ssize_t)out.len)
		status = written < 0 && errno != ENOSPC ? STATUS_STORAGE : STATUS_STORAGE_FULL;
	close(fd);
	buf_release(&out);
	return status;
}

static enum status see_all(struct record_reader *reader,
			   enum status (*see)(void *context, const struct receipt *), void *context,
			   struct subject *subjects, size_t *damaged)
{
	const uint8_t *payload;
	size_t len;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && reader->at < reader->len) {
		struct entry entry;
		struct receipt receipt = {.entry = &entry};

		if (!record_next(reader, &payload, &len)) {
			*damaged += 1;
			record_seek(reader);
			continue;
		}
		if (len < HEAD_LEN || entry_decode(&entry, subjects, payload + HEAD_LEN,
						   len - HEAD_LEN) != STATUS_OK) {
			*damaged += 1;
			continue;
		}
		receipt.stored_at = (int64_t)bytes_get64(payload);
		receipt.rpc = bytes_get16(payload + sizeof(int64_t));
		receipt.bytes = payload + HEAD_LEN;
		receipt.len = len - HEAD_LEN;
		status = see(context, &receipt);
	}
	return status;
}

enum status receipts_each(const char *path,
			  enum status (*see)(void *context, const struct receipt *), void *context,
			  size_t *damaged)
{
	struct subject *subjects;
	struct record_reader reader = {0};
	struct stat stat;
	void *bytes;
	int fd;
	enum status status = file_open(path, O_RDONLY, &fd);

	*damaged = 0;
	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_OK : status;
	if (fstat(fd, &stat) != 0 || stat.st_size == 0)
		goto close;
	bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	status = bytes == MAP_FAILED ? STATUS_STORAGE
		 : subjects == NULL  ? STATUS_MEMORY
				     : STATUS_OK;
	if (status == STATUS_OK) {
		reader = (struct record_reader){bytes, (size_t)stat.st_size, 0};
		status = see_all(&reader, see, context, subjects, damaged);
	}
	if (bytes != MAP_FAILED)
		munmap(bytes, (size_t)stat.st_size);
	free(subjects);
close:
	close(fd);
	return status;
}
