/*
 * What the files of the store share and nobody else sees: LMDB's handles, and the few ways in which
 * they are used. Every key is found, placed and removed by the functions below, so that failures
 * stick and space is reserved in one place.
 */
#ifndef SERVER_STORE_STORE_INTERNAL_H
#define SERVER_STORE_STORE_INTERNAL_H

#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/hash.h"
#include "server/store/schema.h"
#include "server/store/store.h"

/* Databases: tables, then indexes, then three of their own. */
enum {
	DATABASE_INDEXES = TABLE_COUNT,
	DATABASE_TRAIL = TABLE_COUNT + INDEX_COUNT,
	DATABASE_SEEN,
	DATABASE_META,
	DATABASE_COUNT
};

#define DATA_FILE "data.mdb" /* LMDB's names for its files */
#define LOCK_FILE "lock.mdb"

#define ROW_KEY_LEN 8 /* the id, big-endian: keys of tables and values of UNIQUE indexes */

#define META_FORMAT "format" /* u32 STORE_FORMAT, schema_hash() */
#define META_MARK "mark"     /* u64 size, u64 time, the peaks */
#define FORMAT_LEN (4 + HASH_LEN)

/* More than any row unpacks to. */
#define SCRATCH_MAX ((size_t)16 << 20)

struct txn {
	struct store *store; /* borrowed */
	struct txn *next;    /* of the store's read txns */
	struct txn **link;   /* what points at this one */
	MDB_txn *mdb;        /* owned; NULL: none */
	enum status status;  /* the first failure */
	bool writes;
	bool active; /* begun and not reset */

	/* One cursor per database, opened at first use. LMDB frees those of a write txn with it;
	 * those of a read txn are ours and are renewed at the first use after a renewal. */
	MDB_cursor *cursors[DATABASE_COUNT];
	bool current[DATABASE_COUNT];

	/* The tables' largest ids, once asked for. */
	uint64_t last[TABLE_COUNT];
	bool last_known[TABLE_COUNT];

	struct arena scratch; /* old rows, whose keys are to be removed */
};

struct store {
	MDB_env *env;
	int fd; /* borrowed from env */
	enum store_mode mode;
	uint64_t page_size;
	uint64_t map_size;
	uint64_t ahead;    /* bytes kept reserved beyond the used pages; grows with them */
	uint64_t reserved; /* this much of the file is known to have disk space */
	MDB_dbi databases[DATABASE_COUNT];
	struct txn writer; /* the write txn; in the hands of whom LMDB lets begin one */

	/* Held shared by each read txn that is active, alone while another environment takes this
	 * one's place (renew.c). */
	pthread_rwlock_t in_use;
	pthread_mutex_t mutex; /* of what follows */
	struct txn *readers;
};

/* ---- environment ---- */

/* "loan", "loan.open_by_item", "trail", "seen", "meta". */
const char *database_name(unsigned database);

/* Opens with additional LMDB flags: MDB_NOLOCK for a copy that nobody else has. */
MUST_CHECK enum status store_open_flags(struct store **store, const char *directory,
					enum store_mode mode, unsigned flags, uint64_t map_size,
					char why[static STORE_WHY_LEN]);

/* What META_FORMAT must say. */
void store_format(uint8_t out[static FORMAT_LEN]);

/* Reserves disk space so that it reaches store->ahead beyond used, as far as the map goes. */
MUST_CHECK enum status store_reserve_beyond(struct store *store, uint64_t used);

/* Opens an environment and its databases into a store whose mode and map size are set. */
MUST_CHECK enum status store_open_env(struct store *store, const char *directory, unsigned flags,
				      uint64_t file_size, char why[static STORE_WHY_LEN]);

/* Has read txns let go of their handles on the environment: nobody is active. */
void txn_forget_readers(struct store *store);

/* The one place where LMDB's codes become ours. */
enum status lmdb_status(int code);

/* ---- transactions ---- */

/* False when a failure sticks: do nothing then. */
bool txn_ok(const struct txn *txn);

/* Makes the first failure stick. */
void txn_fail(struct txn *txn, enum status status);

/* The kept cursor; NULL on failure. Any call below may move it. */
MDB_cursor *txn_cursor(struct txn *txn, unsigned database);

/* The value under a key, valid until the next write; false when there is none or on failure. */
bool txn_find(struct txn *txn, unsigned database, const MDB_val *key, MDB_val *value);

/* Room for a value of len bytes under the key, to be filled before the next call; NULL on failure.
 * flags: 0 replaces, MDB_NOOVERWRITE fails with STATUS_CONFLICT, MDB_APPEND is for the last key. */
uint8_t *txn_place(struct txn *txn, unsigned database, const MDB_val *key, size_t len,
		   unsigned flags);

/* Removes a key that must be there: STATUS_CORRUPT sticks when it is not. */
void txn_remove(struct txn *txn, unsigned database, const MDB_val *key);

/* A key as LMDB takes it; borrowed. */
static inline MDB_val key_value(const struct key *key)
{
	return (MDB_val){key->len, (void *)(uintptr_t)key->bytes};
}

/* ---- indexes ---- */

/* Brings the table's indexes from the old row (NULL: none) to the new one. */
void index_update(struct txn *txn, enum table table, uint64_t id, const ProtobufCMessage *old,
		  const ProtobufCMessage *row);

/* The id of an index entry; false when the entry has not the right form. */
bool index_entry_id(enum index_id index, const MDB_val *key, const MDB_val *value, uint64_t *id);

/* ---- forms of trail, seen and mark, for checks ---- */

bool trail_is_formed(const MDB_val *key, const MDB_val *value);
bool seen_is_formed(const MDB_val *key, const MDB_val *value);
MUST_CHECK enum status mark_decode(const MDB_val *value, struct mark *mark);

#endif
