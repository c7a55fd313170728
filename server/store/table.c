#include "server/store/table.h"

#include "common/bytes.h"
#include "server/store/store_internal.h"
#include "server/store/value.h"

/* An id as a key, in bytes that the caller keeps. */
static MDB_val id_key(uint8_t bytes[static ROW_KEY_LEN], uint64_t id)
{
	bytes_put64(bytes, id);
	return (MDB_val){ROW_KEY_LEN, bytes};
}

static ProtobufCMessage *find_row(struct txn *txn, enum table table, uint64_t id,
				  struct arena *arena)
{
	uint8_t bytes[ROW_KEY_LEN];
	MDB_val key = id_key(bytes, id);
	MDB_val value;
	ProtobufCMessage *row = NULL;

	if (!txn_find(txn, table, &key, &value))
		return NULL;
	enum status status =
		value_decode(table_specs[table].row, value.mv_data, value.mv_size, arena, &row);
	if (status != STATUS_OK)
		txn_fail(txn, status);
	return row;
}

ProtobufCMessage *table_get(struct txn *txn, enum table table, uint64_t id, struct arena *arena)
{
	return find_row(txn, table, id, arena);
}

void table_put(struct txn *txn, enum table table, uint64_t id, const ProtobufCMessage *row)
{
	uint8_t bytes[ROW_KEY_LEN];
	MDB_val key = id_key(bytes, id);
	ProtobufCMessage *old = NULL;

	if (id == 0)
		txn_fail(txn, STATUS_INVALID);
	/* Ids are given in order, so most new rows go behind all others. */
	bool is_last = id > table_last(txn, table);
	arena_reset(&txn->scratch);
	if (!is_last)
		old = find_row(txn, table, id, &txn->scratch);
	index_update(txn, table, id, old, row);
	uint8_t *place = txn_place(txn, table, &key, value_len(row), is_last ? MDB_APPEND : 0);
	if (place == NULL)
		return;
	value_encode(row, place);
	if (is_last)
		txn->last[table] = id;
}

uint64_t table_last(struct txn *txn, enum table table)
{
	MDB_val key;
	MDB_val value;

	if (!txn_ok(txn))
		return 0;
	if (txn->last_known[table])
		return txn->last[table];
	MDB_cursor *cursor = txn_cursor(txn, table);
	if (cursor == NULL)
		return 0;
	int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (code == 0 && key.mv_size != ROW_KEY_LEN)
		code = MDB_CORRUPTED;
	if (code != 0 && code != MDB_NOTFOUND) {
		txn_fail(txn, lmdb_status(code));
		return 0;
	}
	txn->last[table] = code == 0 ? bytes_get64(key.mv_data) : 0;
	txn->last_known[table] = true;
	return txn->last[table];
}

uint64_t table_count(struct txn *txn, enum table table)
{
	MDB_stat about = {0};

	if (!txn_ok(txn))
		return 0;
	int code = mdb_stat(txn->mdb, txn->store->databases[table], &about);
	if (code != 0)
		txn_fail(txn, lmdb_status(code));
	return about.ms_entries;
}

const char *table_name(enum table table)
{
	return database_name(table);
}
