#include "server/dispatch/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/path.h"

/*
 * DATA/snapshots/<sequence, 20 digits>/data.mdb   the copy
 *                                      sha256     hex digest of data.mdb
 * Built as DATA/snapshots/incoming and renamed.
 */
#define NAME_LEN 20
#define CHUNK (1024 * 1024)

static bool is_name(const char *text)
{
	return strlen(text) == NAME_LEN && strspn(text, "0123456789") == NAME_LEN;
}

/* ---- whole directories ---- */

/* Removes a directory and the files in it; fine when it is not there. */
static enum status remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return errno == ENOENT ? STATUS_OK : STATUS_STORAGE;
	enum status status = STATUS_OK;
	const struct dirent *found = NULL;
	while (status == STATUS_OK && (found = readdir(directory)) != NULL) {
		struct path inner;
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		status = path_join(&inner, path, found->d_name);
		if (status == STATUS_OK)
			status = file_remove(inner.text);
	}
	closedir(directory);
	return status == STATUS_OK ? file_remove(path) : status;
}

static enum status hash_file(const char *path, char hex[static 2 * HASH_LEN + 1])
{
	uint8_t digest[HASH_LEN];
	int fd = -1;
	uint8_t *chunk = malloc(CHUNK);
	struct hash *hash = hash_new();
	enum status status =
		chunk == NULL || hash == NULL ? STATUS_MEMORY : file_open(path, O_RDONLY, &fd);
	if (status == STATUS_OK)
		hash_begin(hash);
	size_t got = CHUNK;
	for (uint64_t at = 0; status == STATUS_OK && got == CHUNK; at += got) {
		status = file_read_at(fd, chunk, CHUNK, at, &got);
		if (status == STATUS_OK)
			hash_add(hash, chunk, got);
	}
	if (status == STATUS_OK) {
		hash_end(hash, digest);
		hex_encode(digest, HASH_LEN, hex);
	}
	if (fd >= 0)
		close(fd);
	hash_free(hash);
	free(chunk);
	return status;
}

static enum status copy_file(const char *from, const char *to)
{
	int in = -1;
	int out = -1;
	uint8_t *chunk = malloc(CHUNK);
	enum status status = chunk == NULL ? STATUS_MEMORY : file_open(from, O_RDONLY, &in);
	if (status == STATUS_OK)
		status = file_open(to, O_WRONLY | O_CREAT | O_TRUNC, &out);
	size_t got = CHUNK;
	for (uint64_t at = 0; status == STATUS_OK && got == CHUNK; at += got) {
		status = file_read_at(in, chunk, CHUNK, at, &got);
		if (status == STATUS_OK)
			status = file_write_at(out, chunk, got, at);
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	free(chunk);
	return status;
}

/* ---- the list of snapshots ---- */

static int newest_first(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*right)->d_name, (*left)->d_name);
}

static int only_snapshots(const struct dirent *found)
{
	return is_name(found->d_name);
}

/* Names, newest first; the caller frees each and the list. Negative on failure. */
static int list(const char *directory, struct dirent ***names)
{
	return scandir(directory, names, only_snapshots, newest_first);
}

