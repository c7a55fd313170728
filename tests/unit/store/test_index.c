#include "tests/unit/store/state.h"

#include "server/store/schema.h"

static uint64_t open_loan_of(struct txn *txn, uint64_t item)
{
	struct key key = empty_key();

	key_u32(&key, 1);
	key_u64(&key, item);
	return index_find(txn, INDEX_loan_open_by_item, &key);
}

static uint64_t customer_numbered(struct txn *txn, const char *number)
{
	struct key key = text_key(number);

	return index_find(txn, INDEX_customer_by_number, &key);
}

static void a_row_is_found_by_its_unique_key(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_loan(txn, 5, 1001, 2, 30);
	assert_int_equal(open_loan_of(txn, 1001), 5);
	assert_int_equal(open_loan_of(txn, 1002), 0);
	assert_int_equal(txn_status(txn), STATUS_OK);
	commit(txn);
}

static void entries_move_with_the_row(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N-1", "甲公司");
	commit(txn);
	txn = begin_write(state->store);
	put_customer(txn, 1, "N-2", "甲公司");
	assert_int_equal(customer_numbered(txn, "N-1"), 0);
	assert_int_equal(customer_numbered(txn, "N-2"), 1);
	commit(txn);
}

static void an_empty_first_part_makes_no_entry(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	uint64_t ids[4];
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N-1", "甲公司");
	put_customer(txn, 2, "N-2", "乙公司");
	assert_int_equal(walk_all(txn, INDEX_customer_by_ref, &all, ids, 4), 0);
	Pb__Customer *customer = customer_get(txn, 2, &state->arena);
	customer->ref = "91310000MA1FL0000X";
	customer_put(txn, customer);
	assert_int_equal(walk_all(txn, INDEX_customer_by_ref, &all, ids, 4), 1);
	assert_int_equal(ids[0], 2);
	customer->ref = "";
	customer_put(txn, customer);
	assert_int_equal(walk_all(txn, INDEX_customer_by_ref, &all, ids, 4), 0);
	commit(txn);
}

static void a_loan_given_back_leaves_the_open_indexes(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	uint64_t ids[4];
	struct txn *txn = begin_write(state->store);

	put_loan(txn, 1, 1001, 2, 30);
	put_loan(txn, 2, 1002, 2, 30);
	Pb__Loan *loan = loan_get(txn, 1, &state->arena);
	loan->open = 0;
	loan_put(txn, loan);
	assert_int_equal(open_loan_of(txn, 1001), 0);
	assert_int_equal(walk_all(txn, INDEX_loan_open_by_borrower, &all, ids, 4), 1);
	assert_int_equal(ids[0], 2);
	/* The item may be lent again. */
	put_loan(txn, 3, 1001, 4, 60);
	assert_int_equal(open_loan_of(txn, 1001), 3);
	commit(txn);
}

static void a_second_row_with_a_unique_key_fails_the_txn(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_loan(txn, 1, 1001, 2, 30);
	commit(txn);
	txn = begin_write(state->store);
	put_loan(txn, 2, 1002, 2, 30);
	put_loan(txn, 3, 1001, 3, 30);
	assert_int_equal(txn_status(txn), STATUS_CONFLICT);
	assert_int_equal(txn_commit(txn), STATUS_CONFLICT);
	txn = begin_read(state->store);
	assert_int_equal(table_count(txn, TABLE_loan), 1);
	assert_int_equal(open_loan_of(txn, 1001), 1);
	txn_end(txn);
}

static void a_unique_key_passes_from_row_to_row(void **context)
{
	struct state *state = *context;
	struct txn *txn = begin_write(state->store);

	put_customer(txn, 1, "N-1", "甲公司");
	put_customer(txn, 2, "N-2", "乙公司");
	put_customer(txn, 1, "N-3", "甲公司");
	put_customer(txn, 2, "N-1", "乙公司");
	assert_int_equal(customer_numbered(txn, "N-1"), 2);
	commit(txn);
}

