#include "server/store/trail.h"

#include <string.h>

#include "server/store/store_internal.h"

/* Keys: the subject's kind, its id, the sequence, as key_number()s; values are empty. */
static void subject_key(struct key *key, const struct subject *subject)
{
	key->len = 0;
	key_number(key, subject->kind);
	key_number(key, subject->id);
}

void trail_add(struct txn *txn, const struct subject *subject, uint64_t sequence)
{
	struct key key;

	subject_key(&key, subject);
	key_number(&key, sequence);
	MDB_val name = key_value(&key);
	(void)txn_place(txn, DATABASE_TRAIL, &name, 0, 0); /* a failure sticks in the txn */
}

/* Moves to the first key that is not before this one; false at the end or on failure. */
static bool find_from(struct txn *txn, const struct key *from, MDB_val *found)
{
	MDB_cursor *cursor = txn_cursor(txn, DATABASE_TRAIL);
	MDB_val value;

	if (cursor == NULL)
		return false;
	*found = key_value(from);
	int code = mdb_cursor_get(cursor, found, &value, MDB_SET_RANGE);
	if (code != 0 && code != MDB_NOTFOUND)
		txn_fail(txn, lmdb_status(code));
	return code == 0;
}

bool trail_next(struct txn *txn, const struct subject *subject, uint64_t from, uint64_t *sequence)
{
	struct key key;
	MDB_val found;

	subject_key(&key, subject);
	size_t prefix = key.len;
	key_number(&key, from);
	if (!find_from(txn, &key, &found))
		return false;
	if (found.mv_size <= prefix || memcmp(found.mv_data, key.bytes, prefix) != 0)
		return false;
	const uint8_t *rest = (const uint8_t *)found.mv_data + prefix;
	if (key_number_get(rest, found.mv_size - prefix, sequence) == found.mv_size - prefix)
		return true;
	txn_fail(txn, STATUS_CORRUPT);
	return false;
}

bool trail_is_formed(const MDB_val *key, const MDB_val *value)
{
	const uint8_t *from = key->mv_data;
	size_t left = key->mv_size;

	for (unsigned part = 0; part < 3; part++) {
		uint64_t number;
		size_t taken = key_number_get(from, left, &number);
		if (taken == 0)
			return false;
		from += taken;
		left -= taken;
	}
	return left == 0 && value->mv_size == 0;
}
