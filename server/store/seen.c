#include "server/store/trail.h"

#include <string.h>

#include "server/store/store_internal.h"

/* Keys: the principal as a key_number(), the idempotency key; the value is the sequence, likewise.
 */
static void seen_key(struct key *to, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN])
{
	to->len = 0;
	key_number(to, principal);
	memcpy(to->bytes + to->len, key, ENTRY_KEY_LEN);
	to->len += ENTRY_KEY_LEN;
}

void seen_put(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t sequence)
{
	struct key name;
	struct key number = {.len = 0};

	seen_key(&name, principal, key);
	key_number(&number, sequence);
	MDB_val mdb_key = key_value(&name);
	uint8_t *place = txn_place(txn, DATABASE_SEEN, &mdb_key, number.len, 0);
	if (place != NULL)
		memcpy(place, number.bytes, number.len);
}

bool seen_get(struct txn *txn, uint64_t principal, const uint8_t key[static ENTRY_KEY_LEN],
	      uint64_t *sequence)
{
	struct key name;
	MDB_val value;

	seen_key(&name, principal, key);
	MDB_val mdb_key = key_value(&name);
	if (!txn_find(txn, DATABASE_SEEN, &mdb_key, &value))
		return false;
	if (value.mv_size > 0 &&
	    key_number_get(value.mv_data, value.mv_size, sequence) == value.mv_size)
		return true;
	txn_fail(txn, STATUS_CORRUPT);
	return false;
}

bool seen_is_formed(const MDB_val *key, const MDB_val *value)
{
	uint64_t number;
	size_t taken = key_number_get(key->mv_data, key->mv_size, &number);

	return taken > 0 && key->mv_size - taken == ENTRY_KEY_LEN && value->mv_size > 0 &&
	       key_number_get(value->mv_data, value->mv_size, &number) == value->mv_size;
}
