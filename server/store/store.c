#include "server/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/bytes.h"
#include "common/file.h"
#include "common/path.h"
#include "server/store/store_internal.h"

/* Address space for the state's growth; disk space is taken as it grows. */
#define MAP_SIZE_DEFAULT (UINT64_C(256) << 30)

/* One slot a thread that reads, of the server and of tools beside it. */
#define READERS_MAX 512

/* Kept in reserve: a quarter of what is used, so that a small state takes little, within these
 * bounds. Transactions ask again under way (see txn.c): half of it must hold what one row and its
 * keys take, and the list of pages that a commit has freed. */
#define RESERVE_SHARE 4
#define RESERVE_LEAST (UINT64_C(8) << 20)
#define RESERVE_MOST (UINT64_C(64) << 20)

/* A map that is small (in tests) keeps at most this part of itself in reserve. */
#define RESERVE_PART 8

/*
 * No sync at commit, because the ledger is the truth and was synced before; a writable map, because
 * commits then copy nothing (see tests/bench/store_bench.c); no thread-bound readers, because a
 * read txn is an object of ours. Read-ahead stays on: after a start the state is read in from its
 * beginning, and it is meant to fit into memory.
 */
#define WRITE_FLAGS (MDB_NOSYNC | MDB_WRITEMAP | MDB_NOTLS)
#define READONLY_FLAGS (MDB_RDONLY | MDB_NOTLS)

/* ---- names and form ---- */

const char *database_name(unsigned database)
{
	if (database < DATABASE_INDEXES)
		return table_specs[database].name;
	if (database < DATABASE_TRAIL)
		return index_specs[database - DATABASE_INDEXES].name;
	return database == DATABASE_TRAIL ? "trail" : database == DATABASE_SEEN ? "seen" : "meta";
}

void store_format(uint8_t out[static FORMAT_LEN])
{
	bytes_put32(out, STORE_FORMAT);
	schema_hash(out + 4);
}

/* ---- opening ---- */

static enum status fail(enum status status, char why[static STORE_WHY_LEN], const char *directory,
			const char *text)
{
	(void)snprintf(why, STORE_WHY_LEN, "%s: %s", directory, text);
	return status;
}

static enum status fail_lmdb(int code, char why[static STORE_WHY_LEN], const char *directory)
{
	return fail(lmdb_status(code), why, directory, mdb_strerror(code));
}

/* Size of the data file. It must be there: LMDB would make an empty one. */
static enum status measure(const char *directory, uint64_t *size, char why[static STORE_WHY_LEN])
{
	struct path path;
	struct stat about;
	enum status status = path_join(&path, directory, DATA_FILE);

	if (status != STATUS_OK)
		return fail(status, why, directory, "the name is too long");
	if (stat(path.text, &about) != 0)
		return fail_lmdb(errno, why, directory);
	if (about.st_size == 0)
		return fail(STATUS_CORRUPT, why, directory, "the file is empty");
	*size = (uint64_t)about.st_size;
	return STATUS_OK;
}

static int open_env(struct store *store, const char *directory, unsigned flags)
{
	int dead;
	int code = mdb_env_create(&store->env);

	if (code == 0)
		code = mdb_env_set_maxdbs(store->env, DATABASE_COUNT);
	if (code == 0)
		code = mdb_env_set_maxreaders(store->env, READERS_MAX);
	if (code == 0)
		code = mdb_env_set_mapsize(store->env, store->map_size);
	flags |= store->mode == STORE_WRITE ? WRITE_FLAGS : READONLY_FLAGS;
	if (code == 0)
		code = mdb_env_open(store->env, directory, flags, 0600);
	if (code == 0)
		code = mdb_env_get_fd(store->env, &store->fd);
	/* LMDB forgets this for the data file. */
	if (code == 0 && fcntl(store->fd, F_SETFD, FD_CLOEXEC) != 0)
		code = errno;
	/* Readers that were killed hold back the reuse of pages. */
	if (code == 0)
		code = mdb_reader_check(store->env, &dead);
	return code;
}

/* Bytes from the file's start that hold pages in use. */
static uint64_t used_bytes(const struct store *store)
{
	MDB_envinfo info = {0};

	(void)mdb_env_info(store->env, &info); /* fails only for NULLs */
	return ((uint64_t)info.me_last_pgno + 1) * store->page_size;
}

/* How much to keep in reserve when so much is used. */
static uint64_t reserve_for(const struct store *store, uint64_t used)
{
	uint64_t ahead = used / RESERVE_SHARE;

	if (ahead < RESERVE_LEAST)
		ahead = RESERVE_LEAST;
	if (ahead > RESERVE_MOST)
		ahead = RESERVE_MOST;
	return ahead < store->map_size / RESERVE_PART ? ahead : store->map_size / RESERVE_PART;
}

