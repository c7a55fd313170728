#include "server/store/txn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/order.h"
#include "server/store/store_internal.h"

enum status lmdb_status(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return STATUS_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return STATUS_NOT_FOUND;
	case MDB_KEYEXIST:
		return STATUS_CONFLICT;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return STATUS_STORAGE_FULL;
	case MDB_TXN_FULL:
	case MDB_BAD_VALSIZE:
		return STATUS_LIMIT;
	case MDB_READERS_FULL:
		return STATUS_BUSY;
	case ENOMEM:
		return STATUS_MEMORY;
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_VERSION_MISMATCH:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE:
		return STATUS_CORRUPT;
	default:
		return STATUS_STORAGE;
	}
}

/* ---- life ---- */

enum status store_write(struct store *store, struct txn **txn)
{
	MDB_txn *mdb = NULL;

	*txn = NULL;
	assert(store->mode == STORE_WRITE);
	int code = mdb_txn_begin(store->env, NULL, 0, &mdb);
	if (code != 0)
		return lmdb_status(code);
	/* From here to the end of the LMDB transaction the struct is ours alone. */
	order_see(store);
	struct txn *writer = &store->writer;
	writer->store = store;
	writer->mdb = mdb;
	writer->status = STATUS_OK;
	writer->writes = true;
	writer->active = true;
	memset(writer->cursors, 0, sizeof(writer->cursors));
	memset(writer->current, 0, sizeof(writer->current));
	memset(writer->last_known, 0, sizeof(writer->last_known));
	*txn = writer;
	return STATUS_OK;
}

/* Read txns are known to the store, so that it can take their handles away. */
static void join(struct txn *txn)
{
	struct store *store = txn->store;

	(void)pthread_mutex_lock(&store->mutex); /* fails only by misuse, as those below */
	txn->next = store->readers;
	txn->link = &store->readers;
	if (txn->next != NULL)
		txn->next->link = &txn->next;
	store->readers = txn;
	(void)pthread_mutex_unlock(&store->mutex);
}

static void leave(struct txn *txn)
{
	struct store *store = txn->store;

	(void)pthread_mutex_lock(&store->mutex);
	*txn->link = txn->next;
	if (txn->next != NULL)
		txn->next->link = txn->link;
	(void)pthread_mutex_unlock(&store->mutex);
}

/* Lets go of cursors and reader's slot. */
static void close_reader(struct txn *txn)
{
	for (unsigned i = 0; i < DATABASE_COUNT; i++) {
		if (txn->cursors[i] != NULL)
			mdb_cursor_close(txn->cursors[i]);
		txn->cursors[i] = NULL;
	}
	mdb_txn_abort(txn->mdb);
	txn->mdb = NULL;
}

void txn_forget_readers(struct store *store)
{
	(void)pthread_mutex_lock(&store->mutex);
	for (struct txn *txn = store->readers; txn != NULL; txn = txn->next)
		close_reader(txn);
	(void)pthread_mutex_unlock(&store->mutex);
}

/* Begins to read: a txn that has a handle takes that up again. */
static enum status activate(struct txn *txn)
{
	struct store *store = txn->store;
	int code;

	(void)pthread_rwlock_rdlock(&store->in_use);
	code = txn->mdb == NULL ? mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn->mdb)
				: mdb_txn_renew(txn->mdb);
	order_see(store);
	txn->active = code == 0;
	if (!txn->active)
		(void)pthread_rwlock_unlock(&store->in_use);
	return lmdb_status(code);
}

enum status store_read(struct store *store, struct txn **txn)
{
	struct txn *reader = calloc(1, sizeof(*reader));
	enum status status;

	*txn = NULL;
	if (reader == NULL)
		return STATUS_MEMORY;
	reader->store = store;
	status = activate(reader);
	if (status != STATUS_OK) {
		free(reader);
		return status;
	}
	join(reader);
	arena_init(&reader->scratch, SCRATCH_MAX);
	*txn = reader;
	return STATUS_OK;
}

enum status txn_renew(struct txn *txn)
{
	assert(!txn->writes);
	txn_reset(txn);
	txn->status = activate(txn);
	memset(txn->current, 0, sizeof(txn->current));
	memset(txn->last_known, 0, sizeof(txn->last_known));
	return txn->status;
}

void txn_reset(struct txn *txn)
{
	assert(!txn->writes);
	if (txn->active) {
		order_show(txn->store);
		mdb_txn_reset(txn->mdb);
		(void)pthread_rwlock_unlock(&txn->store->in_use);
	}
	txn->active = false;
}

