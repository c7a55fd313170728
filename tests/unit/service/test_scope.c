/* What is out of a caller's scope is answered byte for byte as what is not there. */
#include "tests/unit/service/desk.h"

#include <stdlib.h>
#include <string.h>

#include "common/message.h"

/* Two worlds, equal but for one record of SH: seen from CD they must be the same. */
struct worlds {
	struct desk with;
	struct desk without;
	const char *customer; /* "SH-C-2026-00001" */
	const char *item;
};

static int setup(void **state)
{
	static struct worlds worlds;

	desk_open(&worlds.with);
	desk_open(&worlds.without);
	worlds.customer = desk_add_customer(&worlds.with, DESK_CLERK_SH, "上海某某公司", "K9");
	worlds.item = desk_add_piece(&worlds.with, DESK_CLERK_SH, worlds.customer, NULL);
	assert_int_equal(desk_borrow(&worlds.with, DESK_CLERK_SH, worlds.item, "chen"), STATUS_OK);
	*state = &worlds;
	return 0;
}

static int teardown(void **state)
{
	struct worlds *worlds = *state;

	desk_close(&worlds->with);
	desk_close(&worlds->without);
	return 0;
}

static void same_answer(struct worlds *worlds, enum status with, enum status without)
{
	struct buf left = BUF_EMPTY;
	struct buf right = BUF_EMPTY;

	assert_int_equal(with, STATUS_NOT_FOUND);
	assert_int_equal(without, STATUS_NOT_FOUND);
	assert_int_equal(message_pack(&worlds->with.call.refusal.base, &left), STATUS_OK);
	assert_int_equal(message_pack(&worlds->without.call.refusal.base, &right), STATUS_OK);
	assert_int_equal(left.len, right.len);
	assert_memory_equal(left.bytes, right.bytes, left.len);
	assert_int_equal(worlds->with.call.subject_count, worlds->without.call.subject_count);
	buf_release(&left);
	buf_release(&right);
}

static void same_act(struct worlds *worlds, enum rpc_number rpc, const ProtobufCMessage *request)
{
	enum status with = desk_act(&worlds->with, DESK_CLERK_CD, rpc, request, NULL);

	same_answer(worlds, with, desk_act(&worlds->without, DESK_CLERK_CD, rpc, request, NULL));
}

static void same_look(struct worlds *worlds, enum rpc_number rpc, const ProtobufCMessage *request)
{
	ProtobufCMessage *reply;
	enum status with = desk_look(&worlds->with, DESK_CLERK_CD, rpc, request, &reply);

	same_answer(worlds, with, desk_look(&worlds->without, DESK_CLERK_CD, rpc, request, &reply));
}

static void same_list(struct worlds *worlds, enum rpc_number rpc, const ProtobufCMessage *request)
{
	enum status with = desk_list(&worlds->with, DESK_CLERK_CD, rpc, request);

	same_answer(worlds, with, desk_list(&worlds->without, DESK_CLERK_CD, rpc, request));
}

static void circulation_says_nothing_of_other_offices(void **state)
{
	struct worlds *worlds = *state;
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__ReturnRequest back = PB__RETURN_REQUEST__INIT;
	Pb__RenewRequest renew = PB__RENEW_REQUEST__INIT;

	borrow.items = back.items = renew.items = &worlds->item;
	borrow.n_items = back.n_items = renew.n_items = 1;
	borrow.borrower = "wang.fang";
	borrow.purpose = "查阅";
	same_act(worlds, RPC_borrow, &borrow.base);
	same_act(worlds, RPC_return, &back.base);
	same_act(worlds, RPC_renew, &renew.base);
}

static void records_of_other_offices_are_not_there(void **state)
{
	struct worlds *worlds = *state;
	const char *const names[] = {worlds->customer, "K9"};
	Pb__CustomerShowRequest show = PB__CUSTOMER_SHOW_REQUEST__INIT;
	Pb__CustomerEditRequest edit = PB__CUSTOMER_EDIT_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__ItemShowRequest look = PB__ITEM_SHOW_REQUEST__INIT;
	Pb__ItemAddRequest add = PB__ITEM_ADD_REQUEST__INIT;
	Pb__ItemDraft item = PB__ITEM_DRAFT__INIT;
	const char *field = "name";

	draft.name = "X";
	edit.draft = &draft;
	edit.fields = &field;
	edit.n_fields = 1;
	item.title = "合同";
	add.draft = &item;
	for (size_t i = 0; i < 2; i++) {
		show.customer = edit.customer = item.customer = names[i];
		same_look(worlds, RPC_customer_show, &show.base);
		same_act(worlds, RPC_customer_edit, &edit.base);
		same_act(worlds, RPC_item_add, &add.base);
	}
	item.customer = "";
	item.parent = worlds->item;
	same_act(worlds, RPC_item_add, &add.base);
	look.item = worlds->item;
	same_look(worlds, RPC_item_show, &look.base);
}

