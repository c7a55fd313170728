/* Many records at once: a verdict a row, and nothing twice. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/date.h"
#include "server/service/import.h"
#include "server/service/siblings.h"

static uint8_t digest[HASH_LEN] = {1};

static int setup(void **state)
{
	static struct desk desk;

	desk_open(&desk);
	*state = &desk;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	return 0;
}

static Pb__CustomerDraft *customer_row(struct desk *desk, const char *name, const char *ref)
{
	Pb__CustomerDraft *draft = arena_alloc(&desk->keep, sizeof(*draft));

	pb__customer_draft__init(draft);
	draft->name = name;
	draft->ref = ref;
	return draft;
}

static Pb__ItemDraft *item_row(struct desk *desk, Pb__ItemKind kind, const char *title,
			       const char *ref, const char *parent)
{
	Pb__ItemDraft *draft = arena_alloc(&desk->keep, sizeof(*draft));

	pb__item_draft__init(draft);
	draft->kind = kind;
	draft->title = title;
	draft->ref = ref;
	draft->parent = parent;
	return draft;
}

static enum status import_customers(struct desk *desk, Pb__CustomerDraft **rows, size_t count,
				    Pb__CustomerImportReply **reply)
{
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	ProtobufCMessage *told;
	enum status status;

	request.source = "customers.csv";
	request.digest.data = digest;
	request.digest.len = HASH_LEN;
	request.first_row = 1;
	request.rows = rows;
	request.n_rows = count;
	status = desk_act(desk, DESK_CLERK_CD, RPC_customer_import, &request.base, &told);
	*reply = (Pb__CustomerImportReply *)(void *)told;
	return status;
}

static enum status import_items(struct desk *desk, uint64_t who, Pb__ItemDraft **rows, size_t count,
				Pb__ItemImportReply **reply)
{
	Pb__ItemImportRequest request = PB__ITEM_IMPORT_REQUEST__INIT;
	ProtobufCMessage *told;
	enum status status;

	request.source = "items.csv";
	request.digest.data = digest;
	request.digest.len = HASH_LEN;
	request.first_row = 101;
	request.rows = rows;
	request.n_rows = count;
	status = desk_act(desk, who, RPC_item_import, &request.base, &told);
	*reply = (Pb__ItemImportReply *)(void *)told;
	return status;
}

static void a_batch_gets_a_verdict_a_row(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft *rows[] = {
		customer_row(desk, "甲", "K1"), customer_row(desk, "", "K2"),
		customer_row(desk, "乙", ""),   customer_row(desk, "甲", "K1"),
		customer_row(desk, "丙", "K1"), customer_row(desk, "乙", ""),
		customer_row(desk, "丁", "K4"),
	};
	static const Pb__Verdict expected[] = {
		PB__VERDICT__ADDED,     PB__VERDICT__INVALID, PB__VERDICT__ADDED,
		PB__VERDICT__UNCHANGED, PB__VERDICT__DIFFERS, PB__VERDICT__UNCHANGED,
		PB__VERDICT__INVALID,
	};
	Pb__CustomerImportReply *reply;

	rows[6]->office = "SH";
	assert_int_equal(import_customers(desk, rows, 7, &reply), STATUS_OK);
	assert_int_equal(reply->n_verdicts, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(reply->verdicts[i]->verdict, expected[i]);
		assert_int_equal(reply->verdicts[i]->row, i + 1);
	}
	assert_string_equal(reply->verdicts[1]->reason, "required");
	assert_string_equal(reply->verdicts[1]->field, "name");
	assert_string_equal(reply->verdicts[2]->number, "CD-C-2026-00002");
	assert_string_equal(reply->verdicts[3]->number, "CD-C-2026-00001");
	assert_string_equal(reply->verdicts[4]->field, "name");
	assert_string_equal(reply->verdicts[6]->reason, "office_forbids");
	assert_string_equal(reply->verdicts[6]->field, "office");
	assert_int_equal(reply->n_added, 2);
	assert_int_equal(reply->n_series, 1);
	assert_int_equal(reply->series[0]->last, 2);
	assert_int_equal(desk->call.subject_count, 2);
}

static void a_second_import_changes_nothing(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft *rows[] = {customer_row(desk, "甲", "K1"), customer_row(desk, "乙", "")};
	Pb__CustomerImportReply *reply;

	assert_int_equal(import_customers(desk, rows, 2, &reply), STATUS_OK);
	assert_int_equal(reply->n_added, 2);
	assert_int_equal(import_customers(desk, rows, 2, &reply), STATUS_OK);
	assert_int_equal(reply->n_added, 0);
	assert_int_equal(reply->n_series, 0);
	assert_int_equal(reply->verdicts[0]->verdict, PB__VERDICT__UNCHANGED);
	assert_int_equal(reply->verdicts[1]->verdict, PB__VERDICT__UNCHANGED);
	assert_string_equal(reply->verdicts[1]->number, "CD-C-2026-00002");
	rows[1]->note = "新";
	assert_int_equal(import_customers(desk, rows, 2, &reply), STATUS_OK);
	assert_int_equal(reply->verdicts[1]->verdict, PB__VERDICT__DIFFERS);
	assert_string_equal(reply->verdicts[1]->field, "note");
}

static void a_malformed_envelope_is_refused(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	Pb__CustomerDraft *rows[IMPORT_ROWS_MAX + 1];

	for (size_t i = 0; i <= IMPORT_ROWS_MAX; i++)
		rows[i] = customer_row(desk, "甲", "");
	request.rows = rows;
	request.n_rows = 1;
	request.digest.data = digest;
	request.digest.len = 31;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_import, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "digest");
	request.digest.len = 32;
	request.n_rows = IMPORT_ROWS_MAX + 1;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_import, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "too_many");
	request.n_rows = 0;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_import, &request.base, NULL),
			 STATUS_INVALID);
	request.n_rows = 1;
	request.first_row = UINT32_MAX;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_import, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "first_row");
}

static void rows_of_a_batch_may_stand_in_one_another(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft *rows[] = {
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "B1", ""),
		item_row(desk, PB__ITEM_KIND__VOLUME, "卷", "V1", "B1"),
		item_row(desk, PB__ITEM_KIND__PIECE, "件", "P1", "V1"),
		item_row(desk, PB__ITEM_KIND__PIECE, "件", "", "V1"),
		item_row(desk, PB__ITEM_KIND__PIECE, "件", "", "V1"),
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "B2", "B1"),
		item_row(desk, PB__ITEM_KIND__PIECE, "件", "P9", "NOWHERE"),
	};
	const Pb__ItemView *view;
	Pb__ItemImportReply *reply;
	const char *piece;

	rows[0]->customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "C1");
	rows[0]->place = "A-01";
	rows[2]->place = "A-01"; /* where it is with its box */
	rows[3]->customer = "C1";
	assert_int_equal(import_items(desk, DESK_CLERK_CD, rows, 7, &reply), STATUS_OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(reply->verdicts[i]->verdict,
				 i == 3 ? PB__VERDICT__DIFFERS : PB__VERDICT__ADDED);
	assert_string_equal(reply->verdicts[3]->field, "ref");
	assert_int_equal(reply->verdicts[4]->verdict, PB__VERDICT__DIFFERS);
	assert_string_equal(reply->verdicts[5]->reason, "kind_order");
	assert_string_equal(reply->verdicts[6]->reason, "item_unknown");
	assert_string_equal(reply->verdicts[6]->field, "parent");
	assert_int_equal(reply->verdicts[6]->row, 107);
	piece = reply->verdicts[2]->number;
	assert_string_equal(piece, "CD-KH-2026-000003");
	view = desk_show(desk, DESK_CLERK_CD, "P1");
	assert_string_equal(view->item->number, "CD-KH-2026-000003");
	assert_string_equal(view->parent, "CD-KH-2026-000002");
	assert_string_equal(view->place, "A-01");
	assert_string_equal(view->customer, "CD-C-2026-00001");
}

