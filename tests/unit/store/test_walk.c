#include "tests/unit/store/state.h"

#define COUNT 500u

static void put_many(struct state *state)
{
	struct txn *txn = begin_write(state->store);

	for (uint64_t id = 1; id <= COUNT; id++) {
		char number[16];
		char name[32];
		(void)snprintf(number, sizeof(number), "%06u", (unsigned)id);
		(void)snprintf(name, sizeof(name), "%s%03u", id % 2 == 0 ? "even" : "odd",
			       (unsigned)id);
		put_customer(txn, id, number, name);
	}
	commit(txn);
}

static struct key prefix_key(const char *text)
{
	struct key key = empty_key();

	key_text_prefix(&key, text);
	return key;
}

static void an_empty_prefix_walks_all(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	uint64_t ids[COUNT + 1];
	struct txn *txn = begin_read(state->store);

	assert_int_equal(walk_all(txn, INDEX_customer_by_number, &all, ids, COUNT + 1), 0);
	assert_int_equal(txn_status(txn), STATUS_OK);
	put_many(state);
	assert_int_equal(txn_renew(txn), STATUS_OK);
	assert_int_equal(walk_all(txn, INDEX_customer_by_number, &all, ids, COUNT + 1), COUNT);
	for (uint64_t i = 0; i < COUNT; i++)
		assert_int_equal(ids[i], i + 1);
	txn_end(txn);
}

static void a_prefix_bounds_the_walk(void **context)
{
	struct state *state = *context;
	struct key even = prefix_key("even");
	struct key narrow = prefix_key("even12");
	struct key none = prefix_key("f");
	struct key beyond = prefix_key("z");
	uint64_t ids[COUNT + 1];

	put_many(state);
	struct txn *txn = begin_read(state->store);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &even, ids, COUNT + 1), COUNT / 2);
	assert_int_equal(ids[0], 2);
	assert_int_equal(ids[COUNT / 2 - 1], COUNT);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &narrow, ids, COUNT + 1), 5);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &none, ids, COUNT + 1), 0);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &beyond, ids, COUNT + 1), 0);
	assert_int_equal(txn_status(txn), STATUS_OK);
	txn_end(txn);
}

/* Slices as scans make them: a few ids a txn, on from the position, with writes between. */
static void a_walk_goes_on_from_its_position_in_another_txn(void **context)
{
	struct state *state = *context;
	struct key prefix = prefix_key("odd");
	struct key position = empty_key();
	uint64_t expected = 1;
	bool is_end = false;

	put_many(state);
	while (!is_end) {
		struct txn *txn = begin_read(state->store);
		struct walk *walk = index_walk(txn, INDEX_customer_by_name, &prefix);
		walk_after(walk, &position);
		for (unsigned i = 0; i < 7 && !is_end; i++) {
			uint64_t id = 0;
			is_end = !walk_next(walk, &id);
			if (is_end)
				break;
			assert_int_equal(id, expected);
			expected += 2;
		}
		walk_position(walk, &position);
		walk_end(walk);
		txn_end(txn);
	}
	assert_int_equal(expected, COUNT + 1);
}

static void a_position_whose_entry_is_gone_still_holds(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	struct key position = empty_key();
	uint64_t id = 0;

	put_many(state);
	struct txn *txn = begin_write(state->store);
	struct walk *walk = index_walk(txn, INDEX_customer_by_number, &all);
	for (unsigned i = 0; i < 10; i++)
		assert_true(walk_next(walk, &id));
	walk_position(walk, &position);
	walk_end(walk);
	put_customer(txn, 10, "", "nobody");
	commit(txn);
	txn = begin_read(state->store);
	walk = index_walk(txn, INDEX_customer_by_number, &all);
	walk_after(walk, &position);
	assert_true(walk_next(walk, &id));
	assert_int_equal(id, 11);
	walk_end(walk);
	txn_end(txn);
}

static void a_position_outside_the_prefix_does_not_widen_the_walk(void **context)
{
	struct state *state = *context;
	struct key odd = prefix_key("odd");
	struct key before = prefix_key("even100");
	struct key behind = prefix_key("zz");
	uint64_t id = 0;

	put_many(state);
	struct txn *txn = begin_read(state->store);
	struct walk *walk = index_walk(txn, INDEX_customer_by_name, &odd);
	walk_after(walk, &before);
	assert_true(walk_next(walk, &id));
	assert_int_equal(id, 1);
	walk_after(walk, &behind);
	assert_false(walk_next(walk, &id));
	walk_end(walk);
	assert_int_equal(txn_status(txn), STATUS_OK);
	txn_end(txn);
}

static void walks_in_a_write_txn_see_what_was_written_and_nest(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	struct key odd = prefix_key("odd");
	uint64_t ids[COUNT + 2];
	uint64_t id = 0;

	put_many(state);
	struct txn *txn = begin_write(state->store);
	put_customer(txn, COUNT + 1, "zzz", "zzz");
	struct walk *walk = index_walk(txn, INDEX_customer_by_name, &all);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(walk_next(walk, &id));
		assert_int_equal(id, 2 * i + 2);
		assert_int_equal(walk_all(txn, INDEX_customer_by_name, &odd, ids, COUNT),
				 COUNT / 2);
		assert_non_null(customer_get(txn, id, &state->arena));
	}
	walk_end(walk);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &all, ids, COUNT + 2), COUNT + 1);
	assert_int_equal(ids[COUNT], COUNT + 1);
	commit(txn);
}

static void a_walk_in_a_failed_txn_gives_nothing(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	struct key position = {.len = 5};
	uint64_t id = 0;

	put_many(state);
	struct txn *txn = begin_write(state->store);
	put_customer(txn, 0, "", "");
	struct walk *walk = index_walk(txn, INDEX_customer_by_name, &all);
	walk_after(walk, &all);
	assert_false(walk_next(walk, &id));
	walk_position(walk, &position);
	assert_int_equal(position.len, 0);
	walk_end(walk);
	txn_end(txn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(an_empty_prefix_walks_all),
		STATE_TEST(a_prefix_bounds_the_walk),
		STATE_TEST(a_walk_goes_on_from_its_position_in_another_txn),
		STATE_TEST(a_position_whose_entry_is_gone_still_holds),
		STATE_TEST(a_position_outside_the_prefix_does_not_widen_the_walk),
		STATE_TEST(walks_in_a_write_txn_see_what_was_written_and_nest),
		STATE_TEST(a_walk_in_a_failed_txn_gives_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
