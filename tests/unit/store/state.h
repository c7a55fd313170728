/* A state in a directory of its own for one test, which ends with a check that it is whole. */
#ifndef TESTS_UNIT_STORE_STATE_H
#define TESTS_UNIT_STORE_STATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/path.h"
#include "server/store/store.h"

#define STATE_MAP_SIZE (64u << 20)
#define STATE_ARENA_MAX (1u << 20)

/* A test that fails within a write txn leaves it open, and the next one would wait for ever. */
#define STATE_SECONDS_MAX 120

struct state {
	struct path base;      /* owned directory */
	struct path directory; /* of the state, in it */
	struct store *store;
	struct arena arena;
	uint64_t found;  /* things that the last check or comparison reported */
	char first[256]; /* the first of them */
	bool is_damaged; /* on purpose: the check at the end must find something */
};

static inline struct path state_path(const struct state *state, const char *name)
{
	struct path path;

	assert_int_equal(path_join(&path, state->base.text, name), STATUS_OK);
	return path;
}

static inline struct store *open_store(const char *directory, enum store_mode mode)
{
	struct store *store = NULL;
	char why[STORE_WHY_LEN];
	enum status status =
		store_open(&store, directory, mode, mode == STORE_WRITE ? STATE_MAP_SIZE : 0, why);

	if (status != STATUS_OK)
		fail_msg("open: %s", why);
	return store;
}

static inline struct txn *begin_write(struct store *store)
{
	struct txn *txn = NULL;

	assert_int_equal(store_reserve(store), STATUS_OK);
	assert_int_equal(store_write(store, &txn), STATUS_OK);
	return txn;
}

static inline struct txn *begin_read(struct store *store)
{
	struct txn *txn = NULL;

	assert_int_equal(store_read(store, &txn), STATUS_OK);
	return txn;
}

static inline void commit(struct txn *txn)
{
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static inline void note_found(void *context, const char *text)
{
	struct state *state = context;

	if (state->found++ == 0)
		(void)snprintf(state->first, sizeof(state->first), "%s", text);
}

/* Number of things that store_check() finds; the first is in state->first. */
static inline uint64_t check_state(struct state *state)
{
	struct txn *txn = begin_read(state->store);

	state->found = 0;
	state->first[0] = '\0';
	uint64_t count = store_check(txn, note_found, state);
	assert_int_equal(count, state->found);
	txn_end(txn);
	return count;
}

static inline int state_begin(void **context)
{
	const char *temporary = getenv("TMPDIR");
	struct state *state = calloc(1, sizeof(*state));

	assert_non_null(state);
	(void)alarm(STATE_SECONDS_MAX); /* gives the time left of one before */
	assert_int_equal(path_join(&state->base, temporary != NULL ? temporary : "/tmp",
				   "dossier-store-XXXXXX"),
			 STATUS_OK);
	assert_non_null(mkdtemp(state->base.text));
	state->directory = state_path(state, "state");
	assert_int_equal(store_create(state->directory.text), STATUS_OK);
	state->store = open_store(state->directory.text, STORE_WRITE);
	arena_init(&state->arena, STATE_ARENA_MAX);
	*context = state;
	return 0;
}

static inline void remove_directory(const char *directory)
{
	static const char *const names[] = {"data.mdb", "lock.mdb"};
	struct path path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (path_join(&path, directory, names[i]) == STATUS_OK)
			(void)unlink(path.text);
	(void)rmdir(directory);
}

static inline int state_end(void **context)
{
	static const char *const names[] = {"state", "copy", "copy.new", "other", "other.new"};
	struct state *state = *context;
	uint64_t found = check_state(state);
	bool is_damaged = state->is_damaged;

	if (found != 0 && !is_damaged)
		print_error("check: %s\n", state->first);
	store_close(state->store);
	arena_release(&state->arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_directory(state_path(state, names[i]).text);
	(void)rmdir(state->base.text);
	free(state);
	return (found != 0) == is_damaged ? 0 : -1;
}

#define STATE_TEST(name) cmocka_unit_test_setup_teardown(name, state_begin, state_end)

/* ---- rows ---- */

static inline void put_loan(struct txn *txn, uint64_t id, uint64_t item, uint64_t borrower,
			    int32_t due)
{
	Pb__Loan loan = PB__LOAN__INIT;

	loan.id = id;
	loan.open = 1;
	loan.item_id = item;
	loan.office_id = 1;
	loan.borrower_id = borrower;
	loan.borrower = "王小明";
	loan.due = due;
	loan_put(txn, &loan);
}

static inline void put_customer(struct txn *txn, uint64_t id, const char *number, const char *name)
{
	Pb__Customer customer = PB__CUSTOMER__INIT;

	customer.id = id;
	customer.number = number;
	customer.name = name;
	customer.office_id = 1;
	customer_put(txn, &customer);
}

static inline struct key empty_key(void)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	return key;
}

static inline struct key text_key(const char *text)
{
	struct key key = empty_key();

	key_text(&key, text);
	return key;
}

/* The ids that a walk gives, up to max of them. */
static inline size_t walk_all(struct txn *txn, enum index_id index, const struct key *prefix,
			      uint64_t *ids, size_t max)
{
	struct walk *walk = index_walk(txn, index, prefix);
	size_t count = 0;

	while (count < max && walk_next(walk, &ids[count]))
		count++;
	walk_end(walk);
	return count;
}

#endif