static void free_list(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

uint64_t snapshot_newest(const char *data)
{
	struct path directory;
	struct dirent **names = NULL;
	if (path_join(&directory, data, "snapshots") != STATUS_OK)
		return 0;
	int count = list(directory.text, &names);
	uint64_t sequence = count > 0 ? strtoull(names[0]->d_name, NULL, 10) : 0;
	free_list(names, count);
	return sequence;
}

static enum status remove_old(const char *directory, unsigned keep)
{
	struct dirent **names = NULL;
	int count = list(directory, &names);
	enum status status = count < 0 ? STATUS_STORAGE : STATUS_OK;
	for (int i = (int)keep; status == STATUS_OK && i < count; i++) {
		struct path path;
		status = path_join(&path, directory, names[i]->d_name);
		if (status == STATUS_OK)
			status = remove_directory(path.text);
	}
	free_list(names, count);
	return status;
}

/* ---- taking ---- */

/* Writes the digest of incoming/data.mdb beside it. */
static enum status seal(const char *incoming)
{
	struct path data;
	struct path digest;
	char hex[2 * HASH_LEN + 1];
	enum status status = path_join(&data, incoming, "data.mdb");
	if (status == STATUS_OK)
		status = path_join(&digest, incoming, "sha256");
	if (status == STATUS_OK)
		status = hash_file(data.text, hex);
	return status == STATUS_OK ? file_put(digest.text, hex, strlen(hex)) : status;
}

/* Gives the copy its name; STATUS_CONFLICT, and the copy is gone, when that is taken. */
static enum status file_under(const char *directory, const char *incoming, uint64_t sequence)
{
	struct path final;
	char name[NAME_LEN + 1];
	snprintf(name, sizeof(name), "%020llu", (unsigned long long)sequence);
	enum status status = path_join(&final, directory, name);
	if (status != STATUS_OK)
		return status;
	if (access(final.text, F_OK) == 0) {
		status = remove_directory(incoming);
		return status == STATUS_OK ? STATUS_CONFLICT : status;
	}
	status = file_rename(incoming, final.text);
	return status == STATUS_OK ? directory_sync(directory) : status;
}

/* One at a time, also of other processes. The lock goes with the descriptor. */
static enum status lock(const char *directory, int *fd)
{
	*fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return STATUS_STORAGE;
	return flock(*fd, LOCK_EX | LOCK_NB) == 0 ? STATUS_OK : STATUS_BUSY;
}

static enum status take(struct store *store, const char *directory, unsigned keep,
			struct mark *mark)
{
	struct path incoming;
	enum status status = path_join(&incoming, directory, "incoming");
	if (status == STATUS_OK)
		status = remove_directory(incoming.text);
	if (status == STATUS_OK)
		status = store_copy(store, incoming.text, mark);
	if (status == STATUS_OK)
		status = seal(incoming.text);
	if (status == STATUS_OK)
		status = file_under(directory, incoming.text, mark->tree.size);
	return status == STATUS_OK ? remove_old(directory, keep) : status;
}

enum status snapshot_take(struct store *store, const char *data, unsigned keep, uint64_t *sequence,
			  char why[static SNAPSHOT_WHY_LEN])
{
	struct path directory;
	struct mark mark = {0};
	int fd = -1;
	enum status status = path_join(&directory, data, "snapshots");
	if (status == STATUS_OK)
		status = lock(directory.text, &fd);
	if (status == STATUS_OK)
		status = take(store, directory.text, keep, &mark);
	if (fd >= 0)
		close(fd);
	*sequence = mark.tree.size;
	if (status == STATUS_CONFLICT)
		snprintf(why, SNAPSHOT_WHY_LEN, "there is a snapshot at %llu already",
			 (unsigned long long)mark.tree.size);
	else if (status != STATUS_OK)
		snprintf(why, SNAPSHOT_WHY_LEN, "the snapshot cannot be written: %s",
			 status_text(status));
	return status;
}

enum status snapshot_replace(struct store *store, const char *data,
			     char why[static SNAPSHOT_WHY_LEN])
{
	struct path directory;
	struct mark mark = {0};
	int fd = -1;
	enum status status = path_join(&directory, data, "snapshots");
	if (status == STATUS_OK)
		status = file_open(directory.text, O_RDONLY | O_DIRECTORY, &fd);
	if (status == STATUS_OK)
		status = file_lock(fd); /* once the one under way has its name */
	if (status == STATUS_OK)
		status = remove_old(directory.text, 0);
	if (status == STATUS_OK)
		status = take(store, directory.text, 1, &mark);
	if (fd >= 0)
		close(fd);
	if (status != STATUS_OK)
		snprintf(why, SNAPSHOT_WHY_LEN, "the snapshots cannot be replaced: %s",
			 status_text(status));
	return status;
}

/* ---- restoring ---- */

/* Whether the copy is what its digest says. */
static enum status verify(const char *snapshot)
{
	struct path path;
	char hex[2 * HASH_LEN + 1];
	uint8_t *said = NULL;
	size_t len = 0;
	enum status status = path_join(&path, snapshot, "sha256");
	if (status == STATUS_OK)
		status = file_get(path.text, 2 * HASH_LEN, &said, &len);
	if (status == STATUS_OK)
		status = path_join(&path, snapshot, "data.mdb");
	if (status == STATUS_OK)
		status = hash_file(path.text, hex);
	if (status == STATUS_OK && strcmp(hex, (const char *)said) != 0)
		status = STATUS_CORRUPT;
	free(said);
	return status;
}

/* Makes fresh (a directory that is not there) from a snapshot. */
static enum status copy_snapshot(const char *snapshot, const char *fresh)
{
	struct path from;
	struct path to;
	enum status status = path_join(&from, snapshot, "data.mdb");
	if (status == STATUS_OK)
		status = path_join(&to, fresh, "data.mdb");
	if (status == STATUS_OK)
		status = directory_make(fresh);
	return status == STATUS_OK ? copy_file(from.text, to.text) : status;
}

/* Makes fresh from the newest whole snapshot; STATUS_NOT_FOUND when there is none. */
static enum status from_newest(const char *directory, const char *fresh)
{
	struct dirent **names = NULL;
	int count = list(directory, &names);
	enum status status = count < 0 ? STATUS_STORAGE : STATUS_NOT_FOUND;
	for (int i = 0; i < count && status == STATUS_NOT_FOUND; i++) {
		struct path path;
		enum status whole = path_join(&path, directory, names[i]->d_name);
		if (whole == STATUS_OK)
			whole = verify(path.text);
		if (whole == STATUS_OK) {
			log_event(LOG_LEVEL_INFO, "snapshot_used", "sequence=%s", names[i]->d_name);
			status = copy_snapshot(path.text, fresh);
		} else {
			log_event(LOG_LEVEL_ERROR, "snapshot_damaged", "sequence=%s status=%s",
				  names[i]->d_name, status_name(whole));
		}
	}
	free_list(names, count);
	return status;
}

/* Removes a state, and one that was cut off while it was made. */
static enum status clear_state(const char *data, struct path *state, struct path *fresh)
{
	enum status status = path_join(fresh, data, "state.fresh");
	if (status == STATUS_OK)
		status = path_join(state, data, "state");
	if (status == STATUS_OK)
		status = remove_directory(state->text);
	return status == STATUS_OK ? remove_directory(fresh->text) : status;
}

static enum status explain(enum status status, char why[static SNAPSHOT_WHY_LEN])
{
	if (status != STATUS_OK)
		snprintf(why, SNAPSHOT_WHY_LEN, "the state cannot be made anew: %s",
			 status_text(status));
	return status;
}

enum status snapshot_restore(const char *data, char why[static SNAPSHOT_WHY_LEN])
{
	struct path directory;
	struct path fresh;
	struct path state;
	enum status status = path_join(&directory, data, "snapshots");
	if (status == STATUS_OK)
		status = clear_state(data, &state, &fresh);
	if (status == STATUS_OK)
		status = from_newest(directory.text, fresh.text);
	if (status == STATUS_OK)
		status = file_rename(fresh.text, state.text);
	return explain(status, why);
}

enum status snapshot_none(const char *data, char why[static SNAPSHOT_WHY_LEN])
{
	struct path fresh;
	struct path state;
	enum status status = clear_state(data, &state, &fresh);
	if (status == STATUS_OK)
		status = store_create(state.text);
	return explain(status, why);
}
