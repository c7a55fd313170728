/* A state in a new file: see store_renew(). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"
#include "server/store/store.h"
#include "server/store/store_internal.h"

#define RENEWAL_SUFFIX ".fresh"
#define BATCH 10000 /* pairs in one transaction: few enough for LMDB's list of dirty pages */

/* ---- copying ---- */

/* One database on its way. */
struct copying {
	MDB_cursor *from; /* owned */
	struct txn *to;   /* the new state's write txn, while there is one */
	struct store *fresh;
	unsigned database;
	unsigned pairs; /* in the txn under way */
};

/* Commits what is under way when it is large enough, and goes on in another txn. */
static enum status step(struct copying *copying)
{
	enum status status;

	if (copying->to != NULL && copying->pairs < BATCH)
		return STATUS_OK;
	status = copying->to == NULL ? STATUS_OK : txn_commit(copying->to);
	copying->to = NULL;
	copying->pairs = 0;
	if (status == STATUS_OK)
		status = store_reserve(copying->fresh);
	return status == STATUS_OK ? store_write(copying->fresh, &copying->to) : status;
}

static enum status copy_pair(struct copying *copying, const MDB_val *key, const MDB_val *value)
{
	enum status status = step(copying);
	uint8_t *place;

	if (status != STATUS_OK)
		return status;
	place = txn_place(copying->to, copying->database, key, value->mv_size,
			  copying->database == DATABASE_META ? 0 : MDB_APPEND);
	if (place == NULL)
		return txn_status(copying->to);
	memcpy(place, value->mv_data, value->mv_size);
	copying->pairs++;
	return STATUS_OK;
}

static enum status copy_database(struct txn *from, struct copying *copying)
{
	enum status status = STATUS_OK;
	MDB_val value;
	MDB_val key;
	int code = mdb_cursor_open(from->mdb, from->store->databases[copying->database],
				   &copying->from);

	if (code != 0)
		return lmdb_status(code);
	code = mdb_cursor_get(copying->from, &key, &value, MDB_FIRST);
	while (code == 0 && status == STATUS_OK) {
		status = copy_pair(copying, &key, &value);
		if (status == STATUS_OK)
			code = mdb_cursor_get(copying->from, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(copying->from);
	return status != STATUS_OK || code == MDB_NOTFOUND ? status : lmdb_status(code);
}

/* Copies all databases, in the order of their keys. */
static enum status copy_all(struct store *store, struct store *fresh)
{
	struct copying copying = {.fresh = fresh};
	struct txn *from;
	enum status status = store_read(store, &from);

	if (status != STATUS_OK)
		return status;
	for (unsigned i = 0; status == STATUS_OK && i < DATABASE_COUNT; i++) {
		copying.database = i;
		status = copy_database(from, &copying);
	}
	txn_end(from);
	if (copying.to != NULL && status == STATUS_OK)
		status = txn_commit(copying.to);
	else
		txn_end(copying.to);
	return status == STATUS_OK ? store_sync(fresh) : status;
}

/* ---- taking its place ---- */

/* Removes an environment's files; fine when it is not there. */
static enum status remove_environment(const char *directory)
{
	static const char *const names[] = {DATA_FILE, LOCK_FILE};
	enum status status = STATUS_OK;
	struct path path;

	if (access(directory, F_OK) != 0)
		return STATUS_OK;
	for (size_t i = 0; status == STATUS_OK && i < 2; i++) {
		status = path_join(&path, directory, names[i]);
		if (status == STATUS_OK && access(path.text, F_OK) == 0)
			status = file_remove(path.text);
	}
	return status == STATUS_OK ? file_remove(directory) : status;
}

static enum status fresh_path(const char *directory, struct path *path)
{
	int len = snprintf(path->text, sizeof(path->text), "%s" RENEWAL_SUFFIX, directory);

	return len > 0 && (size_t)len < sizeof(path->text) ? STATUS_OK : STATUS_LIMIT;
}

/* Names first, both at once; then the handles, while nobody reads. The old environment goes with
 * the struct of the new one. */
static enum status exchange(struct store *store, struct store *fresh, const char *directory,
			    const char *fresh_directory)
{
	MDB_env *env = store->env;
	MDB_dbi databases[DATABASE_COUNT];

	if (renameat2(AT_FDCWD, fresh_directory, AT_FDCWD, directory, RENAME_EXCHANGE) != 0)
		return STATUS_STORAGE;
	(void)pthread_rwlock_wrlock(&store->in_use); /* fails only by misuse */
	txn_forget_readers(store);
	memcpy(databases, store->databases, sizeof(databases));
	memcpy(store->databases, fresh->databases, sizeof(databases));
	memcpy(fresh->databases, databases, sizeof(databases));
	store->env = fresh->env;
	store->fd = fresh->fd;
	store->reserved = fresh->reserved;
	store->ahead = fresh->ahead;
	fresh->env = env;
	(void)pthread_rwlock_unlock(&store->in_use);
	return STATUS_OK;
}

/* Before anything is made: what LMDB maps beside its data is not reserved. */
static enum status find_room(const struct store *store, const char *directory)
{
	struct statvfs room;

	if (statvfs(directory, &room) != 0)
		return STATUS_STORAGE;
	return (uint64_t)room.f_bavail * room.f_frsize < store_bytes(store) + store->ahead
		       ? STATUS_STORAGE_FULL
		       : STATUS_OK;
}

enum status store_renew(struct store *store, const char *directory)
{
	char why[STORE_WHY_LEN];
	struct store *fresh = NULL;
	struct path path;
	bool exchanged = false;
	enum status removed;
	enum status status = fresh_path(directory, &path);

	if (status != STATUS_OK)
		return status;
	status = remove_environment(path.text);
	if (status == STATUS_OK)
		status = find_room(store, directory);
	if (status == STATUS_OK)
		status = store_create(path.text);
	if (status == STATUS_OK)
		status = store_open(&fresh, path.text, STORE_WRITE, store->map_size, why);
	if (status == STATUS_OK)
		status = copy_all(store, fresh);
	if (status == STATUS_OK)
		status = exchange(store, fresh, directory, path.text);
	exchanged = status == STATUS_OK;
	if (fresh != NULL)
		store_close(fresh);
	removed = remove_environment(path.text); /* the old one, or what was not finished */
	return exchanged && removed != STATUS_OK ? STATUS_OUTCOME_UNKNOWN : status;
}
