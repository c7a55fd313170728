#include "tests/unit/store/state.h"

static const struct subject item = {SUBJECT_ITEM, 300};

static void the_trail_of_a_subject_is_in_order_and_its_own(void **context)
{
	struct state *state = *context;
	static const uint64_t sequences[] = {0, 3, 255, 256, 70000, UINT64_C(1) << 40};
	static const struct subject others[] = {{SUBJECT_ITEM, 299},
						{SUBJECT_ITEM, 301},
						{SUBJECT_CUSTOMER, 300},
						{SUBJECT_LOAN, 300}};
	uint64_t sequence = 0;
	uint64_t from = 0;
	struct txn *txn = begin_write(state->store);

	for (size_t i = 0; i < 4; i++)
		trail_add(txn, &others[i], 17);
	for (size_t i = 0; i < 6; i++)
		trail_add(txn, &item, sequences[5 - i]);
	commit(txn);
	txn = begin_read(state->store);
	for (size_t i = 0; i < 6; i++) {
		assert_true(trail_next(txn, &item, from, &sequence));
		assert_int_equal(sequence, sequences[i]);
		from = sequence + 1;
	}
	assert_false(trail_next(txn, &item, from, &sequence));
	assert_false(trail_next(txn, &(struct subject){SUBJECT_OFFICE, 1}, 0, &sequence));
	assert_int_equal(txn_status(txn), STATUS_OK);
	txn_end(txn);
}

static void an_entry_added_twice_is_there_once(void **context)
{
	struct state *state = *context;
	uint64_t sequence = 0;
	struct txn *txn = begin_write(state->store);

	trail_add(txn, &item, 5);
	trail_add(txn, &item, 5);
	assert_true(trail_next(txn, &item, 0, &sequence));
	assert_int_equal(sequence, 5);
	assert_false(trail_next(txn, &item, 6, &sequence));
	commit(txn);
}

static void a_key_is_seen_by_the_principal_who_used_it(void **context)
{
	struct state *state = *context;
	static const uint8_t key[ENTRY_KEY_LEN] = "0123456789abcde";
	uint8_t other[ENTRY_KEY_LEN];
	uint64_t sequence = 0;
	struct txn *txn = begin_write(state->store);

	memcpy(other, key, sizeof(other));
	other[ENTRY_KEY_LEN - 1]++;
	assert_false(seen_get(txn, 4, key, &sequence));
	seen_put(txn, 4, key, 0);
	seen_put(txn, 70000, key, UINT64_C(1) << 33);
	commit(txn);
	txn = begin_read(state->store);
	assert_true(seen_get(txn, 4, key, &sequence));
	assert_int_equal(sequence, 0);
	assert_true(seen_get(txn, 70000, key, &sequence));
	assert_int_equal(sequence, UINT64_C(1) << 33);
	assert_false(seen_get(txn, 5, key, &sequence));
	assert_false(seen_get(txn, 4, other, &sequence));
	txn_end(txn);
}

static void the_mark_keeps_the_tree(void **context)
{
	struct state *state = *context;
	struct hash *hash = hash_new();
	struct mark mark = {.time = INT64_C(-5)};
	struct mark got;
	uint8_t leaf[HASH_LEN];

	assert_non_null(hash);
	merkle_init(&mark.tree);
	for (uint8_t i = 0; i < 107; i++) {
		merkle_leaf(hash, &i, 1, leaf);
		merkle_append(&mark.tree, hash, leaf);
	}
	struct txn *txn = begin_write(state->store);
	mark_put(txn, &mark);
	commit(txn);
	txn = begin_read(state->store);
	mark_get(txn, &got);
	assert_int_equal(got.tree.size, 107);
	assert_int_equal(got.time, -5);
	assert_memory_equal(got.tree.peaks, mark.tree.peaks, merkle_peaks(&mark.tree) * HASH_LEN);
	txn_end(txn);
	hash_free(hash);
}

static void the_mark_of_a_new_state_is_the_beginning(void **context)
{
	struct state *state = *context;
	struct mark mark = {.time = 1, .tree.size = 1};
	struct txn *txn = begin_read(state->store);

	mark_get(txn, &mark);
	assert_int_equal(txn_status(txn), STATUS_OK);
	assert_int_equal(mark.tree.size, 0);
	assert_int_equal(mark.time, 0);
	txn_end(txn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(the_trail_of_a_subject_is_in_order_and_its_own),
		STATE_TEST(an_entry_added_twice_is_there_once),
		STATE_TEST(a_key_is_seen_by_the_principal_who_used_it),
		STATE_TEST(the_mark_keeps_the_tree),
		STATE_TEST(the_mark_of_a_new_state_is_the_beginning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
