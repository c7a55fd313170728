#include "tests/unit/store/damage.h"

/* The same acts, in a state. */
static void fill(struct store *store)
{
	static const uint8_t key[ENTRY_KEY_LEN] = "0123456789abcde";
	struct mark mark = {.tree.size = 2, .time = 5};
	struct txn *txn = begin_write(store);

	put_customer(txn, 1, "N-1", "甲");
	put_customer(txn, 2, "N-2", "乙");
	for (uint64_t id = 1; id <= 400; id++)
		put_loan(txn, id, id, 1, 1);
	trail_add(txn, &(struct subject){SUBJECT_CUSTOMER, 1}, 1);
	seen_put(txn, 1, key, 1);
	mark_put(txn, &mark);
	commit(txn);
}

/* Compares the test's state (first) with the one in "other". */
static uint64_t compare(struct state *state)
{
	struct store *other = open_store(state_path(state, "other").text, STORE_WRITE);
	struct txn *left = begin_read(state->store);
	struct txn *right = begin_read(other);

	state->found = 0;
	state->first[0] = '\0';
	uint64_t count = store_compare(left, right, note_found, state);
	assert_int_equal(count, state->found);
	txn_end(left);
	txn_end(right);
	store_close(other);
	return count;
}

static void make_both(struct state *state)
{
	struct path other = state_path(state, "other");

	assert_int_equal(store_create(other.text), STATUS_OK);
	struct store *store = open_store(other.text, STORE_WRITE);
	fill(store);
	store_close(store);
	fill(state->store);
	assert_int_equal(compare(state), 0);
}

static void the_same_acts_make_the_same_state_in_any_grouping(void **context)
{
	struct state *state = *context;
	struct path other = state_path(state, "other");

	assert_int_equal(store_create(other.text), STATUS_OK);
	struct store *store = open_store(other.text, STORE_WRITE);
	for (uint64_t id = 1; id <= 300; id++) {
		struct txn *txn = begin_write(store);
		put_loan(txn, id, id * 7 % 1009, id % 5, (int32_t)(id % 9));
		commit(txn);
	}
	store_close(store);
	struct txn *txn = begin_write(state->store);
	for (uint64_t id = 1; id <= 300; id++)
		put_loan(txn, id, id * 7 % 1009, id % 5, (int32_t)(id % 9));
	commit(txn);
	assert_int_equal(compare(state), 0);
}

static void a_flipped_bit_of_a_value_is_found(void **context)
{
	struct state *state = *context;
	struct key key = empty_key();
	static const uint8_t row[] = {1, 0x08, 0x02, 0x12, 0x03, 'N', '-', '3'};

	make_both(state);
	key_u64(&key, 2);
	damage_directory(state_path(state, "other").text, "customer", &key, row, sizeof(row));
	assert_int_equal(compare(state), 1);
	assert_string_equal(state->first, "customer: key 0000000000000002 has another value");
}

static void a_key_on_one_side_only_is_found_on_each_side(void **context)
{
	struct state *state = *context;
	struct key key = text_key("N-1");
	struct path other = state_path(state, "other");

	make_both(state);
	damage_directory(other.text, "customer.by_number", &key, NULL, 0);
	assert_int_equal(compare(state), 1);
	assert_string_equal(state->first, "customer.by_number: key 4e2d3100 is only in the first");
	key = text_key("N-11");
	damage_directory(other.text, "customer.by_number", &key, "12345678", 8);
	assert_int_equal(compare(state), 2);
	struct txn *txn = begin_write(state->store);
	put_customer(txn, 9, "", "");
	commit(txn);
	assert_int_equal(compare(state), 4); /* the row, its office's entry */
	assert_string_equal(state->first, "customer: key 0000000000000009 is only in the first");
}

/* One difference in each of the databases that are neither table nor index. */
static void trail_seen_and_mark_are_compared(void **context)
{
	struct state *state = *context;
	struct path other = state_path(state, "other");
	struct key key = {.bytes = "mark", .len = 4};
	static const uint8_t mark[16] = {0};

	make_both(state);
	damage_directory(other.text, "meta", &key, mark, sizeof(mark));
	assert_int_equal(compare(state), 1);
	assert_string_equal(state->first, "meta: key 6d61726b has another value");
	damage_directory(other.text, "seen", &key, "x", 1);
	assert_int_equal(compare(state), 2);
	assert_string_equal(state->first, "seen: key 6d61726b is only in the second");
	damage_directory(other.text, "trail", &key, "", 0);
	assert_int_equal(compare(state), 3);
	assert_string_equal(state->first, "trail: key 6d61726b is only in the second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(the_same_acts_make_the_same_state_in_any_grouping),
		STATE_TEST(a_flipped_bit_of_a_value_is_found),
		STATE_TEST(a_key_on_one_side_only_is_found_on_each_side),
		STATE_TEST(trail_seen_and_mark_are_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
