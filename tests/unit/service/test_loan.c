/* Taking back and renewing. */
#include "tests/unit/service/shelf.h"

static void a_returned_item_keeps_its_closed_loan(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	ProtobufCMessage *told;
	const Pb__Loan *loan;

	assert_int_equal(desk_return(desk, DESK_CLERK_CD, shelf->single), STATUS_NOT_ON_LOAN);
	assert_string_equal(desk_reason(desk), "item_not_on_loan");
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "wang.fang"), STATUS_OK);
	request.items = &shelf->single;
	request.n_items = 1;
	request.pages = 9;
	request.note = "缺一页";
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, &told),
			 STATUS_OK);
	loan = ((Pb__ReturnReply *)(void *)told)->outcomes[0]->loan;
	assert_int_equal(loan->open, 0);
	assert_int_equal(loan->returned_pages, 9);
	assert_int_equal(loan->condition, PB__CONDITION__MISSING);
	assert_string_equal(loan->note, "缺一页");
	assert_int_equal(loan->returned_at, desk->now - 1);
	assert_int_equal(desk_show(desk, DESK_CLERK_CD, shelf->single)->state,
			 PB__ITEM_STATE__ON_SHELF);
	assert_int_equal(desk_return(desk, DESK_CLERK_CD, shelf->single), STATUS_NOT_ON_LOAN);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "li.na"), STATUS_OK);
}

static void what_comes_back_whole_or_damaged_is_noted_so(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	ProtobufCMessage *told;

	request.items = &shelf->single;
	request.n_items = 1;
	request.pages = 10;
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "chen"), STATUS_OK);
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, &told),
			 STATUS_OK);
	assert_int_equal(((Pb__ReturnReply *)(void *)told)->outcomes[0]->loan->condition,
			 PB__CONDITION__OK);
	request.pages = 3;
	request.condition = PB__CONDITION__DAMAGED;
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "chen"), STATUS_OK);
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, &told),
			 STATUS_OK);
	assert_int_equal(((Pb__ReturnReply *)(void *)told)->outcomes[0]->loan->condition,
			 PB__CONDITION__DAMAGED);
	request.pages = 1000001;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, NULL),
			 STATUS_INVALID);
	assert_int_equal(desk->call.refusal.limit, 1000000);
}

static void a_loan_is_renewed_once_and_not_when_overdue(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;

	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, shelf->single), STATUS_NOT_ON_LOAN);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "chen"), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->piece, "chen"), STATUS_OK);
	desk_sleep(desk, 10);
	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, shelf->single), STATUS_OK);
	assert_int_equal(desk_show(desk, DESK_CLERK_CD, shelf->single)->loan->loan->due,
			 DESK_TODAY + 30);
	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, shelf->single), STATUS_LIMIT);
	assert_string_equal(desk_reason(desk), "renewals_used");
	assert_int_equal(desk->call.refusal.limit, 1);
	assert_int_equal(desk->call.refusal.due, DESK_TODAY + 30);
	desk_sleep(desk, 6);
	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, shelf->piece), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "borrower_overdue");
}

static enum status renew_until(struct desk *desk, const char *item, int32_t until)
{
	Pb__RenewRequest request = PB__RENEW_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	request.until = until;
	return desk_act(desk, DESK_CLERK_CD, RPC_renew, &request.base, NULL);
}

static void a_renewal_ends_after_the_loan_and_within_the_rule(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "chen"), STATUS_OK);
	assert_int_equal(renew_until(desk, shelf->single, DESK_TODAY - 1), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "in_the_past");
	assert_int_equal(renew_until(desk, shelf->single, DESK_TODAY + 14), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "out_of_range");
	assert_int_equal(renew_until(desk, shelf->single, DESK_TODAY + 31), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "beyond_rule");
	assert_int_equal(desk->call.refusal.limit, 15);
	assert_int_equal(renew_until(desk, shelf->single, DESK_TODAY + 30), STATUS_OK);
}

static void pages_are_counted_for_one_item_at_a_time(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	const char *items[] = {shelf->single, shelf->piece};
	ProtobufCMessage *told;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, items[0], "chen"), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, items[1], "chen"), STATUS_OK);
	request.items = items;
	request.n_items = 2;
	request.pages = 10;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "pages_of_one");
	assert_string_equal(desk->call.refusal.field, "pages");
	request.n_items = 1;
	request.pages = 11; /* one more than was recorded was found */
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_return, &request.base, &told),
			 STATUS_OK);
	assert_int_equal(((Pb__ReturnReply *)(void *)told)->outcomes[0]->loan->condition,
			 PB__CONDITION__OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, shelf_setup, shelf_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_returned_item_keeps_its_closed_loan),
		TEST(what_comes_back_whole_or_damaged_is_noted_so),
		TEST(a_loan_is_renewed_once_and_not_when_overdue),
		TEST(a_renewal_ends_after_the_loan_and_within_the_rule),
		TEST(pages_are_counted_for_one_item_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
