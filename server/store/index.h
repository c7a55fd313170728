/* Finding rows by their fields, as schema.def declares them; part of store.h. */
#ifndef SERVER_STORE_INDEX_H
#define SERVER_STORE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "server/store/key.h"

struct txn;

/* INDEX_loan_open_by_item and so on. */
enum index_id {
#define TABLE(name, Message)
#define INDEX(table, name, ...) INDEX_##table##_##name,
#include "server/store/schema.def"
#undef TABLE
#undef INDEX
	INDEX_COUNT
};

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

#endif
