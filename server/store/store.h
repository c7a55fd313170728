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
 * Transactions are explicit. The first failure sticks: every later call on that txn does nothing
 * and says the same, so callers check once, at commit. A txn lives in one function on one thread.
 * Values pass one encode/decode seam (value.h).
 */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include <stdint.h>

#include "common/status.h"
#include "server/store/index.h"
#include "server/store/key.h"
#include "server/store/table.h"
#include "server/store/trail.h"
#include "server/store/txn.h"

#define STORE_FORMAT 1
#define STORE_WHY_LEN 256

struct store;

/* ---- environment ---- */

enum store_mode {
	STORE_WRITE,    /* open for the one writer and its readers */
	STORE_READONLY, /* beside a running server or on a snapshot: readers only */
};

/* Makes an empty state in a directory that is not there (built under a temporary name, synced,
 * renamed). STATUS_CONFLICT when something is there. */
MUST_CHECK enum status store_create(const char *directory);

/* Opens. STATUS_NOT_FOUND when nothing is there, STATUS_CORRUPT when it is not a state of this
 * format and this schema.def (the caller rebuilds it); why then says more. map_size 0: for writing
 * 256 GiB of address space, not of disk; for reading the size of the file. */
MUST_CHECK enum status store_open(struct store **store, const char *directory, enum store_mode mode,
				  uint64_t map_size, char why[static STORE_WHY_LEN]);
void store_close(struct store *store);

/* Writes all dirty pages to disk (before a clean stop). */
MUST_CHECK enum status store_sync(struct store *store);

/* Keeps disk space reserved ahead of the data, since a full disk under a memory map is a SIGBUS.
 * Call before a write txn; STATUS_STORAGE_FULL: do not write now. */
MUST_CHECK enum status store_reserve(struct store *store);

/* A consistent copy into a directory that is not there, synced, with its mark in *mark; beside
 * running writers. Pages are not used again meanwhile: the state grows by what is written. */
MUST_CHECK enum status store_copy(struct store *store, const char *directory, struct mark *mark);

/* Copies every key and value into a new file and goes on in that, so that nothing is left of what
 * was removed or overwritten: neither in free pages nor in gaps of others. For the writer, beside
 * readers, with no txn of its own open; those who read wait while the files are exchanged.
 * directory is where it was opened. After a failure the store is as it was, but for
 * STATUS_OUTCOME_UNKNOWN: close it. */
MUST_CHECK enum status store_renew(struct store *store, const char *directory);

/* Bytes that hold data. */
uint64_t store_bytes(const struct store *store);

/* ---- proofs ---- */

/* Called for each thing found wrong; text is one line for the operator. */
typedef void store_found_cb(void *context, const char *text);

/* Proves that every row has exactly its index entries and every entry its row, and that trail, seen
 * and mark are formed as they must be. Returns the number of things found wrong. */
uint64_t store_check(struct txn *txn, store_found_cb *found, void *context);

/* Compares two states database by database, key by key, byte by byte. Returns the number of
 * differences. */
uint64_t store_compare(struct txn *left, struct txn *right, store_found_cb *found, void *context);

#endif