static void items_without_a_natural_key_are_known_by_what_they_say(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "C1");
	Pb__ItemDraft *rows[] = {
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "", ""),
		item_row(desk, PB__ITEM_KIND__PIECE, "合同", "", ""),
		item_row(desk, PB__ITEM_KIND__PIECE, "发票", "", ""),
		item_row(desk, PB__ITEM_KIND__PIECE, "合同", "", ""),
	};
	Pb__ItemImportReply *reply;

	for (size_t i = 1; i < 4; i++)
		rows[i]->customer = customer;
	assert_int_equal(import_items(desk, DESK_CLERK_CD, rows, 4, &reply), STATUS_OK);
	assert_int_equal(reply->n_added, 3);
	assert_int_equal(reply->verdicts[3]->verdict, PB__VERDICT__UNCHANGED);
	assert_int_equal(import_items(desk, DESK_CLERK_CD, rows, 4, &reply), STATUS_OK);
	assert_int_equal(reply->n_added, 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(reply->verdicts[i]->verdict, PB__VERDICT__UNCHANGED);
	rows[2]->pages = 5;
	assert_int_equal(import_items(desk, DESK_CLERK_CD, rows, 4, &reply), STATUS_OK);
	assert_int_equal(reply->verdicts[2]->verdict, PB__VERDICT__DIFFERS);
	assert_string_equal(reply->verdicts[2]->field, "pages");
}