static void lists_do_not_tell_either(void **state)
{
	struct worlds *worlds = *state;
	Pb__ItemListRequest items = PB__ITEM_LIST_REQUEST__INIT;
	Pb__LoanListRequest loans = PB__LOAN_LIST_REQUEST__INIT;
	Pb__HistoryRequest history = PB__HISTORY_REQUEST__INIT;

	items.customer = loans.customer = history.customer = worlds->customer;
	same_list(worlds, RPC_item_list, &items.base);
	same_list(worlds, RPC_loan_list, &loans.base);
	same_list(worlds, RPC_history, &history.base);
	items.customer = "";
	items.parent = history.item = worlds->item;
	history.customer = "";
	same_list(worlds, RPC_item_list, &items.base);
	same_list(worlds, RPC_history, &history.base);
}

static void an_import_finds_nothing_of_other_offices(void **state)
{
	struct worlds *worlds = *state;
	Pb__ItemImportRequest request = PB__ITEM_IMPORT_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemDraft *rows[] = {&draft};
	uint8_t digest[HASH_LEN] = {0};
	ProtobufCMessage *reply;

	draft.title = "合同";
	draft.customer = "K9";
	request.digest.data = digest;
	request.digest.len = HASH_LEN;
	request.rows = rows;
	request.n_rows = 1;
	assert_int_equal(
		desk_act(&worlds->with, DESK_CLERK_CD, RPC_item_import, &request.base, &reply),
		STATUS_OK);
	assert_string_equal(((Pb__ItemImportReply *)(void *)reply)->verdicts[0]->reason,
			    "customer_unknown");
}

/* The number is anothers', the natural key is ours: ours is meant. */
static void a_natural_key_that_is_anothers_number_is_found(void **state)
{
	struct worlds *worlds = *state;
	Pb__CustomerShowRequest show = PB__CUSTOMER_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	(void)desk_add_customer(&worlds->with, DESK_CLERK_CD, "成都", worlds->customer);
	show.customer = worlds->customer;
	assert_int_equal(
		desk_look(&worlds->with, DESK_CLERK_CD, RPC_customer_show, &show.base, &reply),
		STATUS_OK);
	assert_string_equal(((Pb__CustomerShowReply *)(void *)reply)->view->customer->number,
			    "CD-C-2026-00001");
}

static void a_count_or_list_of_items_leaves_other_offices_out(void **state)
{
	struct worlds *worlds = *state;
	struct desk *desk = &worlds->with;
	Pb__CustomerShowRequest show = PB__CUSTOMER_SHOW_REQUEST__INIT;
	Pb__ItemListRequest list = PB__ITEM_LIST_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	ProtobufCMessage *reply;

	draft.title = "合同";
	draft.office = "CD";
	draft.customer = worlds->customer;
	(void)desk_add_item(desk, DESK_ARCHIVIST, &draft);
	show.customer = worlds->customer;
	assert_int_equal(desk_look(desk, DESK_CLERK_SH, RPC_customer_show, &show.base, &reply),
			 STATUS_OK);
	assert_int_equal(((Pb__CustomerShowReply *)(void *)reply)->items, 1);
	assert_int_equal(desk_look(desk, DESK_ARCHIVIST, RPC_customer_show, &show.base, &reply),
			 STATUS_OK);
	assert_int_equal(((Pb__CustomerShowReply *)(void *)reply)->items, 2);
	list.customer = worlds->customer;
	assert_int_equal(desk_list(desk, DESK_CLERK_SH, RPC_item_list, &list.base), STATUS_OK);
	assert_non_null(desk_row(desk, 0));
	assert_null(desk_row(desk, 1));
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_item_list, &list.base), STATUS_OK);
	assert_non_null(desk_row(desk, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(circulation_says_nothing_of_other_offices),
		TEST(records_of_other_offices_are_not_there),
		TEST(lists_do_not_tell_either),
		TEST(an_import_finds_nothing_of_other_offices),
		TEST(a_natural_key_that_is_anothers_number_is_found),
		TEST(a_count_or_list_of_items_leaves_other_offices_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
