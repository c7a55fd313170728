/*
 * What is: tables of rows and their indexes, declared in schema.def, in one LMDB environment. The
 * state is the ledger applied in order, so it is committed without sync and rebuilt when in doubt.
 * The only home of LMDB. Knows rows and keys, nothing of what they mean.
 *
 * Glossary
 *   table   rows of one message type by id
 *   index   sorted keys made of a row's fields, kept up by put and delete
 *   trail   for each subject the sequences of the entries about it
 *   seen    for each (principal, idempotency key) the sequence of its entry
 *   mark    how far the ledger has been applied, with the Merkle tree's peaks there
 *
 * Transactions are explicit. The first failure sticks: every later call on that txn does nothing and
 * says the same, so callers check once, at commit. A txn lives in one function on one thread.
 * Values pass one encode/decode seam (value.h).
 */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/entry.h"
#include "common/merkle.h"
#include "common/status.h"
#include "proto/record.pb-c.h"
#include "server/store/key.h"

#define STORE_FORMAT 1
#define STORE_WHY_LEN 256

struct store;
struct txn;

enum table {
#define TABLE(name, Message) TABLE_##name,
#define INDEX(...)
#include "server/store/schema.def"
#undef TABLE
#undef INDEX
	TABLE_COUNT
};

/* INDEX_loan_open_by_item and so on. */
enum index_id {
#define TABLE(name, Message)
#define INDEX(table, name, ...) INDEX_##table##_##name,
#include "server/store/schema.def"
#undef TABLE
#undef INDEX
	INDEX_COUNT
};

/* How far the state has come. */
struct mark {
	struct merkle tree; /* tree.size entries are applied */
	int64_t time;       /* of the last of them */
};

/* ---- environment ---- */

enum store_mode {
	STORE_WRITE,    /* open for the one writer and its readers */
	STORE_READONLY, /* beside a running server or on a snapshot: readers only */
};

/* Makes an empty state in a directory that is not there (built under a temporary name, synced,
 * renamed). STATUS_CONFLICT when something is there. */
MUST_CHECK enum status store_create(const char *directory);

/* Opens. STATUS_NOT_FOUND when nothing is there, STATUS_CORRUPT when it is not a state of this format
 * and this schema.def (the caller rebuilds it); why then says more. map_size 0: for writing 256 GiB
 * of address space, not of disk; for reading the size of the file. */
MUST_CHECK enum status store_open(struct store **store, const char *directory, enum store_mode mode,
				  uint64_t map_size, char why[static STORE_WHY_LEN]);
void store_close(struct store *store);

/* Writes all dirty pages to disk (before a clean stop). */
MUST_CHECK enum status store_sync(struct store *store);

/* Keeps disk space reserved ahead of the data, since a full disk under a memory map is a SIGBUS.
 * Call before a write txn; STATUS_STORAGE_FULL: do not write now. */
MUST_CHECK enum status store_reserve(struct store *store);

/* A consistent copy into a directory that is not there, synced, with its mark in *mark; beside running
 * writers. */
MUST_CHECK enum status store_copy(struct store *store, const char *directory, struct mark *mark);

/* Bytes that hold data. */
uint64_t store_bytes(const struct store *store);

/* ---- transactions ---- */

/* At most one write txn at a time; blocks while another is open. */
MUST_CHECK enum status store_write(struct store *store, struct txn **txn);

/* A read txn, kept by its thread and renewed for each use: begin, read, reset; end frees. */
MUST_CHECK enum status store_read(struct store *store, struct txn **txn);
MUST_CHECK enum status txn_renew(struct txn *txn);
void txn_reset(struct txn *txn);

/* Commits a write txn, or says what failed first. The handle is gone in any case. After a failure
 * whose effect is unknown: STATUS_OUTCOME_UNKNOWN. */
MUST_CHECK enum status txn_commit(struct txn *txn);

/* Drops a write txn, or ends a read txn. NULL is fine. */
void txn_end(struct txn *txn);

/* The first failure, STATUS_OK while there is none. */
enum status txn_status(const struct txn *txn);

/* ---- rows ----
 * For each TABLE(name, Message) a typed pair is declared below:
 *   name_get(txn, id, arena)       the row, or NULL when there is none; memory of the arena
 *   name_put(txn, row)             stores row under row->id and keeps the indexes up
 * They are thin covers of these two. */
ProtobufCMessage *table_get(struct txn *txn, enum table table, uint64_t id, struct arena *arena);
void table_put(struct txn *txn, enum table table, uint64_t id, const ProtobufCMessage *row);

#define TABLE(name, Message)                                                                       \
	static inline Pb__##Message *name##_get(struct txn *txn, uint64_t id, struct arena *arena)  \
	{                                                                                          \
		return (Pb__##Message *)(void *)table_get(txn, TABLE_##name, id, arena);           \
	}                                                                                          \
	static inline void name##_put(struct txn *txn, const Pb__##Message *row)                   \
	{                                                                                          \
		table_put(txn, TABLE_##name, row->id, &row->base);                                 \
	}
#define INDEX(...)
#include "server/store/schema.def"
#undef TABLE
#undef INDEX

/* "loan". */
const char *table_name(enum table table);

/* The largest id in the table, 0 when it is empty. */
uint64_t table_last(struct txn *txn, enum table table);

/* Number of rows. */
uint64_t table_count(struct txn *txn, enum table table);

/* ---- indexes ---- */

/* "loan.open_by_item". */
const char *index_name(enum index_id index);

/* The id under a full key of a UNIQUE index; 0 when there is none. */
uint64_t index_find(struct txn *txn, enum index_id index, const struct key *key);

/* Walks ids in key order, all entries whose keys begin with prefix (empty: all). A walk lives
 * inside one txn and may not see its own txn's writes made meanwhile; end it before the txn. */
struct walk;
struct walk *index_walk(struct txn *txn, enum index_id index, const struct key *prefix);

/* Begins behind this position (as walk_position() gave it) instead of at the prefix's start. */
void walk_after(struct walk *walk, const struct key *position);

/* The next id; false at the end or on failure (which sticks in the txn). */
bool walk_next(struct walk *walk, uint64_t *id);

/* Where the walk stands, to go on from later, in another txn. */
void walk_position(const struct walk *walk, struct key *position);
void walk_end(struct walk *walk);

/* ---- trail, seen, mark ---- */

void trail_add(struct txn *txn, const struct subject *subject, uint64_t sequence);

/* The first sequence about the subject that is >= from; false when there is none. */
bool trail_next(struct txn *txn, const struct subject *subject, uint64_t from,
		uint64_t *sequence);

void seen_put(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t sequence);
bool seen_get(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t *sequence);

void mark_get(struct txn *txn, struct mark *mark);
void mark_put(struct txn *txn, const struct mark *mark);

/* ---- proofs ---- */

/* Called for each thing found wrong; text is one line for the operator. */
typedef void store_found_cb(void *context, const char *text);

/* Proves that every row has exactly its index entries and every entry its row. Returns the number of
 * things found wrong. */
uint64_t store_check(struct txn *txn, store_found_cb *found, void *context);

/* Compares two states database by database, key by key, byte by byte. Returns the number of
 * differences. */
uint64_t store_compare(struct txn *left, struct txn *right, store_found_cb *found, void *context);

#endif
