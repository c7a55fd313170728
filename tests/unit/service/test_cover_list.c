/* Lists and views under a grant: each record once, to the end, and nothing that leads elsewhere. */
#include "tests/unit/service/mandate.h"

static void what_is_named_in_many_ways_is_listed_once(void **state)
{
	struct shelf *shelf = *state;
	const char *series = "CD-KH-";
	uint64_t items[2] = {*mandate_item_id(shelf, shelf->piece),
			     *mandate_item_id(shelf, shelf->box)};
	Pb__Grant *second;

	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer),
		     mandate_item_id(shelf, shelf->box), &series);
	second = mandate_make(shelf, MANDATE_LAWYER);
	second->items = items;
	second->n_items = 2;
	mandate_put(shelf, second, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 5);
	/* A row a slice: the place is kept between slices. */
	shelf->desk.slice_rows = SCAN_ROWS_MAX - 1;
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 5);
	assert_true(shelf->desk.slices > 5);
}

static void a_box_named_is_walked_to_its_depth_in_slices_of_one(void **state)
{
	struct shelf *shelf = *state;

	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->box), NULL);
	shelf->desk.slice_rows = SCAN_ROWS_MAX - 1;
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 4);
}

/* ---- lists that run ---- */

static void a_list_ends_when_its_grant_is_revoked(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant =
		mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;

	request.limit = 2;
	assert_int_equal(desk_list(&shelf->desk, MANDATE_LAWYER, RPC_item_list, &request.base),
			 STATUS_OK);
	grant->revoked_at = shelf->desk.now;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	request.limit = 0;
	assert_int_equal(desk_list_on(&shelf->desk, MANDATE_LAWYER, RPC_item_list, &request.base),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(&shelf->desk), "grant_over");
	assert_int_equal(mandate_rows(shelf), 2);
}

static void a_grant_that_begins_while_a_list_runs_is_not_in_it(void **state)
{
	struct shelf *shelf = *state;
	Pb__ItemListRequest request = PB__ITEM_LIST_REQUEST__INIT;
	Pb__Grant *first = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);
	Pb__Grant *late;

	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->volume), NULL);
	(void)first;
	request.limit = 1;
	assert_int_equal(desk_list(&shelf->desk, MANDATE_LAWYER, RPC_item_list, &request.base),
			 STATUS_OK);
	desk_sleep(&shelf->desk, 1);
	late = mandate_make(shelf, MANDATE_LAWYER);
	late->customers = mandate_customer_id(shelf, shelf->customer);
	late->n_customers = 1;
	mandate_put(shelf, late, PB__APPROVAL_STATE__APPROVED);
	request.limit = 0;
	assert_int_equal(desk_list_on(&shelf->desk, MANDATE_LAWYER, RPC_item_list, &request.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 3);
}

/* ---- what a view does not tell ---- */

static void a_view_under_a_grant_leads_nowhere_else(void **state)
{
	struct shelf *shelf = *state;
	const Pb__ItemView *view;

	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->piece), NULL);
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->piece, "chen"), STATUS_OK);
	view = desk_show(&shelf->desk, MANDATE_LAWYER, shelf->piece);
	assert_string_equal(view->customer, "");
	assert_string_equal(view->customer_name, "");
	assert_string_equal(view->parent, "");
	assert_string_equal(view->place, "");
	assert_int_equal(view->item->customer_id, 0);
	assert_int_equal(view->item->parent_id, 0);
	assert_int_equal(view->state, PB__ITEM_STATE__ON_LOAN);
	assert_null(view->loan);
}

