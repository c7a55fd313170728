#include "server/store/index.h"

#include <stdlib.h>
#include <string.h>

#include "server/store/store_internal.h"

struct walk {
	struct txn *txn;    /* borrowed */
	MDB_cursor *cursor; /* owned */
	enum index_id index;
	struct key prefix;
	struct key position; /* of the id given last, or to begin behind; empty: none */
	bool started;
};

static bool begins_with(const MDB_val *key, const struct key *prefix)
{
	return key->mv_size >= prefix->len &&
	       (prefix->len == 0 || memcmp(key->mv_data, prefix->bytes, prefix->len) == 0);
}

/* Whether the position lies behind the prefix's start. */
static bool is_within(const struct walk *walk)
{
	size_t shorter =
		walk->position.len < walk->prefix.len ? walk->position.len : walk->prefix.len;
	int order = memcmp(walk->position.bytes, walk->prefix.bytes, shorter);

	return order > 0 || (order == 0 && walk->position.len > walk->prefix.len);
}

struct walk *index_walk(struct txn *txn, enum index_id index, const struct key *prefix)
{
	if (!txn_ok(txn))
		return NULL;
	struct walk *walk = malloc(sizeof(*walk));
	if (walk == NULL) {
		txn_fail(txn, STATUS_MEMORY);
		return NULL;
	}
	int code = mdb_cursor_open(txn->mdb, txn->store->databases[DATABASE_INDEXES + index],
				   &walk->cursor);
	if (code != 0) {
		txn_fail(txn, lmdb_status(code));
		free(walk);
		return NULL;
	}
	walk->txn = txn;
	walk->index = index;
	walk->prefix.len = prefix->len;
	memcpy(walk->prefix.bytes, prefix->bytes, prefix->len);
	walk->position.len = 0;
	walk->started = false;
	return walk;
}

void walk_after(struct walk *walk, const struct key *position)
{
	if (walk == NULL)
		return;
	walk->position.len = position->len;
	memcpy(walk->position.bytes, position->bytes, position->len);
	walk->started = false;
}

/* Moves to the first entry that counts. */
static int start(struct walk *walk, MDB_val *key, MDB_val *value)
{
	if (!is_within(walk)) {
		/* MDB_SET_RANGE takes no empty key. */
		*key = key_value(&walk->prefix);
		return mdb_cursor_get(walk->cursor, key, value,
				      walk->prefix.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
	}
	const MDB_val position = key_value(&walk->position);
	*key = position;
	int code = mdb_cursor_get(walk->cursor, key, value, MDB_SET_RANGE);
	if (code == 0 && key->mv_size == position.mv_size &&
	    memcmp(key->mv_data, position.mv_data, position.mv_size) == 0)
		code = mdb_cursor_get(walk->cursor, key, value, MDB_NEXT);
	return code;
}

bool walk_next(struct walk *walk, uint64_t *id)
{
	MDB_val key;
	MDB_val value;

	if (walk == NULL || !txn_ok(walk->txn))
		return false;
	int code = walk->started ? mdb_cursor_get(walk->cursor, &key, &value, MDB_NEXT)
				 : start(walk, &key, &value);
	walk->started = true;
	if (code == MDB_NOTFOUND || (code == 0 && !begins_with(&key, &walk->prefix)))
		return false;
	if (code == 0 && (key.mv_size > KEY_MAX || !index_entry_id(walk->index, &key, &value, id)))
		code = MDB_CORRUPTED;
	if (code != 0) {
		txn_fail(walk->txn, lmdb_status(code));
		return false;
	}
	walk->position.len = key.mv_size;
	memcpy(walk->position.bytes, key.mv_data, key.mv_size);
	return true;
}

void walk_position(const struct walk *walk, struct key *position)
{
	position->len = walk == NULL ? 0 : walk->position.len;
	if (position->len > 0)
		memcpy(position->bytes, walk->position.bytes, position->len);
}

void walk_end(struct walk *walk)
{
	if (walk == NULL)
		return;
	mdb_cursor_close(walk->cursor);
	free(walk);
}
