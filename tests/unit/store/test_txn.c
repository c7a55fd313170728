#include "tests/unit/store/state.h"

#include <pthread.h>
#include <stdatomic.h>

static void the_first_failure_sticks_and_nothing_is_kept(void **context)
{
	struct state *state = *context;
	static const uint8_t key[ENTRY_KEY_LEN] = "k";
	uint64_t number = 0;
	struct mark mark = {0};
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N", "甲");
	put_customer(txn, 2, "N", "乙");
	assert_int_equal(txn_status(txn), STATUS_CONFLICT);
	put_customer(txn, 0, "M", "丙");
	assert_int_equal(txn_status(txn), STATUS_CONFLICT);
	assert_null(customer_get(txn, 1, &state->arena));
	assert_int_equal(table_last(txn, TABLE_customer), 0);
	assert_int_equal(table_count(txn, TABLE_customer), 0);
	trail_add(txn, &(struct subject){SUBJECT_ITEM, 1}, 1);
	assert_false(trail_next(txn, &(struct subject){SUBJECT_ITEM, 1}, 0, &number));
	seen_put(txn, 1, key, 1);
	assert_false(seen_get(txn, 1, key, &number));
	mark_put(txn, &mark);
	assert_int_equal(txn_commit(txn), STATUS_CONFLICT);
	txn = begin_read(state->store);
	assert_int_equal(table_count(txn, TABLE_customer), 0);
	assert_false(seen_get(txn, 1, key, &number));
	txn_end(txn);
	/* The next one is not touched by it. */
	txn = begin_write(state->store);
	put_customer(txn, 2, "N", "乙");
	commit(txn);
}

static void what_was_dropped_is_gone(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N", "甲");
	txn_end(txn);
	txn_end(NULL);
	txn = begin_write(state->store);
	assert_null(customer_get(txn, 1, &state->arena));
	assert_int_equal(table_last(txn, TABLE_customer), 0);
	put_customer(txn, 1, "N", "甲");
	commit(txn);
}

static void a_reader_sees_one_moment_until_it_is_renewed(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	uint64_t ids[4];
	struct txn *reader = begin_read(state->store);
	struct txn *writer = begin_write(state->store);

	put_customer(writer, 1, "N", "甲");
	assert_null(customer_get(reader, 1, &state->arena));
	commit(writer);
	assert_null(customer_get(reader, 1, &state->arena));
	assert_int_equal(walk_all(reader, INDEX_customer_by_number, &all, ids, 4), 0);
	txn_reset(reader);
	txn_reset(reader);
	assert_int_equal(txn_renew(reader), STATUS_OK);
	assert_non_null(customer_get(reader, 1, &state->arena));
	assert_int_equal(walk_all(reader, INDEX_customer_by_number, &all, ids, 4), 1);
	/* Renewed while it is begun. */
	writer = begin_write(state->store);
	put_customer(writer, 2, "M", "乙");
	commit(writer);
	assert_int_equal(txn_renew(reader), STATUS_OK);
	assert_non_null(customer_get(reader, 2, &state->arena));
	txn_end(reader);
}

static void a_reader_may_be_ended_while_it_is_reset(void **context)
{
	struct state *state = *context;
	struct txn *reader = begin_read(state->store);

	assert_null(customer_get(reader, 1, &state->arena));
	txn_reset(reader);
	txn_end(reader);
}

static void a_full_map_refuses_and_leaves_what_was(void **context)
{
	struct state *state = *context;
	char *note = malloc(60001);
	enum status status = STATUS_OK;
	uint64_t id = 0;

	assert_non_null(note);
	memset(note, 'n', 60000);
	note[60000] = '\0';
	Pb__Item row = PB__ITEM__INIT;
	row.note = note;
	/* Without asking for a reserve, as no server does. */
	while (status == STATUS_OK) {
		struct txn *txn;
		assert_int_equal(store_write(state->store, &txn), STATUS_OK);
		for (unsigned i = 0; i < 10; i++) {
			row.id = ++id;
			item_put(txn, &row);
		}
		status = txn_commit(txn);
		assert_true(id < 10000);
	}
	assert_int_equal(status, STATUS_STORAGE_FULL);
	assert_int_equal(store_reserve(state->store), STATUS_STORAGE_FULL);
	struct txn *txn = begin_read(state->store);
	assert_int_equal(table_count(txn, TABLE_item), id - 10);
	assert_int_equal(table_last(txn, TABLE_item), id - 10);
	txn_end(txn);
	free(note);
}

