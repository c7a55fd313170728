/*
 * How states come into being, whole or not at all: an empty one, and a copy of a living one. Both
 * are made under a temporary name, synced, and renamed.
 */
#include "server/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"
#include "server/store/store_internal.h"

#define TEMPORARY_SUFFIX ".new"

/* Room for the empty state; opening it for use gives it another map. */
#define BIRTH_MAP_SIZE (1u << 20)

struct birth {
	const char *directory; /* borrowed; the name in the end */
	struct path parent;    /* of the directory */
	struct path temporary; /* the directory while it is made */
	struct path data;      /* the data file in it */
};

static enum status system_status(void)
{
	return lmdb_status(errno);
}

static enum status remove_if_there(const char *path)
{
	enum status status = file_remove(path);

	return status != STATUS_OK && errno == ENOENT ? STATUS_OK : status;
}

/* Removes what an interrupted birth left behind. */
static enum status clear(const struct birth *birth)
{
	struct path lock;
	enum status status = path_join(&lock, birth->temporary.text, LOCK_FILE);

	if (status == STATUS_OK)
		status = remove_if_there(birth->data.text);
	if (status == STATUS_OK)
		status = remove_if_there(lock.text);
	if (status == STATUS_OK && rmdir(birth->temporary.text) != 0 && errno != ENOENT)
		status = system_status();
	return status;
}

static enum status name_all(struct birth *birth, const char *directory)
{
	const char *slash = strrchr(directory, '/');
	size_t parent_len = slash == NULL        ? 0
			    : slash == directory ? 1
						 : (size_t)(slash - directory);
	int len = snprintf(birth->temporary.text, sizeof(birth->temporary.text),
			   "%s" TEMPORARY_SUFFIX, directory);

	if (len < 0 || (size_t)len >= sizeof(birth->temporary.text))
		return STATUS_LIMIT;
	birth->directory = directory;
	memcpy(birth->parent.text, parent_len == 0 ? "." : directory,
	       parent_len == 0 ? 1 : parent_len);
	birth->parent.text[parent_len == 0 ? 1 : parent_len] = '\0';
	return path_join(&birth->data, birth->temporary.text, DATA_FILE);
}

static enum status birth_begin(struct birth *birth, const char *directory)
{
	struct stat about;
	enum status status = name_all(birth, directory);

	if (status != STATUS_OK)
		return status;
	if (lstat(directory, &about) == 0)
		return STATUS_CONFLICT;
	if (errno != ENOENT)
		return system_status();
	status = clear(birth);
	return status == STATUS_OK ? directory_make(birth->temporary.text) : status;
}

/* Makes the data file last, then its directory under its name. */
static enum status birth_finish(const struct birth *birth)
{
	int fd;
	enum status status = file_open(birth->data.text, O_RDWR, &fd);

	if (status != STATUS_OK)
		return status;
	status = file_sync(fd);
	(void)close(fd); /* after a sync there is nothing left to lose */
	if (status == STATUS_OK)
		status = directory_sync(birth->temporary.text);
	if (status == STATUS_OK)
		status = file_rename(birth->temporary.text, birth->directory);
	if (status == STATUS_OK)
		status = directory_sync(birth->parent.text);
	return status;
}

/* ---- an empty state ---- */

static int put_format(MDB_txn *mdb, MDB_dbi meta)
{
	uint8_t format[FORMAT_LEN];
	MDB_val key = {sizeof(META_FORMAT) - 1, (void *)(uintptr_t)META_FORMAT};
	MDB_val value = {FORMAT_LEN, format};

	store_format(format);
	return mdb_put(mdb, meta, &key, &value, 0);
}

/* The first commit: all databases, and the format. */
static int fill(MDB_env *env)
{
	MDB_txn *mdb = NULL;
	MDB_dbi database = 0;
	int code = mdb_txn_begin(env, NULL, 0, &mdb);

	if (code != 0)
		return code;
	for (unsigned i = 0; code == 0 && i < DATABASE_COUNT; i++)
		code = mdb_dbi_open(mdb, database_name(i), MDB_CREATE, &database);
	static_assert(DATABASE_META == DATABASE_COUNT - 1, "meta is opened last");
	if (code == 0)
		code = put_format(mdb, database);
	if (code == 0)
		return mdb_txn_commit(mdb);
	mdb_txn_abort(mdb);
	return code;
}

static enum status make_empty(const char *directory)
{
	MDB_env *env = NULL;
	int code = mdb_env_create(&env);

	if (code != 0)
		return lmdb_status(code);
	code = mdb_env_set_maxdbs(env, DATABASE_COUNT);
	if (code == 0)
		code = mdb_env_set_mapsize(env, BIRTH_MAP_SIZE);
	if (code == 0)
		code = mdb_env_open(env, directory, MDB_NOLOCK, 0600);
	if (code == 0)
		code = fill(env);
	mdb_env_close(env);
	return lmdb_status(code);
}

enum status store_create(const char *directory)
{
	struct birth birth;
	enum status status = birth_begin(&birth, directory);

	if (status != STATUS_OK)
		return status;
	status = make_empty(birth.temporary.text);
	if (status == STATUS_OK)
		status = birth_finish(&birth);
	if (status != STATUS_OK)
		(void)clear(&birth); /* the failure is reported; the next birth clears again */
	return status;
}

/* ---- a copy ---- */

/* Page by page, without compacting: that is twice as fast, holds writers back only while two pages
 * are written, and does not trip over pages that LMDB 0.9 leaked. */
static enum status copy_pages(struct store *store, const char *path)
{
	int fd;
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_EXCL, &fd);

	if (status != STATUS_OK)
		return status;
	/* Past the page cache, which the living state needs, where the file system can. */
	int flags = fcntl(fd, F_GETFL);
	if (flags != -1)
		(void)fcntl(fd, F_SETFL, flags | O_DIRECT); /* only a matter of speed */
	(void)pthread_rwlock_rdlock(&store->in_use);        /* fails only by misuse */
	status = lmdb_status(mdb_env_copyfd2(store->env, fd, 0));
	(void)pthread_rwlock_unlock(&store->in_use);
	if (close(fd) != 0 && status == STATUS_OK)
		status = system_status();
	return status;
}

/* What the copy itself says of where it stands. */
static enum status read_mark(const char *directory, struct mark *mark)
{
	struct store *copy;
	struct txn *txn;
	char why[STORE_WHY_LEN];
	enum status status = store_open_flags(&copy, directory, STORE_READONLY, MDB_NOLOCK, 0, why);

	if (status != STATUS_OK)
		return status;
	status = store_read(copy, &txn);
	if (status == STATUS_OK) {
		mark_get(txn, mark);
		status = txn_status(txn);
		txn_end(txn);
	}
	store_close(copy);
	return status;
}

enum status store_copy(struct store *store, const char *directory, struct mark *mark)
{
	struct birth birth;
	enum status status = birth_begin(&birth, directory);

	if (status != STATUS_OK)
		return status;
	status = copy_pages(store, birth.data.text);
	if (status == STATUS_OK)
		status = read_mark(birth.temporary.text, mark);
	if (status == STATUS_OK)
		status = birth_finish(&birth);
	if (status != STATUS_OK)
		(void)clear(&birth); /* the failure is reported; the next birth clears again */
	return status;
}
