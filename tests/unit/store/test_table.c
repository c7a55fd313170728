#include "tests/unit/store/state.h"

static void a_row_put_is_the_row_got(void **context)
{
	struct state *state = *context;
	Pb__Contact contact = PB__CONTACT__INIT;
	Pb__Contact *contacts[] = {&contact, &contact};
	Pb__Customer customer = PB__CUSTOMER__INIT;
	struct txn *txn = begin_write(state->store);

	contact.name = "李经理";
	customer.id = 7;
	customer.number = "HQ-KH-2026-000007";
	customer.name = "上海某某贸易有限公司";
	customer.n_contacts = 2;
	customer.contacts = contacts;
	customer_put(txn, &customer);
	const Pb__Customer *same = customer_get(txn, 7, &state->arena);
	assert_non_null(same);
	commit(txn);
	txn = begin_read(state->store);
	const Pb__Customer *got = customer_get(txn, 7, &state->arena);
	assert_non_null(got);
	assert_string_equal(got->name, "上海某某贸易有限公司");
	assert_int_equal(got->n_contacts, 2);
	assert_string_equal(got->contacts[1]->name, "李经理");
	assert_null(customer_get(txn, 8, &state->arena));
	assert_int_equal(txn_status(txn), STATUS_OK);
	txn_end(txn);
	/* The row outlives its txn. */
	assert_string_equal(got->number, "HQ-KH-2026-000007");
}

static void a_row_put_again_is_replaced(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "A", "short");
	put_customer(txn, 1, "A", "a name that is longer than the one before");
	assert_int_equal(table_count(txn, TABLE_customer), 1);
	commit(txn);
	txn = begin_write(state->store);
	assert_string_equal(customer_get(txn, 1, &state->arena)->name,
			    "a name that is longer than the one before");
	put_customer(txn, 1, "A", "x");
	commit(txn);
	txn = begin_read(state->store);
	assert_string_equal(customer_get(txn, 1, &state->arena)->name, "x");
	txn_end(txn);
}

static void rows_larger_than_a_page_are_kept(void **context)
{
	struct state *state = *context;
	Pb__Item item = PB__ITEM__INIT;
	char *note = calloc(1, 20001);
	struct txn *txn = begin_write(state->store);

	assert_non_null(note);
	for (uint64_t id = 1; id <= 5; id++) {
		memset(note, 'a' + (int)id, (size_t)id * 4000);
		item.id = id;
		item.note = note;
		item_put(txn, &item);
	}
	commit(txn);
	txn = begin_read(state->store);
	for (uint64_t id = 1; id <= 5; id++) {
		const Pb__Item *got = item_get(txn, id, &state->arena);
		assert_non_null(got);
		assert_int_equal(strlen(got->note), id * 4000);
		assert_int_equal(got->note[id * 4000 - 1], 'a' + (int)id);
	}
	txn_end(txn);
	free(note);
}

static void last_is_the_largest_id_also_of_rows_not_yet_committed(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	assert_int_equal(table_last(txn, TABLE_loan), 0);
	put_loan(txn, 3, 1, 1, 1);
	assert_int_equal(table_last(txn, TABLE_loan), 3);
	put_loan(txn, 9, 2, 1, 1);
	put_loan(txn, 5, 3, 1, 1);
	assert_int_equal(table_last(txn, TABLE_loan), 9);
	commit(txn);
	txn = begin_read(state->store);
	assert_int_equal(table_last(txn, TABLE_loan), 9);
	assert_int_equal(table_count(txn, TABLE_loan), 3);
	struct txn *writer = begin_write(state->store);
	put_loan(writer, 10, 4, 1, 1);
	commit(writer);
	assert_int_equal(table_last(txn, TABLE_loan), 9);
	assert_int_equal(txn_renew(txn), STATUS_OK);
	assert_int_equal(table_last(txn, TABLE_loan), 10);
	txn_end(txn);
}

static void a_row_without_id_is_refused(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 0, "A", "nobody");
	assert_int_equal(txn_commit(txn), STATUS_INVALID);
}

static void an_arena_that_is_full_sticks(void **context)
{
	struct state *state = *context;
	struct arena small;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "A", "somebody");
	commit(txn);
	arena_init(&small, 64);
	txn = begin_read(state->store);
	assert_null(customer_get(txn, 1, &small));
	assert_int_equal(txn_status(txn), STATUS_MEMORY);
	assert_null(customer_get(txn, 1, &state->arena));
	assert_int_equal(txn_renew(txn), STATUS_OK);
	assert_non_null(customer_get(txn, 1, &state->arena));
	txn_end(txn);
	arena_release(&small);
}

/* As ledgers grow: rows appended, edited and read over many transactions. */
static void thousands_of_rows_stay_whole(void **context)
{
	struct state *state = *context;
	uint64_t returned = 0;

	for (uint64_t id = 1; id <= 4000;) {
		struct txn *txn = begin_write(state->store);
		for (unsigned i = 0; i < 97 && id <= 4000; i++, id++) {
			put_loan(txn, id, id * 7919 % 100003, id % 13 + 1, (int32_t)(id % 40));
			Pb__Loan *old = loan_get(txn, id / 2 + 1, &state->arena);
			assert_non_null(old);
			returned += old->open;
			old->open = 0;
			old->returned_at = 1;
			loan_put(txn, old);
			arena_reset(&state->arena);
		}
		commit(txn);
	}
	struct txn *txn = begin_read(state->store);
	uint64_t *ids = calloc(5000, sizeof(*ids));
	struct key all = empty_key();
	assert_int_equal(table_count(txn, TABLE_loan), 4000);
	size_t open = walk_all(txn, INDEX_loan_open_by_item, &all, ids, 5000);
	assert_int_equal(open, 4000 - returned);
	assert_int_equal(walk_all(txn, INDEX_loan_open_by_borrower, &all, ids, 5000), open);
	assert_int_equal(walk_all(txn, INDEX_loan_open_by_office, &all, ids, 5000), open);
	txn_end(txn);
	free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_row_put_is_the_row_got),
		STATE_TEST(a_row_put_again_is_replaced),
		STATE_TEST(rows_larger_than_a_page_are_kept),
		STATE_TEST(last_is_the_largest_id_also_of_rows_not_yet_committed),
		STATE_TEST(a_row_without_id_is_refused),
		STATE_TEST(an_arena_that_is_full_sticks),
		STATE_TEST(thousands_of_rows_stay_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