static void names_longer_than_a_key_are_told_apart(void **context)
{
	struct state *state = *context;
	char name[3][1200];
	uint64_t ids[4];
	struct txn *txn = begin_write(state->store);

	for (uint64_t i = 0; i < 3; i++) {
		memset(name[i], 'n', sizeof(name[i]));
		name[i][sizeof(name[i]) - 1] = '\0';
		name[i][sizeof(name[i]) - 2] = (char)('0' + i % 2);
		char number[] = {(char)('A' + i), '\0'};
		put_customer(txn, i + 1, number, name[i]);
	}
	struct key key = text_key(name[0]);
	assert_int_equal(walk_all(txn, INDEX_customer_by_name, &key, ids, 4), 2);
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 3);
	commit(txn);
}

static void entries_are_ordered_by_date_also_before_1970(void **context)
{
	struct state *state = *context;
	static const int32_t due[] = {400, -3, 7, INT32_MIN, 0};
	static const uint64_t expected[] = {4, 2, 5, 3, 1};
	struct key borrower = empty_key();
	uint64_t ids[8];
	struct txn *txn = begin_write(state->store);

	for (uint64_t i = 0; i < 5; i++)
		put_loan(txn, i + 1, 100 + i, 77, due[i]);
	key_u32(&borrower, 1);
	key_u64(&borrower, 77);
	assert_int_equal(walk_all(txn, INDEX_loan_open_by_borrower, &borrower, ids, 8), 5);
	assert_memory_equal(ids, expected, sizeof(expected));
	commit(txn);
}

/* ---- over all indexes ---- */

static void fill_field(const ProtobufCFieldDescriptor *field, ProtobufCMessage *row)
{
	uint8_t *at = (uint8_t *)row + field->offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return;
	if (field->type == PROTOBUF_C_TYPE_STRING)
		*(const char **)(void *)at = field->name;
	else if (field->type == PROTOBUF_C_TYPE_BYTES)
		*(ProtobufCBinaryData *)(void *)at = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
	else if (field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_INT64)
		*(uint64_t *)(void *)at = 9;
	else
		*(uint32_t *)(void *)at = 1;
}

static void every_index_has_an_entry_for_a_row_that_is_filled(void **context)
{
	struct state *state = *context;
	struct key all = empty_key();
	uint64_t ids[2];
	struct txn *txn = begin_write(state->store);

	for (enum table table = 0; table < TABLE_COUNT; table++) {
		const ProtobufCMessageDescriptor *descriptor = table_specs[table].row;
		ProtobufCMessage *row = arena_alloc(&state->arena, descriptor->sizeof_message);
		assert_non_null(row);
		protobuf_c_message_init(descriptor, row);
		for (unsigned i = 0; i < descriptor->n_fields; i++)
			fill_field(&descriptor->fields[i], row);
		assert_int_equal(row_id(table, row), 9);
		table_put(txn, table, 9, row);
		assert_int_equal(txn_status(txn), STATUS_OK);
	}
	for (enum index_id index = 0; index < INDEX_COUNT; index++) {
		assert_int_equal(walk_all(txn, index, &all, ids, 2), 1);
		assert_int_equal(ids[0], 9);
	}
	commit(txn);
}

static void names_are_as_declared(void **context)
{
	(void)context;
	assert_string_equal(table_name(TABLE_loan), "loan");
	assert_string_equal(index_name(INDEX_loan_open_by_item), "loan.open_by_item");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_row_is_found_by_its_unique_key),
		STATE_TEST(entries_move_with_the_row),
		STATE_TEST(an_empty_first_part_makes_no_entry),
		STATE_TEST(a_loan_given_back_leaves_the_open_indexes),
		STATE_TEST(a_second_row_with_a_unique_key_fails_the_txn),
		STATE_TEST(a_unique_key_passes_from_row_to_row),
		STATE_TEST(names_longer_than_a_key_are_told_apart),
		STATE_TEST(entries_are_ordered_by_date_also_before_1970),
		STATE_TEST(every_index_has_an_entry_for_a_row_that_is_filled),
		STATE_TEST(names_are_as_declared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
