/* What people from outside try under their grants, and what a grant becomes when records change. */
#include <string.h>

#include "tests/unit/service/mandate.h"

static void what_becomes_secret_after_the_approval_is_covered_no_more(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *single = mandate_item(shelf, shelf->single);

	mandate_give(shelf, NULL, &single->id, NULL);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	single->secrecy = PB__SECRECY__SECRET;
	mandate_put_item(shelf, single);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 0);
	single->secrecy = PB__SECRECY__INTERNAL;
	mandate_put_item(shelf, single);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static void what_was_secret_when_it_was_named_is_covered(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *single = mandate_item(shelf, shelf->single);

	single->secrecy = PB__SECRECY__CONFIDENTIAL;
	mandate_put_item(shelf, single);
	mandate_give(shelf, NULL, &single->id, NULL);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	single->secrecy = PB__SECRECY__SECRET;
	mandate_put_item(shelf, single);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static void window_and_kinds_hold_for_what_is_secret_too(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *single = mandate_item(shelf, shelf->single);
	Pb__Grant *grant;

	single->secrecy = PB__SECRECY__SECRET;
	single->dated = DESK_TODAY;
	mandate_put_item(shelf, single);
	grant = mandate_give(shelf, NULL, &single->id, NULL);
	grant->dated_from = DESK_TODAY;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	grant->dated_from = DESK_TODAY + 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static enum status list_customers(struct shelf *shelf, const char *office)
{
	Pb__CustomerListRequest request = PB__CUSTOMER_LIST_REQUEST__INIT;

	request.office = office;
	return desk_list(&shelf->desk, MANDATE_LAWYER, RPC_customer_list, &request.base);
}

static void a_filter_does_not_tell_which_offices_there_are(void **state)
{
	struct shelf *shelf = *state;
	Pb__ItemListRequest items = PB__ITEM_LIST_REQUEST__INIT;

	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	assert_int_equal(list_customers(shelf, "SH"), STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
	assert_int_equal(list_customers(shelf, "XX"), STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
	assert_int_equal(list_customers(shelf, "CD"), STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 1);
	items.office = "XX";
	assert_int_equal(desk_list(&shelf->desk, MANDATE_LAWYER, RPC_item_list, &items.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
}

static void notes_stay_in_the_house(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__CustomerShowRequest request = PB__CUSTOMER_SHOW_REQUEST__INIT;
	Pb__Item *single = mandate_item(shelf, shelf->single);
	struct txn *txn;
	Pb__Customer *customer = mandate_customer(shelf, shelf->customer);
	ProtobufCMessage *reply;

	single->note = "内部：对方律师难缠";
	mandate_put_item(shelf, single);
	customer->note = "内部：欠款三年";
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	customer_put(txn, customer);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	mandate_give(shelf, &customer->id, NULL, NULL);
	request.customer = shelf->customer;
	assert_int_equal(desk_look(desk, MANDATE_LAWYER, RPC_customer_show, &request.base, &reply),
			 STATUS_OK);
	assert_string_equal(((Pb__CustomerShowReply *)(void *)reply)->view->customer->note, "");
	assert_string_equal(desk_show(desk, MANDATE_LAWYER, shelf->single)->item->note, "");
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, shelf->single)->item->note,
			    single->note);
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 5);
	for (size_t i = 0; desk_row(desk, i) != NULL; i++)
		assert_string_equal(
			((Pb__ItemListReply *)(void *)desk_row(desk, i))->view->item->note, "");
}

/* ---- many ---- */

static void grants_that_are_over_cost_nothing(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *old;

	for (int i = 0; i < 3000; i++) {
		old = mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
		old->matter = "旧案，早已了结，卷宗归档";
		old->not_before = shelf->desk.now - 2 * DESK_DAY;
		old->not_after = shelf->desk.now - DESK_DAY;
		mandate_put(shelf, old, PB__APPROVAL_STATE__APPROVED);
		arena_reset(&shelf->desk.arena);
	}
	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_true(shelf->desk.call.arena->used < 64 * 1024);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
}

static void fill_box(struct shelf *shelf, size_t count)
{
	Pb__Item item = *mandate_item(shelf, shelf->loose);
	struct txn *txn;

	assert_int_equal(store_write(shelf->desk.store, &txn), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		item.id = table_last(txn, TABLE_item) + 1;
		item.number = arena_printf(&shelf->desk.arena, "CD-KH-2030-%06u", (unsigned)i);
		item.ref = "";
		item_put(txn, &item);
	}
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void a_full_box_is_shown_with_little_memory(void **state)
{
	struct shelf *shelf = *state;
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	uint64_t *piece = mandate_item_id(shelf, shelf->piece);
	ProtobufCMessage *reply;

	fill_box(shelf, 2000);
	for (int i = 0; i < 50; i++)
		mandate_give(shelf, NULL, piece, NULL);
	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->box), NULL);
	request.item = shelf->box;
	assert_int_equal(
		desk_look(&shelf->desk, MANDATE_LAWYER, RPC_item_show, &request.base, &reply),
		STATUS_OK);
	assert_int_equal(((Pb__ItemShowReply *)(void *)reply)->contents, 1000);
	assert_true(shelf->desk.call.arena->used < 256 * 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_becomes_secret_after_the_approval_is_covered_no_more),
		TEST(what_was_secret_when_it_was_named_is_covered),
		TEST(window_and_kinds_hold_for_what_is_secret_too),
		TEST(a_filter_does_not_tell_which_offices_there_are),
		TEST(notes_stay_in_the_house),
		TEST(grants_that_are_over_cost_nothing),
		TEST(a_full_box_is_shown_with_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
