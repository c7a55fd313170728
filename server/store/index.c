#include "server/store/index.h"

#include <assert.h>
#include <string.h>

#include "common/bytes.h"
#include "server/store/store_internal.h"

/* A row's entry in one index. */
struct entry_key {
	struct key key;
	bool exists;
};

static void make(struct entry_key *entry, enum index_id index, const ProtobufCMessage *row,
		 uint64_t id)
{
	entry->exists = row != NULL && index_key(index, row, id, &entry->key);
}

static bool are_equal(const struct entry_key *left, const struct entry_key *right)
{
	if (!left->exists || !right->exists)
		return left->exists == right->exists;
	return left->key.len == right->key.len &&
	       memcmp(left->key.bytes, right->key.bytes, left->key.len) == 0;
}

static void remove_entry(struct txn *txn, enum index_id index, const struct key *key, uint64_t id)
{
	MDB_val name = key_value(key);

	if (index_specs[index].unique && index_find(txn, index, key) != id)
		txn_fail(txn, STATUS_CORRUPT); /* it is another row's */
	txn_remove(txn, DATABASE_INDEXES + index, &name);
}

static void add_entry(struct txn *txn, enum index_id index, const struct key *key, uint64_t id)
{
	MDB_val name = key_value(key);
	size_t len = index_specs[index].unique ? ROW_KEY_LEN : 0;
	uint8_t *place = txn_place(txn, DATABASE_INDEXES + index, &name, len, MDB_NOOVERWRITE);

	if (place != NULL && len > 0)
		bytes_put64(place, id);
}

void index_update(struct txn *txn, enum table table, uint64_t id, const ProtobufCMessage *old,
		  const ProtobufCMessage *row)
{
	struct entry_key before;
	struct entry_key after;

	for (enum index_id index = 0; index < INDEX_COUNT && txn_ok(txn); index++) {
		if (index_specs[index].table != table)
			continue;
		make(&before, index, old, id);
		make(&after, index, row, id);
		if (are_equal(&before, &after))
			continue;
		if (before.exists)
			remove_entry(txn, index, &before.key, id);
		if (after.exists)
			add_entry(txn, index, &after.key, id);
	}
}

bool index_entry_id(enum index_id index, const MDB_val *key, const MDB_val *value, uint64_t *id)
{
	if (index_specs[index].unique) {
		if (value->mv_size != ROW_KEY_LEN)
			return false;
		*id = bytes_get64(value->mv_data);
		return true;
	}
	if (value->mv_size != 0 || key->mv_size < ROW_KEY_LEN)
		return false;
	*id = bytes_get64((const uint8_t *)key->mv_data + key->mv_size - ROW_KEY_LEN);
	return true;
}

uint64_t index_find(struct txn *txn, enum index_id index, const struct key *key)
{
	MDB_val name = key_value(key);
	MDB_val value;
	uint64_t id = 0;

	assert(index_specs[index].unique);
	if (!txn_find(txn, DATABASE_INDEXES + index, &name, &value))
		return 0;
	if (!index_entry_id(index, &name, &value, &id))
		txn_fail(txn, STATUS_CORRUPT);
	return id;
}

const char *index_name(enum index_id index)
{
	return database_name(DATABASE_INDEXES + index);
}