static void one_batch_may_be_for_several_offices(void **state)
{
	struct desk *desk = *state;
	Pb__ItemDraft *rows[] = {
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "B1", ""),
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "B1", ""),
		item_row(desk, PB__ITEM_KIND__BOX, "盒", "B2", ""),
		item_row(desk, PB__ITEM_KIND__VOLUME, "卷", "", "B1"),
		item_row(desk, PB__ITEM_KIND__VOLUME, "卷", "", "B1"),
		item_row(desk, PB__ITEM_KIND__VOLUME, "卷", "", "B2"),
	};
	Pb__ItemImportReply *reply;

	for (size_t i = 0; i < 3; i++) {
		rows[i]->customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
		rows[i]->office = i == 0 ? "CD" : "SH";
	}
	rows[4]->office = "SH";
	assert_int_equal(import_items(desk, DESK_ARCHIVIST, rows, 6, &reply), STATUS_OK);
	assert_int_equal(reply->n_series, 2);
	assert_string_equal(reply->verdicts[0]->number, "CD-KH-2026-000001");
	assert_string_equal(reply->verdicts[1]->number, "SH-KH-2026-000001");
	assert_int_equal(reply->verdicts[3]->verdict, PB__VERDICT__INVALID); /* which B1? */
	assert_string_equal(reply->verdicts[4]->number, "SH-KH-2026-000003");
	assert_int_equal(reply->added[3]->parent_id, reply->added[1]->id);
	assert_string_equal(reply->verdicts[5]->number, "SH-KH-2026-000004");
}

static void a_full_batch_is_quick(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "C1");
	Pb__ItemDraft *rows[IMPORT_ROWS_MAX];
	int64_t began = clock_monotonic();
	Pb__ItemImportReply *reply;

	for (unsigned batch = 0; batch < 10; batch++) {
		for (unsigned i = 0; i < IMPORT_ROWS_MAX; i++) {
			char *title = arena_printf(&desk->keep, "件%u-%u", batch, i);

			rows[i] =
				item_row(desk, PB__ITEM_KIND__PIECE, title, i % 2 ? title : "", "");
			rows[i]->customer = customer;
		}
		assert_int_equal(import_items(desk, DESK_CLERK_CD, rows, IMPORT_ROWS_MAX, &reply),
				 STATUS_OK);
		assert_int_equal(reply->n_added, IMPORT_ROWS_MAX);
	}
	assert_true(clock_monotonic() - began < 4000000);
	assert_int_equal(desk->call.subject_count, IMPORT_ROWS_MAX + 1);
}

static void without_natural_keys_there_is_a_limit_to_what_is_compared(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "C1");
	Pb__ItemDraft *row = item_row(desk, PB__ITEM_KIND__PIECE, "件", "", "");
	Pb__ItemImportReply *reply;
	struct txn *txn;

	row->customer = customer;
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	for (uint64_t id = 1; id <= SIBLINGS_MAX + 1; id++) {
		Pb__Item item = PB__ITEM__INIT;

		item.id = id;
		item.customer_id = 1;
		item.office_id = 2;
		item.title = "旧";
		item_put(txn, &item);
	}
	assert_int_equal(txn_commit(txn), STATUS_OK);
	assert_int_equal(import_items(desk, DESK_CLERK_CD, &row, 1, &reply), STATUS_OK);
	assert_int_equal(reply->verdicts[0]->verdict, PB__VERDICT__INVALID);
	assert_string_equal(reply->verdicts[0]->field, "ref");
	row->ref = "P1";
	assert_int_equal(import_items(desk, DESK_CLERK_CD, &row, 1, &reply), STATUS_OK);
	assert_int_equal(reply->verdicts[0]->verdict, PB__VERDICT__ADDED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_gets_a_verdict_a_row),
		TEST(a_second_import_changes_nothing),
		TEST(a_malformed_envelope_is_refused),
		TEST(rows_of_a_batch_may_stand_in_one_another),
		TEST(items_without_a_natural_key_are_known_by_what_they_say),
		TEST(one_batch_may_be_for_several_offices),
		TEST(a_full_batch_is_quick),
		TEST(without_natural_keys_there_is_a_limit_to_what_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
