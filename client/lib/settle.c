/* What journal.h says of settling: reading the files of dead processes. */
#include "client/lib/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/journal_file.h"
#include "client/lib/record.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/path.h"

struct settling {
	const char *directory;
	const struct journal_owner *owner;
	journal_repeat *repeat;
	void *context;
	size_t *foreign;
};

static bool is_done(struct record_reader rest, const uint8_t *key)
{
	const uint8_t *payload;
	size_t len;

	while (record_next(&rest, &payload, &len)) {
		if (len == JOURNAL_DONE_LEN && payload[0] == JOURNAL_DONE &&
		    memcmp(payload + 1, key, FRAME_KEY_LEN) == 0)
			return true;
	}
	return false;
}

static bool is_ours(const struct journal_owner *owner, const uint8_t *payload, size_t len)
{
	size_t origin_len = strlen(owner->origin);

	return len == JOURNAL_OWNER_LEN + origin_len && payload[0] == JOURNAL_OWNER &&
	       bytes_get64(payload + 1) == owner->principal &&
	       memcmp(payload + JOURNAL_OWNER_LEN, owner->origin, origin_len) == 0;
}

/* Repeats what is unfinished in a file's bytes. *ours: the file may be removed after STATUS_OK. */
static enum status settle_bytes(const struct settling *settling, const uint8_t *bytes, size_t size,
				bool *ours)
{
	struct record_reader reader = {bytes, size, 0};
	const uint8_t *payload;
	size_t len;

	/* Without its first record the file never got as far as an act. */
	*ours = true;
	if (!record_next(&reader, &payload, &len))
		return STATUS_OK;
	*ours = is_ours(settling->owner, payload, len);
	while (*ours && record_next(&reader, &payload, &len)) {
		struct journal_act act = {.request = payload + JOURNAL_BEGIN_LEN};
		enum status status;

		if (len < JOURNAL_BEGIN_LEN || payload[0] != JOURNAL_BEGIN ||
		    is_done(reader, payload + 1))
			continue;
		memcpy(act.key, payload + 1, FRAME_KEY_LEN);
		act.rpc = bytes_get16(payload + 1 + FRAME_KEY_LEN);
		act.len = len - JOURNAL_BEGIN_LEN;
		status = settling->repeat(settling->context, &act);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* True when no living process holds it and nobody removed it while we got the lock. */
static bool lock_leftover(int fd)
{
	struct stat stat;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &stat) == 0 && stat.st_nlink > 0;
}

static enum status settle_file(const struct settling *settling, const char *name)
{
	struct path path;
	uint8_t *bytes = NULL;
	size_t len;
	bool ours = false;
	int fd;
	enum status status = path_join(&path, settling->directory, name);

	if (status != STATUS_OK)
		return status;
	status = file_open(path.text, O_RDWR, &fd);
	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_OK : status;
	if (!lock_leftover(fd))
		goto close;
	status = file_get(path.text, JOURNAL_FILE_MAX, &bytes, &len);
	if (status != STATUS_OK)
		goto close;
	status = settle_bytes(settling, bytes, len, &ours);
	if (!ours)
		*settling->foreign += 1;
	else if (status == STATUS_OK)
		status = file_remove(path.text);
	free(bytes);
close:
	close(fd);
	return status;
}

enum status journal_settle(const char *directory, const struct journal_owner *owner,
			   journal_repeat *repeat, void *context, size_t *foreign)
{
	struct settling settling = {directory, owner, repeat, context, foreign};
	DIR *names = opendir(directory);
	enum status status = STATUS_OK;
	struct dirent *name;

	*foreign = 0;
	if (names == NULL)
		return errno == ENOENT ? STATUS_OK : STATUS_STORAGE;
	while (status == STATUS_OK && (name = readdir(names)) != NULL) {
		size_t len = strlen(name->d_name);
		size_t suffix = strlen(JOURNAL_SUFFIX);

		if (len > suffix && strcmp(name->d_name + len - suffix, JOURNAL_SUFFIX) == 0)
			status = settle_file(&settling, name->d_name);
	}
	closedir(names);
	return status;
}
