#include "tests/unit/store/damage.h"

/* Exactly one thing is found, and the line says this. */
static void assert_found(struct state *state, const char *text)
{
	uint64_t count = check_state(state);

	if (count != 1 || strstr(state->first, text) == NULL)
		fail_msg("%llu found, first: %s", (unsigned long long)count, state->first);
}

static void put_three(struct state *state)
{
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N-1", "甲");
	put_customer(txn, 2, "N-2", "乙");
	put_customer(txn, 3, "N-3", "甲");
	commit(txn);
	assert_int_equal(check_state(state), 0);
}

static struct key id_key(uint64_t id)
{
	struct key key = empty_key();

	key_u64(&key, id);
	return key;
}

static struct key name_key(const char *name, uint64_t id)
{
	struct key key = text_key(name);

	key_u64(&key, id);
	return key;
}

static void a_missing_entry_is_found(void **context)
{
	struct state *state = *context;
	struct key key = name_key("甲", 3);

	put_three(state);
	damage(state, "customer.by_name", &key, NULL, 0);
	assert_found(state, "customer.by_name: no entry for 3");
}

static void a_stale_entry_of_a_living_row_is_found(void **context)
{
	struct state *state = *context;
	struct key key = name_key("丙", 3);

	put_three(state);
	damage(state, "customer.by_name", &key, "", 0);
	assert_found(state, "customer.by_name: a stale entry of 3");
}

static void a_stale_entry_of_a_unique_index_is_found(void **context)
{
	struct state *state = *context;
	struct key key = text_key("N-9");
	struct key id = id_key(2);

	put_three(state);
	damage(state, "customer.by_number", &key, id.bytes, id.len);
	assert_found(state, "customer.by_number: a stale entry of 2");
}

static void an_entry_of_a_row_that_makes_none_is_found(void **context)
{
	struct state *state = *context;
	struct key key = text_key("");
	struct key id = id_key(4);
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 4, "", "丁");
	commit(txn);
	damage(state, "customer.by_number", &key, id.bytes, id.len);
	assert_found(state, "customer.by_number: a stale entry of 4");
}

static void an_entry_without_row_is_found(void **context)
{
	struct state *state = *context;
	struct key key = name_key("甲", 4);

	put_three(state);
	damage(state, "customer.by_name", &key, "", 0);
	assert_found(state, "customer.by_name: an entry points to 4, which is not there");
}

static void an_entry_that_points_to_another_row_is_found(void **context)
{
	struct state *state = *context;
	struct key key = text_key("N-1");
	struct key id = id_key(2);

	put_three(state);
	damage(state, "customer.by_number", &key, id.bytes, id.len);
	assert_int_equal(check_state(state), 2);
	assert_string_equal(state->first, "customer.by_number: the entry of 1 points to 2");
}

static void a_row_that_cannot_be_decoded_is_found(void **context)
{
	struct state *state = *context;
	struct key key = id_key(4);

	put_three(state);
	damage(state, "customer", &key, "\x01\xff", 2);
	assert_found(state, "customer 4: the row cannot be decoded");
}

static void a_row_under_another_id_is_found(void **context)
{
	struct state *state = *context;
	struct key key = id_key(4);

	put_three(state);
	damage(state, "customer", &key, "\x01\x08\x05", 3); /* id 5, all else empty */
	assert_found(state, "customer 4: the row says it is 5");
}

static void a_mark_that_cannot_be_decoded_is_found(void **context)
{
	struct state *state = *context;
	struct key key = {.bytes = "mark", .len = 4};
	struct mark mark;

	damage(state, "meta", &key, "0123456789abcdef", 16); /* a size without peaks */
	assert_found(state, "meta: the mark cannot be decoded");
	struct txn *txn = begin_read(state->store);
	mark_get(txn, &mark);
	assert_int_equal(txn_status(txn), STATUS_CORRUPT);
	txn_end(txn);
}

static void entries_of_trail_and_seen_without_form_are_found(void **context)
{
	struct state *state = *context;
	struct key key = {.bytes = "\x01\x04\x01\x02\x01\x05\x01", .len = 7};

	damage(state, "trail", &key, "", 0);
	assert_found(state, "trail: an entry is not formed");
	damage(state, "seen", &key, "\x01\x01", 2);
	assert_int_equal(check_state(state), 2);
}

static void damage_met_while_writing_fails_the_txn(void **context)
{
	struct state *state = *context;
	struct key key = name_key("甲", 3);

	put_three(state);
	damage(state, "customer.by_name", &key, NULL, 0);
	struct txn *txn = begin_write(state->store);
	put_customer(txn, 3, "N-3", "丁");
	assert_int_equal(txn_commit(txn), STATUS_CORRUPT);
}

static void a_state_of_other_declarations_is_not_opened(void **context)
{
	struct state *state = *context;
	struct key key = {.bytes = "format", .len = 6};
	struct path other = state_path(state, "other");
	struct store *store;
	char why[STORE_WHY_LEN];

	assert_int_equal(store_create(other.text), STATUS_OK);
	damage_directory(other.text, "meta", &key, "\0\0\0\x01 the hash of other declarations.",
			 36);
	assert_int_equal(store_open(&store, other.text, STORE_WRITE, STATE_MAP_SIZE, why),
			 STATUS_CORRUPT);
	assert_non_null(strstr(why, "not a state of this format"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_missing_entry_is_found),
		STATE_TEST(a_stale_entry_of_a_living_row_is_found),
		STATE_TEST(a_stale_entry_of_a_unique_index_is_found),
		STATE_TEST(an_entry_of_a_row_that_makes_none_is_found),
		STATE_TEST(an_entry_without_row_is_found),
		STATE_TEST(an_entry_that_points_to_another_row_is_found),
		STATE_TEST(a_row_that_cannot_be_decoded_is_found),
		STATE_TEST(a_row_under_another_id_is_found),
		STATE_TEST(a_mark_that_cannot_be_decoded_is_found),
		STATE_TEST(entries_of_trail_and_seen_without_form_are_found),
		STATE_TEST(damage_met_while_writing_fails_the_txn),
		STATE_TEST(a_state_of_other_declarations_is_not_opened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
