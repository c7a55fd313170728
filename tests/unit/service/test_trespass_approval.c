/* Ways round approvals, and what they tell those who see no records. */
#include "tests/unit/service/board.h"
#include "tests/unit/service/mandate.h"

static const char *ask_new_name(struct board *board)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__ApprovalRequestReply *told;
	const char *field = "name";
	ProtobufCMessage *reply;

	draft.name = "成都新名公司";
	request.kind = "edit";
	request.subject = board->customer;
	request.reason = "更名";
	request.draft = &draft;
	request.fields = &field;
	request.n_fields = 1;
	assert_int_equal(
		desk_act(board->desk, DESK_CLERK_CD, RPC_approval_request, &request.base, &reply),
		STATUS_OK);
	told = (const Pb__ApprovalRequestReply *)(void *)reply;
	return arena_printf(&board->desk->keep, "%s", told->opened->approval->number);
}

static void who_oversees_approvals_is_not_told_the_names_of_customers(void **state)
{
	struct board *board = *state;
	const char *number = ask_new_name(board);
	const Pb__ApprovalView *view;

	assert_int_equal(board_decline(board, board->head, number, "某某公司并未更名"), STATUS_OK);
	view = board_show(board, DESK_AUDITOR, number)->view;
	assert_string_equal(view->subject, board->customer);
	assert_string_equal(view->approval->detail, "");
	assert_string_equal(view->approval->reason, "");
	assert_int_equal(view->n_decisions, 1);
	assert_string_equal(view->decisions[0]->decision->text, "");
	assert_string_equal(view->approval->decisions[0]->text, "");
	view = board_show(board, board->manager, number)->view;
	assert_string_equal(view->approval->reason, "更名");
	assert_string_equal(view->decisions[0]->decision->text, "某某公司并未更名");
}

static Pb__GrantRequestReply *record_letter(struct board *board, uint64_t who,
					    const char **customers, size_t count)
{
	Pb__GrantRequestRequest request = PB__GRANT_REQUEST_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.principal = "lin.hao";
	request.channel = PB__CHANNEL__COUNTER;
	request.matter = "合同纠纷";
	request.represented = "锦江贸易";
	request.purpose = "代理诉讼";
	request.customers = customers;
	request.n_customers = count;
	assert_int_equal(desk_act(board->desk, who, RPC_grant_request, &request.base, &reply),
			 STATUS_OK);
	return (Pb__GrantRequestReply *)(void *)reply;
}

static void who_checked_the_papers_decides_at_no_level(void **state)
{
	struct board *board = *state;
	Pb__GrantRequestReply *asked;
	const char *approval;
	const char *grant;

	(void)board_person(board, "lin.hao", "CD", PB__ROLE__LAWYER);
	board_rule(board->desk->config->approval_grant, "head + gm");
	asked = record_letter(board, DESK_CLERK_CD, &board->customer, 1);
	grant = arena_printf(&board->desk->keep, "%s", asked->grant->number);
	approval = arena_printf(&board->desk->keep, "%s", asked->opened->approval->number);
	assert_int_equal(mandate_check_off(board->shelf, DESK_WANG, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, NULL),
			 STATUS_OK);
	assert_int_equal(board_delegate(board, board->head, "wang.fang", 0, 3), STATUS_OK);
	assert_int_equal(board_approve(board, DESK_WANG, approval), STATUS_DENIED);
	assert_string_equal(desk_reason(board->desk), "grant_own_check");
	assert_int_equal(board_approve(board, board->second, approval), STATUS_OK);
}

static void a_grant_leads_nobody_to_records_of_other_offices(void **state)
{
	struct board *board = *state;
	const char *customers[] = {board->customer, NULL};
	const Pb__GrantView *view;
	const char *grant;

	(void)board_person(board, "lin.hao", "CD", PB__ROLE__LAWYER);
	customers[1] = desk_add_customer(board->desk, DESK_CLERK_SH, "上海公司", "");
	grant = arena_printf(&board->desk->keep, "%s",
			     record_letter(board, DESK_ARCHIVIST, customers, 2)->grant->number);
	view = mandate_shown(board->shelf, DESK_ARCHIVIST, grant);
	assert_int_equal(view->n_customers, 2);
	view = mandate_shown(board->shelf, board_person(board, "hai", "HQ", PB__ROLE__CLERK),
			     grant);
	assert_non_null(view);
	assert_int_equal(view->n_customers, 0);
	assert_int_equal(view->grant->n_customers, 0);
}

static void how_many_are_connected_is_not_told_outside(void **state)
{
	const struct health health = {.connections = 17};
	struct board *board = *state;
	uint64_t lawyer = board_person(board, "lin.hao", "CD", PB__ROLE__LAWYER);
	Pb__StatusRequest request = PB__STATUS_REQUEST__INIT;
	Pb__StatusReply reply = PB__STATUS_REPLY__INIT;
	struct call call;

	assert_int_equal(store_read(board->desk->store, &board->desk->call.txn), STATUS_OK);
	call = board->desk->call;
	call.health = &health;
	assert_int_equal(call_identify(&call, lawyer, 0), STATUS_OK);
	assert_int_equal(serve_status(&call, &request, &reply), STATUS_OK);
	assert_int_equal(reply.connections, 0);
	assert_int_equal(call_identify(&call, DESK_CLERK_CD, 0), STATUS_OK);
	assert_int_equal(serve_status(&call, &request, &reply), STATUS_OK);
	assert_int_equal(reply.connections, 17);
	txn_end(call.txn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_oversees_approvals_is_not_told_the_names_of_customers),
		TEST(who_checked_the_papers_decides_at_no_level),
		TEST(a_grant_leads_nobody_to_records_of_other_offices),
		TEST(how_many_are_connected_is_not_told_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