static int open_databases(struct store *store)
{
	MDB_txn *mdb = NULL;
	int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &mdb);

	for (unsigned i = 0; code == 0 && i < DATABASE_COUNT; i++)
		code = mdb_dbi_open(mdb, database_name(i), 0, &store->databases[i]);
	if (code == 0)
		return mdb_txn_commit(mdb); /* keeps the handles */
	mdb_txn_abort(mdb);
	return code == MDB_NOTFOUND ? MDB_INCOMPATIBLE : code;
}

static enum status check_format(struct store *store)
{
	uint8_t format[FORMAT_LEN];
	MDB_val key = {sizeof(META_FORMAT) - 1, (void *)(uintptr_t)META_FORMAT};
	MDB_val value;
	struct txn *txn;
	enum status status = store_read(store, &txn);

	if (status != STATUS_OK)
		return status;
	store_format(format);
	if (!txn_find(txn, DATABASE_META, &key, &value) || value.mv_size != FORMAT_LEN ||
	    memcmp(value.mv_data, format, FORMAT_LEN) != 0)
		txn_fail(txn, STATUS_CORRUPT);
	status = txn_status(txn);
	txn_end(txn);
	return status;
}

enum status store_open_env(struct store *store, const char *directory, unsigned flags,
			   uint64_t file_size, char why[static STORE_WHY_LEN])
{
	MDB_stat about = {0};
	int code = open_env(store, directory, flags);

	if (code == 0)
		code = mdb_env_stat(store->env, &about);
	if (code != 0)
		return fail_lmdb(code, why, directory);
	store->page_size = about.ms_psize;
	if (used_bytes(store) > file_size)
		return fail(STATUS_CORRUPT, why, directory, "the file was cut short");
	code = open_databases(store);
	if (code != 0)
		return fail_lmdb(code, why, directory);
	enum status status = check_format(store);
	if (status != STATUS_OK)
		return fail(status, why, directory, "not a state of this format");
	return STATUS_OK;
}

/* One who wants the state alone is not kept waiting by ever new readers. */
static bool init_locks(struct store *store)
{
	pthread_rwlockattr_t kind;
	bool made = pthread_rwlockattr_init(&kind) == 0;

	made = made &&
	       pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) ==
		       0 &&
	       pthread_rwlock_init(&store->in_use, &kind) == 0;
	(void)pthread_rwlockattr_destroy(&kind); /* of no use any more */
	return made && pthread_mutex_init(&store->mutex, NULL) == 0;
}

enum status store_open_flags(struct store **store, const char *directory, enum store_mode mode,
			     unsigned flags, uint64_t map_size, char why[static STORE_WHY_LEN])
{
	uint64_t file_size = 0;

	*store = NULL;
	why[0] = '\0';
	enum status status = measure(directory, &file_size, why);
	if (status != STATUS_OK)
		return status;
	struct store *opened = calloc(1, sizeof(*opened));
	if (opened == NULL)
		return fail(STATUS_MEMORY, why, directory, "out of memory");
	opened->mode = mode;
	if (map_size == 0)
		/* A reader's map ends with the file, which is as large as its writer's map. */
		map_size = mode == STORE_WRITE ? MAP_SIZE_DEFAULT : file_size;
	opened->map_size = map_size;
	opened->ahead = reserve_for(opened, 0);
	arena_init(&opened->writer.scratch, SCRATCH_MAX);
	if (!init_locks(opened)) {
		free(opened);
		return fail(STATUS_MEMORY, why, directory, "out of memory");
	}
	status = store_open_env(opened, directory, flags, file_size, why);
	if (status != STATUS_OK) {
		store_close(opened);
		return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
	}
	*store = opened;
	return STATUS_OK;
}

enum status store_open(struct store **store, const char *directory, enum store_mode mode,
		       uint64_t map_size, char why[static STORE_WHY_LEN])
{
	return store_open_flags(store, directory, mode, 0, map_size, why);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	arena_release(&store->writer.scratch);
	mdb_env_close(store->env);
	(void)pthread_rwlock_destroy(&store->in_use); /* nobody holds them */
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

/* ---- space ---- */

enum status store_sync(struct store *store)
{
	return lmdb_status(mdb_env_sync(store->env, 1));
}

enum status store_reserve_beyond(struct store *store, uint64_t used)
{
	int dead;

	/* Space is to be taken: first let go of what dead readers hold. */
	int code = mdb_reader_check(store->env, &dead);
	if (code != 0)
		return lmdb_status(code);
	store->ahead = reserve_for(store, used);
	uint64_t size = (used / store->ahead + 2) * store->ahead;
	if (size > store->map_size)
		size = store->map_size;
	enum status status = file_preallocate(store->fd, size);
	if (status == STATUS_OK)
		store->reserved = size;
	return status;
}

enum status store_reserve(struct store *store)
{
	uint64_t used = used_bytes(store);

	assert(store->mode == STORE_WRITE);
	if (used + store->ahead > store->map_size)
		return STATUS_STORAGE_FULL;
	if (used + store->ahead <= store->reserved)
		return STATUS_OK;
	return store_reserve_beyond(store, used);
}

uint64_t store_bytes(const struct store *store)
{
	return used_bytes(store);
}