/* ---- two writers ---- */

static void *write_some(void *argument)
{
	struct store *store = argument;

	for (unsigned i = 0; i < 200; i++) {
		struct txn *txn;
		if (store_write(store, &txn) != STATUS_OK)
			return NULL;
		uint64_t id = table_last(txn, TABLE_loan) + 1;
		put_loan(txn, id, id, 1, 1);
		if (txn_commit(txn) != STATUS_OK)
			return NULL;
	}
	return store;
}

static void writers_wait_for_each_other(void **context)
{
	struct state *state = *context;
	pthread_t threads[2];
	void *result = NULL;

	assert_int_equal(store_reserve(state->store), STATUS_OK);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_some, state->store), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	struct txn *txn = begin_read(state->store);
	assert_int_equal(table_count(txn, TABLE_loan), 400);
	assert_int_equal(table_last(txn, TABLE_loan), 400);
	txn_end(txn);
}

/* ---- readers beside a writer ---- */

#define READERS 2
#define LOANS 300u

struct reading {
	struct store *store;
	atomic_bool *stop;
	bool failed;
	uint64_t rounds;
};

/* In each state all loans are due on the same day, and each has its entry. */
static bool is_whole(struct txn *txn, struct arena *arena)
{
	struct key all = empty_key();
	uint64_t count = table_count(txn, TABLE_loan);
	const Pb__Loan *first = loan_get(txn, 1, arena);
	uint64_t id = 0;
	uint64_t walked = 0;

	struct walk *walk = index_walk(txn, INDEX_loan_open_by_borrower, &all);
	while (walk_next(walk, &id)) {
		const Pb__Loan *loan = loan_get(txn, id, arena);
		if (loan == NULL || loan->due != first->due)
			break;
		walked++;
	}
	walk_end(walk);
	return walked == count && txn_status(txn) == STATUS_OK;
}

static void *read_on(void *argument)
{
	struct reading *reading = argument;
	struct arena arena;
	struct txn *txn;

	arena_init(&arena, STATE_ARENA_MAX);
	reading->failed = store_read(reading->store, &txn) != STATUS_OK;
	while (!reading->failed && !atomic_load(reading->stop)) {
		reading->failed = txn_renew(txn) != STATUS_OK || !is_whole(txn, &arena);
		txn_reset(txn);
		arena_reset(&arena);
		reading->rounds++;
	}
	if (!reading->failed)
		txn_end(txn);
	arena_release(&arena);
	return NULL;
}

static void readers_beside_the_writer_see_whole_states(void **context)
{
	struct state *state = *context;
	atomic_bool stop = false;
	struct reading readings[READERS];
	pthread_t threads[READERS];

	for (unsigned i = 0; i < READERS; i++) {
		readings[i] = (struct reading){.store = state->store, .stop = &stop};
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readings[i]), 0);
	}
	for (int32_t day = 1; day <= 60; day++) {
		struct txn *txn = begin_write(state->store);
		for (uint64_t id = 1; id <= LOANS; id++)
			put_loan(txn, id, id, id % 7 + 1, day);
		commit(txn);
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(readings[i].failed);
		assert_true(readings[i].rounds > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(the_first_failure_sticks_and_nothing_is_kept),
		STATE_TEST(what_was_dropped_is_gone),
		STATE_TEST(a_reader_sees_one_moment_until_it_is_renewed),
		STATE_TEST(a_reader_may_be_ended_while_it_is_reset),
		STATE_TEST(a_full_map_refuses_and_leaves_what_was),
		STATE_TEST(writers_wait_for_each_other),
		STATE_TEST(readers_beside_the_writer_see_whole_states),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