/* Takes LMDB's transaction out of the write txn, which is anybody's as soon as that has ended. */
static MDB_txn *release_writer(struct txn *txn)
{
	MDB_txn *mdb = txn->mdb;

	arena_reset(&txn->scratch);
	txn->mdb = NULL;
	txn->active = false;
	order_show(txn->store);
	return mdb;
}

enum status txn_commit(struct txn *txn)
{
	enum status status = txn->status;

	assert(txn->writes && txn->active);
	if (status != STATUS_OK) {
		txn_end(txn);
		return status;
	}
	/* LMDB frees the transaction whatever it returns. */
	status = lmdb_status(mdb_txn_commit(release_writer(txn)));
	switch (status) {
	case STATUS_OK:
	case STATUS_STORAGE_FULL: /* these two are found before anything is made visible */
	case STATUS_LIMIT:
		return status;
	default:
		return STATUS_OUTCOME_UNKNOWN;
	}
}

void txn_end(struct txn *txn)
{
	if (txn == NULL)
		return;
	if (txn->writes) {
		mdb_txn_abort(release_writer(txn));
		return;
	}
	txn_reset(txn);
	leave(txn);
	close_reader(txn);
	arena_release(&txn->scratch);
	free(txn);
}

/* ---- failures ---- */

enum status txn_status(const struct txn *txn)
{
	return txn->status;
}

bool txn_ok(const struct txn *txn)
{
	assert(txn->active);
	return txn->status == STATUS_OK;
}

void txn_fail(struct txn *txn, enum status status)
{
	if (txn->status == STATUS_OK)
		txn->status = status;
}

/* ---- keys and values ---- */

MDB_cursor *txn_cursor(struct txn *txn, unsigned database)
{
	MDB_cursor **cursor = &txn->cursors[database];
	int code = 0;

	if (!txn_ok(txn))
		return NULL;
	if (txn->current[database])
		return *cursor;
	if (*cursor == NULL)
		code = mdb_cursor_open(txn->mdb, txn->store->databases[database], cursor);
	else
		code = mdb_cursor_renew(txn->mdb, *cursor);
	if (code != 0) {
		txn_fail(txn, lmdb_status(code));
		return NULL;
	}
	txn->current[database] = true;
	return *cursor;
}

bool txn_find(struct txn *txn, unsigned database, const MDB_val *key, MDB_val *value)
{
	MDB_cursor *cursor = txn_cursor(txn, database);
	MDB_val wanted = *key;

	if (cursor == NULL)
		return false;
	int code = mdb_cursor_get(cursor, &wanted, value, MDB_SET);
	if (code != 0 && code != MDB_NOTFOUND)
		txn_fail(txn, lmdb_status(code));
	return code == 0;
}

/* Reserves more space when a transaction has come near the end of what there is. Every page of
 * LMDB's file begins with its number; place lies in or right behind the page just written, and
 * pages from the end of the file are taken in order. */
static bool keep_reserve(struct txn *txn, const uint8_t *place)
{
	struct store *store = txn->store;
	uintptr_t address = (uintptr_t)(place - 1);
	size_t number;

	memcpy(&number, (const void *)(address & ~(uintptr_t)(store->page_size - 1)),
	       sizeof(number));
	uint64_t used = ((uint64_t)number + 1) * store->page_size;
	if (used + store->ahead / 2 <= store->reserved)
		return true;
	enum status status = store_reserve_beyond(store, used);
	if (status != STATUS_OK)
		txn_fail(txn, status);
	return status == STATUS_OK;
}

uint8_t *txn_place(struct txn *txn, unsigned database, const MDB_val *key, size_t len,
		   unsigned flags)
{
	MDB_cursor *cursor = txn_cursor(txn, database);
	MDB_val wanted = *key;
	MDB_val value = {len, NULL};

	assert(txn->writes);
	if (cursor == NULL)
		return NULL;
	int code = mdb_cursor_put(cursor, &wanted, &value, flags | MDB_RESERVE);
	if (code != 0) {
		txn_fail(txn, lmdb_status(code));
		return NULL;
	}
	order_see(txn->store); /* LMDB gives a page again once its readers have ended */
	return keep_reserve(txn, value.mv_data) ? value.mv_data : NULL;
}

void txn_remove(struct txn *txn, unsigned database, const MDB_val *key)
{
	MDB_val value;

	assert(txn->writes);
	bool found = txn_find(txn, database, key, &value);
	if (!txn_ok(txn))
		return;
	int code = found ? mdb_cursor_del(txn->cursors[database], 0) : MDB_CORRUPTED;
	if (code != 0)
		txn_fail(txn, lmdb_status(code));
}
