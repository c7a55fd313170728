/* Damage on purpose, past the store and straight into LMDB, for tests of the checks. */
#ifndef TESTS_UNIT_STORE_DAMAGE_H
#define TESTS_UNIT_STORE_DAMAGE_H

#include <lmdb.h>

#include "tests/unit/store/state.h"

/* Puts or (value NULL) deletes one key of a named database of a state that nobody has open. */
static inline void damage_directory(const char *directory, const char *database,
				    const struct key *key, const void *value, size_t len)
{
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	MDB_dbi dbi;
	MDB_val name = {key->len, (void *)(uintptr_t)key->bytes};
	MDB_val data = {len, (void *)(uintptr_t)value};

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_set_mapsize(env, STATE_MAP_SIZE), 0);
	assert_int_equal(mdb_env_open(env, directory, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, database, 0, &dbi), 0);
	if (value == NULL)
		assert_int_equal(mdb_del(txn, dbi, &name, NULL), 0);
	else
		assert_int_equal(mdb_put(txn, dbi, &name, &data, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* The same to the test's own state, which is closed meanwhile and known to be damaged then. */
static inline void damage(struct state *state, const char *database, const struct key *key,
			  const void *value, size_t len)
{
	store_close(state->store);
	damage_directory(state->directory.text, database, key, value, len);
	state->store = open_store(state->directory.text, STORE_WRITE);
	state->is_damaged = true;
}

#endif
