#include "server/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "server/store/store_internal.h"
#include "server/store/value.h"

#define LINE_LEN 256

struct check {
	struct txn *txn; /* borrowed */
	store_found_cb *found;
	void *context;
	uint64_t count;
};

__attribute__((format(printf, 2, 3))) static void report(struct check *check, const char *format,
							 ...)
{
	char line[LINE_LEN];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* a line too long is cut */
	va_end(arguments);
	check->count++;
	check->found(check->context, line);
}

/* Calls visit for every key of a database. */
typedef void visit_fn(struct check *check, unsigned number, const MDB_val *key,
		      const MDB_val *value);
static void each(struct check *check, unsigned database, visit_fn *visit, unsigned number)
{
	struct txn *txn = check->txn;
	MDB_cursor *cursor = NULL;
	MDB_val key;
	MDB_val value;
	int code = mdb_cursor_open(txn->mdb, txn->store->databases[database], &cursor);

	if (code == 0)
		code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	while (code == 0) {
		visit(check, number, &key, &value);
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	if (code != MDB_NOTFOUND)
		report(check, "%s: %s", database_name(database), mdb_strerror(code));
	if (cursor != NULL)
		mdb_cursor_close(cursor);
}

/* The row behind a value, in the scratch arena; NULL when it cannot be decoded. */
static ProtobufCMessage *decode(struct check *check, enum table table, const MDB_val *value)
{
	ProtobufCMessage *row = NULL;

	arena_reset(&check->txn->scratch);
	enum status status = value_decode(table_specs[table].row, value->mv_data, value->mv_size,
					  &check->txn->scratch, &row);
	return status == STATUS_OK ? row : NULL;
}

/* ---- from rows to entries ---- */

static void check_entry(struct check *check, enum index_id index, const ProtobufCMessage *row,
			uint64_t id)
{
	struct key key;
	MDB_val value;
	uint64_t entry_id = 0;

	if (!index_key(index, row, id, &key))
		return;
	MDB_val name = key_value(&key);
	if (!txn_find(check->txn, DATABASE_INDEXES + index, &name, &value))
		report(check, "%s: no entry for %llu", index_name(index), (unsigned long long)id);
	else if (index_entry_id(index, &name, &value, &entry_id) && entry_id != id)
		report(check, "%s: the entry of %llu points to %llu", index_name(index),
		       (unsigned long long)id, (unsigned long long)entry_id);
}

static void check_row(struct check *check, unsigned number, const MDB_val *key,
		      const MDB_val *value)
{
	enum table table = (enum table)number;

	if (key->mv_size != ROW_KEY_LEN) {
		report(check, "%s: a key is not an id", table_name(table));
		return;
	}
	uint64_t id = bytes_get64(key->mv_data);
	const ProtobufCMessage *row = decode(check, table, value);
	if (row == NULL) {
		report(check, "%s %llu: the row cannot be decoded", table_name(table),
		       (unsigned long long)id);
		return;
	}
	if (row_id(table, row) != id)
		report(check, "%s %llu: the row says it is %llu", table_name(table),
		       (unsigned long long)id, (unsigned long long)row_id(table, row));
	for (enum index_id index = 0; index < INDEX_COUNT; index++)
		if (index_specs[index].table == table)
			check_entry(check, index, row, id);
}

/* ---- from entries to rows ---- */

/* An entry that points to a living row may still be stale: the row must make this very key. */
static void check_index_key(struct check *check, unsigned number, const MDB_val *key,
			    const MDB_val *value)
{
	enum index_id index = (enum index_id)number;
	enum table table = index_specs[index].table;
	uint8_t bytes[ROW_KEY_LEN];
	MDB_val row_key = {ROW_KEY_LEN, bytes};
	MDB_val row_value;
	struct key expected;
	uint64_t id = 0;

	if (!index_entry_id(index, key, value, &id)) {
		report(check, "%s: an entry is not formed as it must be", index_name(index));
		return;
	}
	bytes_put64(bytes, id);
	if (!txn_find(check->txn, table, &row_key, &row_value)) {
		report(check, "%s: an entry points to %llu, which is not there", index_name(index),
		       (unsigned long long)id);
		return;
	}
	const ProtobufCMessage *row = decode(check, table, &row_value);
	if (row == NULL)
		return; /* reported with the rows */
	if (!index_key(index, row, id, &expected) || expected.len != key->mv_size ||
	    memcmp(expected.bytes, key->mv_data, expected.len) != 0)
		report(check, "%s: a stale entry of %llu", index_name(index),
		       (unsigned long long)id);
}

/* ---- the rest ---- */

static void check_trail_key(struct check *check, unsigned number, const MDB_val *key,
			    const MDB_val *value)
{
	(void)number;
	if (!trail_is_formed(key, value))
		report(check, "trail: an entry is not formed as it must be");
}

static void check_seen_key(struct check *check, unsigned number, const MDB_val *key,
			   const MDB_val *value)
{
	(void)number;
	if (!seen_is_formed(key, value))
		report(check, "seen: an entry is not formed as it must be");
}

static bool key_is(const MDB_val *key, const char *name)
{
	return key->mv_size == strlen(name) && memcmp(key->mv_data, name, key->mv_size) == 0;
}

static void check_meta_key(struct check *check, unsigned number, const MDB_val *key,
			   const MDB_val *value)
{
	struct mark mark;

	(void)number;
	if (key_is(key, META_MARK)) {
		if (mark_decode(value, &mark) != STATUS_OK)
			report(check, "meta: the mark cannot be decoded");
	} else if (!key_is(key, META_FORMAT)) {
		report(check, "meta: an unknown key");
	}
}

uint64_t store_check(struct txn *txn, store_found_cb *found, void *context)
{
	struct check check = {.txn = txn, .found = found, .context = context};

	if (!txn_ok(txn)) {
		report(&check, "the state cannot be read: %s", status_text(txn_status(txn)));
		return check.count;
	}
	for (unsigned table = 0; table < TABLE_COUNT; table++)
		each(&check, table, check_row, table);
	for (unsigned index = 0; index < INDEX_COUNT; index++)
		each(&check, DATABASE_INDEXES + index, check_index_key, index);
	each(&check, DATABASE_TRAIL, check_trail_key, 0);
	each(&check, DATABASE_SEEN, check_seen_key, 0);
	each(&check, DATABASE_META, check_meta_key, 0);
	if (!txn_ok(txn))
		report(&check, "the check met a failure: %s", status_text(txn_status(txn)));
	return check.count;
}