static void an_outsider_is_not_told_who_looks_after_a_customer(void **state)
{
	struct shelf *shelf = *state;
	Pb__CustomerEditRequest edit = PB__CUSTOMER_EDIT_REQUEST__INIT;
	Pb__CustomerShowRequest show = PB__CUSTOMER_SHOW_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const char *field = "owner";
	const Pb__CustomerView *view;
	ProtobufCMessage *reply;

	draft.owner = "wang.fang";
	edit.customer = show.customer = shelf->customer;
	edit.draft = &draft;
	edit.fields = &field;
	edit.n_fields = 1;
	assert_int_equal(desk_act(&shelf->desk, DESK_CLERK_CD, RPC_customer_edit, &edit.base, NULL),
			 STATUS_OK);
	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	assert_int_equal(
		desk_look(&shelf->desk, MANDATE_LAWYER, RPC_customer_show, &show.base, &reply),
		STATUS_OK);
	view = ((Pb__CustomerShowReply *)(void *)reply)->view;
	assert_string_equal(view->owner, "");
	assert_int_equal(view->customer->owner_id, 0);
}

static void an_outsider_does_not_find_out_who_looks_after_a_customer(void **state)
{
	static const char *const logins[] = {"wang.fang", "chen", "nobody"};
	struct shelf *shelf = *state;
	Pb__CustomerListRequest list = PB__CUSTOMER_LIST_REQUEST__INIT;

	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	for (size_t i = 0; i < 3; i++) {
		list.owner = logins[i];
		assert_int_equal(
			desk_list(&shelf->desk, MANDATE_LAWYER, RPC_customer_list, &list.base),
			STATUS_NOT_FOUND);
		assert_string_equal(desk_reason(&shelf->desk), "login_unknown");
	}
}

static void contents_outside_the_grant_are_not_counted(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *loose = mandate_item(shelf, shelf->loose);
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	loose->secrecy = PB__SECRECY__SECRET;
	mandate_put_item(shelf, loose);
	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->box), NULL);
	request.item = shelf->box;
	assert_int_equal(
		desk_look(&shelf->desk, MANDATE_LAWYER, RPC_item_show, &request.base, &reply),
		STATUS_OK);
	assert_int_equal(((Pb__ItemShowReply *)(void *)reply)->contents, 1);
}

static void a_natural_key_is_looked_for_among_what_is_covered(void **state)
{
	struct shelf *shelf = *state;
	const char *mine = desk_add_customer(&shelf->desk, DESK_CLERK_SH, "甲公司", "K1");

	(void)desk_add_customer(&shelf->desk, DESK_CLERK_CD, "乙公司", "K1");
	(void)desk_add_customer(&shelf->desk, DESK_ARCHIVIST, "丙公司", "K1");
	assert_false(mandate_sees_customer(shelf, MANDATE_LAWYER, "K1"));
	mandate_give(shelf, mandate_customer_id(shelf, mine), NULL, NULL);
	assert_true(mandate_sees_customer(shelf, MANDATE_LAWYER, "K1"));
}

static bool is_about(const struct desk *desk, enum subject_kind kind, uint64_t id)
{
	for (size_t i = 0; i < desk->call.subject_count; i++)
		if (desk->call.subjects[i].kind == kind && desk->call.subjects[i].id == id)
			return true;
	return false;
}

static void the_entry_of_a_look_is_about_what_was_shown_and_the_grant(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->volume), NULL);

	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_int_equal(shelf->desk.call.subject_count, 2);
	assert_true(is_about(&shelf->desk, SUBJECT_GRANT, grant->id));
	assert_true(is_about(&shelf->desk, SUBJECT_ITEM, *mandate_item_id(shelf, shelf->piece)));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 2);
	assert_int_equal(shelf->desk.call.subject_count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_box_named_is_walked_to_its_depth_in_slices_of_one),
		TEST(what_is_named_in_many_ways_is_listed_once),
		TEST(a_list_ends_when_its_grant_is_revoked),
		TEST(a_grant_that_begins_while_a_list_runs_is_not_in_it),
		TEST(a_view_under_a_grant_leads_nowhere_else),
		TEST(an_outsider_is_not_told_who_looks_after_a_customer),
		TEST(an_outsider_does_not_find_out_who_looks_after_a_customer),
		TEST(contents_outside_the_grant_are_not_counted),
		TEST(a_natural_key_is_looked_for_among_what_is_covered),
		TEST(the_entry_of_a_look_is_about_what_was_shown_and_the_grant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
