#include "client/lib/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/lib/journal_file.h"
#include "client/lib/record.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/hash.h"
#include "common/path.h"

#define RANDOM_LEN 8

struct journal {
	int fd; /* locked while open */
	struct path path;
	struct buf out;                 /* records not yet written */
	uint64_t size;                  /* bytes written */
	uint64_t head;                  /* bytes of the owner's record */
	uint8_t (*open)[FRAME_KEY_LEN]; /* owned; keys begun and not done, oldest first */
	size_t open_count;
	size_t open_capacity;
};

static enum status journal_write(struct journal *journal)
{
	enum status status = file_write_at(journal->fd, buf_head(&journal->out), journal->out.len,
					   journal->size);

	if (status != STATUS_OK)
		return status;
	journal->size += journal->out.len;
	buf_clear(&journal->out);
	return STATUS_OK;
}

static enum status journal_put_owner(struct journal *journal, const struct journal_owner *owner)
{
	uint8_t head[JOURNAL_OWNER_LEN] = {JOURNAL_OWNER};
	enum status status;

	bytes_put64(head + 1, owner->principal);
	status = record_append(&journal->out, head, sizeof(head), owner->origin,
			       strlen(owner->origin));
	if (status == STATUS_OK)
		status = journal_write(journal);
	journal->head = journal->size;
	return status;
}

/* Locks under a temporary name first: nobody may ever see the file unlocked while we live. */
static enum status journal_create(struct journal *journal, const char *directory,
				  const struct journal_owner *owner)
{
	uint8_t random[RANDOM_LEN];
	char name[64];
	char hex[2 * RANDOM_LEN + 1];
	struct path temporary;
	enum status status;

	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), hex);
	snprintf(name, sizeof(name), "%ld-%s" JOURNAL_SUFFIX, (long)getpid(), hex);
	status = path_join(&journal->path, directory, name);
	if (status != STATUS_OK)
		return status;
	snprintf(name, sizeof(name), "%ld-%s.new", (long)getpid(), hex);
	status = path_join(&temporary, directory, name);
	if (status != STATUS_OK)
		return status;
	status = file_open(temporary.text, O_RDWR | O_CREAT | O_EXCL, &journal->fd);
	if (status != STATUS_OK)
		return status;
	if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
		return STATUS_STORAGE;
	status = journal_put_owner(journal, owner);
	if (status == STATUS_OK)
		status = file_rename(temporary.text, journal->path.text);
	if (status == STATUS_OK)
		status = directory_sync(directory);
	return status;
}

enum status journal_open(struct journal **out, const char *directory,
			 const struct journal_owner *owner)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	enum status status;

	if (journal == NULL)
		return STATUS_MEMORY;
	journal->fd = -1;
	status = directory_make(directory);
	if (status == STATUS_OK || status == STATUS_CONFLICT)
		status = journal_create(journal, directory, owner);
	if (status != STATUS_OK) {
		journal_close(journal);
		return status;
	}
	*out = journal;
	return STATUS_OK;
}

void journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	/* A file that cannot be removed is settled, to no effect, at the next start. */
	if (journal->open_count == 0 && journal->fd >= 0)
		(void)unlink(journal->path.text);
	if (journal->fd >= 0)
		close(journal->fd);
	buf_release(&journal->out);
	free(journal->open);
	free(journal);
}

static enum status journal_remember(struct journal *journal, const uint8_t *key)
{
	if (journal->open_count == journal->open_capacity) {
		size_t capacity = journal->open_capacity == 0 ? 16 : 2 * journal->open_capacity;
		uint8_t(*grown)[FRAME_KEY_LEN] = realloc(journal->open, capacity * FRAME_KEY_LEN);
		if (grown == NULL)
			return STATUS_MEMORY;
		journal->open = grown;
		journal->open_capacity = capacity;
	}
	memcpy(journal->open[journal->open_count++], key, FRAME_KEY_LEN);
	return STATUS_OK;
}

enum status journal_begin(struct journal *journal, const struct journal_act *act)
{
	uint8_t head[JOURNAL_BEGIN_LEN] = {JOURNAL_BEGIN};
	enum status status;

	memcpy(head + 1, act->key, FRAME_KEY_LEN);
	bytes_put16(head + 1 + FRAME_KEY_LEN, act->rpc);
	status = journal_remember(journal, act->key);
	if (status != STATUS_OK)
		return status;
	status = record_append(&journal->out, head, sizeof(head), act->request, act->len);
	if (status != STATUS_OK)
		journal->open_count--;
	return status;
}

enum status journal_sync(struct journal *journal)
{
	enum status status;

	if (journal->out.len == 0)
		return STATUS_OK;
	status = journal_write(journal);
	return status == STATUS_OK ? file_sync(journal->fd) : status;
}

/* Nothing is unfinished: what stands in the file is of no use any more. */
static enum status journal_empty(struct journal *journal)
{
	buf_clear(&journal->out);
	if (journal->size == journal->head)
		return STATUS_OK;
	if (ftruncate(journal->fd, (off_t)journal->head) != 0)
		return STATUS_STORAGE;
	journal->size = journal->head;
	return STATUS_OK;
}

enum status journal_done(struct journal *journal, const uint8_t key[static FRAME_KEY_LEN])
{
	uint8_t record[JOURNAL_DONE_LEN] = {JOURNAL_DONE};
	size_t at = 0;

	while (at < journal->open_count && memcmp(journal->open[at], key, FRAME_KEY_LEN) != 0)
		at++;
	if (at == journal->open_count)
		return STATUS_NOT_FOUND;
	journal->open_count--;
	memmove(journal->open[at], journal->open[at + 1],
		(journal->open_count - at) * FRAME_KEY_LEN);
	if (journal->open_count == 0)
		return journal_empty(journal);
	memcpy(record + 1, key, FRAME_KEY_LEN);
	return record_append(&journal->out, record, sizeof(record), NULL, 0);
}

size_t journal_unfinished(const struct journal *journal)
{
	return journal->open_count;
}

uint64_t journal_size(const struct journal *journal)
{
	return journal->size + journal->out.len;
}
