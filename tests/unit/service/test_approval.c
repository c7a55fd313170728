/* Approvals: asking, showing, listing, withdrawing, reminding. */
#include "tests/unit/service/board.h"

#include <string.h>

#include "server/service/approval.h"

static void what_was_asked_is_shown_with_rule_inputs_and_levels(void **state)
{
	struct board *board = *state;
	int64_t asked = board->desk->now;
	const char *number = board_ask(board, DESK_CLERK_CD);
	const Pb__ApprovalShowReply *reply = board_show(board, DESK_CLERK_CD, number);
	const Pb__Approval *row = reply->view->approval;

	assert_string_equal(number, "CD-SP-2026-00001");
	assert_int_equal(row->state, PB__APPROVAL_STATE__WAITING);
	assert_string_equal(row->rule, "head; secret: gm");
	assert_int_equal(row->rule_version, RULING_VERSION);
	assert_int_equal(row->n_inputs, 1);
	assert_string_equal(row->inputs[0]->name, "asker");
	assert_string_equal(row->inputs[0]->value, "staff");
	assert_int_equal(row->n_levels, 1);
	assert_int_equal(row->levels[0], PB__APPROVAL_LEVEL__HEAD);
	assert_int_equal(row->asked_at, asked);
	assert_string_equal(row->reason, "客户来函核实");
	assert_string_equal(reply->view->kind, "sensitive");
	assert_string_equal(reply->view->subject, board->customer);
	assert_string_equal(reply->view->asked_by, "chen");
	assert_string_equal(reply->view->office, "CD");
	assert_int_equal(reply->view->level, PB__APPROVAL_LEVEL__HEAD);
	assert_false(reply->view->mine);
	assert_true(reply->as_ruled);
}

static void a_rule_that_was_changed_since_does_not_change_what_was_asked(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);
	const Pb__ApprovalShowReply *reply;

	board_rule(board->desk->config->approval_sensitive, "head + gm");
	reply = board_show(board, DESK_CLERK_CD, number);
	assert_string_equal(reply->view->approval->rule, "head; secret: gm");
	assert_int_equal(reply->view->approval->n_levels, 1);
	assert_true(reply->as_ruled);
	number = board_ask(board, DESK_CLERK_CD);
	assert_int_equal(board_show(board, DESK_CLERK_CD, number)->view->approval->n_levels, 2);
}

/* Stores the approval with another level than its rule gives, as no act ever would. */
static void tamper(struct board *board, uint64_t id)
{
	Pb__Approval *row;
	struct txn *txn;

	assert_int_equal(store_write(board->desk->store, &txn), STATUS_OK);
	row = approval_get(txn, id, &board->desk->keep);
	row->levels[0] = PB__APPROVAL_LEVEL__MANAGER;
	approval_put(txn, row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void levels_that_the_rule_does_not_give_are_noticed(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);
	const Pb__ApprovalShowReply *reply = board_show(board, DESK_CLERK_CD, number);

	assert_true(reply->as_ruled);
	tamper(board, reply->view->approval->id);
	assert_false(board_show(board, DESK_CLERK_CD, number)->as_ruled);
}

static void each_level_decides_in_its_turn(void **state)
{
	struct board *board = *state;
	const char *number;
	const Pb__Approval *row;

	board_rule(board->desk->config->approval_sensitive, "head + gm");
	number = board_ask(board, DESK_CLERK_CD);
	assert_int_equal(board_approve(board, board->manager, number), STATUS_DENIED);
	assert_string_equal(desk_reason(board->desk), "approval_not_yours");
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	row = board_show(board, DESK_CLERK_CD, number)->view->approval;
	assert_int_equal(row->state, PB__APPROVAL_STATE__WAITING);
	assert_int_equal(row->usable_until, 0);
	assert_int_equal(board_approve(board, board->second, number), STATUS_DENIED);
	assert_int_equal(board_approve(board, board->manager, number), STATUS_OK);
	row = board_show(board, DESK_CLERK_CD, number)->view->approval;
	assert_int_equal(row->state, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(row->waiting, 0);
	assert_int_equal(row->n_decisions, 2);
	assert_int_equal(row->decisions[0]->by, board->head);
	assert_int_equal(row->decisions[0]->level, PB__APPROVAL_LEVEL__HEAD);
	assert_int_equal(row->decisions[1]->by, board->manager);
	assert_int_equal(row->usable_until, board->desk->now - 1 + DESK_DAY);
}

static void a_refusal_needs_an_opinion_and_ends_it(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);
	const Pb__Refusal *refusal = &board->desk->call.refusal;
	const Pb__ApprovalView *view;

	assert_int_equal(board_decline(board, board->head, number, "  "), STATUS_INVALID);
	assert_string_equal(refusal->field, "text");
	assert_int_equal(board_decline(board, board->head, number, "事由不足"), STATUS_OK);
	view = board_show(board, DESK_CLERK_CD, number)->view;
	assert_int_equal(view->approval->state, PB__APPROVAL_STATE__DECLINED);
	assert_string_equal(view->decisions[0]->by, "luo.hua");
	assert_string_equal(view->decisions[0]->decision->text, "事由不足");
	assert_false(view->decisions[0]->decision->approved);
	assert_int_equal(board_approve(board, board->second, number), STATUS_STALE);
	assert_string_equal(refusal->reason, "approval_declined");
	assert_string_equal(refusal->holder, "luo.hua");
	assert_true(refusal->since != 0);
}

static void a_decision_is_one_of_two(void **state)
{
	struct board *board = *state;
	Pb__ApprovalDecideRequest request = PB__APPROVAL_DECIDE_REQUEST__INIT;

	request.approval = board_ask(board, DESK_CLERK_CD);
	assert_int_equal(
		desk_act(board->desk, board->head, RPC_approval_decide, &request.base, NULL),
		STATUS_INVALID);
	request.approve = true;
	request.decline = true;
	request.text = "都选";
	assert_int_equal(
		desk_act(board->desk, board->head, RPC_approval_decide, &request.base, NULL),
		STATUS_INVALID);
	assert_string_equal(board->desk->call.refusal.field, "approve");
}

static void who_asked_may_take_it_back_while_it_waits(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);

	assert_int_equal(board_withdraw(board, DESK_WANG, number), STATUS_NOT_FOUND);
	assert_int_equal(board_withdraw(board, board->head, number), STATUS_NOT_FOUND);
	assert_int_equal(board_withdraw(board, DESK_CLERK_CD, number), STATUS_OK);
	assert_int_equal(board_withdraw(board, DESK_CLERK_CD, number), STATUS_STALE);
	assert_string_equal(desk_reason(board->desk), "approval_withdrawn");
	assert_int_equal(board_approve(board, board->head, number), STATUS_STALE);
	assert_string_equal(desk_reason(board->desk), "approval_withdrawn");
	number = board_ask(board, DESK_CLERK_CD);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(board_withdraw(board, DESK_CLERK_CD, number), STATUS_STALE);
	assert_string_equal(desk_reason(board->desk), "approval_decided");
	assert_string_equal(board->desk->call.refusal.holder, "luo.hua");
}

static enum status ask(struct board *board, uint64_t who, const char *kind, const char *subject,
		       const char *reason)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;

	request.kind = kind;
	request.subject = subject;
	request.reason = reason;
	return desk_act(board->desk, who, RPC_approval_request, &request.base, NULL);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	struct board *board = *state;
	const char *single = board->shelf->single;
	const Pb__Refusal *refusal = &board->desk->call.refusal;

	assert_int_equal(ask(board, DESK_CLERK_CD, "grant", single, "x"), STATUS_INVALID);
	assert_string_equal(refusal->field, "kind");
	assert_int_equal(ask(board, DESK_CLERK_CD, "", single, "x"), STATUS_INVALID);
	assert_int_equal(ask(board, DESK_CLERK_CD, "unseal", "", "x"), STATUS_INVALID);
	assert_string_equal(refusal->field, "subject");
	assert_int_equal(ask(board, DESK_CLERK_CD, "unseal", single, " "), STATUS_INVALID);
	assert_string_equal(refusal->field, "reason");
	assert_int_equal(ask(board, DESK_CLERK_CD, "loan", single, "x"), STATUS_INVALID);
	assert_string_equal(refusal->field, "borrower");
	assert_int_equal(ask(board, DESK_CLERK_CD, "edit", board->customer, "x"), STATUS_INVALID);
	assert_string_equal(refusal->field, "draft");
	assert_int_equal(ask(board, DESK_CLERK_SH, "sensitive", board->customer, "x"),
			 STATUS_NOT_FOUND);
	assert_int_equal(ask(board, board->manager, "loan", single, "x"), STATUS_DENIED);
	assert_int_equal(ask(board, DESK_AUDITOR, "sensitive", board->customer, "x"),
			 STATUS_DENIED);
}

static void what_needs_no_approval_is_not_asked_for(void **state)
{
	struct board *board = *state;

	assert_int_equal(ask(board, DESK_CLERK_CD, "unseal", board->shelf->single, "x"),
			 STATUS_CONFLICT);
	assert_string_equal(desk_reason(board->desk), "approval_not_needed");
	assert_string_equal(board->desk->call.refusal.subject, board->shelf->single);
	board_rule(board->desk->config->approval_sensitive, "none");
	assert_int_equal(ask(board, DESK_CLERK_CD, "sensitive", board->customer, "x"),
			 STATUS_CONFLICT);
	assert_string_equal(desk_reason(board->desk), "approval_not_needed");
}

static void a_list_has_what_waits_for_one_oldest_first(void **state)
{
	struct board *board = *state;
	const char *first = board_ask(board, DESK_CLERK_CD);
	const char *second = board_ask(board, DESK_WANG);
	const Pb__ApprovalListReply *row;

	assert_int_equal(board_waiting(board, board->head), 2);
	row = (const Pb__ApprovalListReply *)(void *)desk_row(board->desk, 0);
	assert_string_equal(row->view->approval->number, first);
	assert_true(row->view->mine);
	row = (const Pb__ApprovalListReply *)(void *)desk_row(board->desk, 1);
	assert_string_equal(row->view->approval->number, second);
	assert_int_equal(board_waiting(board, board->other), 0);
	assert_int_equal(board_waiting(board, board->manager), 0);
	assert_int_equal(board_waiting(board, DESK_CLERK_CD), 0);
	assert_int_equal(board_approve(board, board->second, first), STATUS_OK);
	assert_int_equal(board_waiting(board, board->head), 1);
}

static size_t list(struct board *board, uint64_t who, Pb__ApprovalListRequest *request)
{
	assert_int_equal(desk_list(board->desk, who, RPC_approval_list, &request->base), STATUS_OK);
	return board->desk->scan.count;
}

static void a_list_of_all_stays_in_scope(void **state)
{
	struct board *board = *state;
	Pb__ApprovalListRequest mine = PB__APPROVAL_LIST_REQUEST__INIT;
	Pb__ApprovalListRequest all = PB__APPROVAL_LIST_REQUEST__INIT;
	const char *number = board_ask(board, DESK_CLERK_CD);

	(void)board_ask(board, DESK_WANG);
	mine.mine = true;
	all.all = true;
	assert_int_equal(board_decline(board, board->head, number, "不同意"), STATUS_OK);
	assert_int_equal(list(board, DESK_CLERK_CD, &mine), 1);
	assert_int_equal(list(board, DESK_CLERK_CD, &all), 1);
	assert_int_equal(list(board, DESK_CLERK_SH, &all), 0);
	assert_int_equal(list(board, board->head, &all), 2);
	assert_int_equal(list(board, board->other, &all), 0);
	assert_int_equal(list(board, board->manager, &all), 2);
	assert_int_equal(list(board, DESK_AUDITOR, &all), 2);
	all.state = PB__APPROVAL_STATE__DECLINED;
	assert_int_equal(list(board, board->manager, &all), 1);
	all.state = PB__APPROVAL_STATE__APPROVAL_STATE_NONE;
	all.limit = 1;
	assert_int_equal(list(board, board->manager, &all), 1);
	all.mine = true;
	assert_int_equal(desk_list(board->desk, board->manager, RPC_approval_list, &all.base),
			 STATUS_INVALID);
}

static void what_is_not_ones_own_does_not_exist(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);

	assert_null(board_show(board, DESK_WANG, number));
	assert_string_equal(desk_reason(board->desk), "approval_unknown");
	assert_null(board_show(board, board->other, number));
	assert_int_equal(board->desk->call.subject_count, 0);
	assert_int_equal(board_approve(board, board->other, number), STATUS_NOT_FOUND);
	assert_int_equal(board->desk->call.subject_count, 0);
	assert_null(board_show(board, board->other, "NONE-1"));
	assert_non_null(board_show(board, board->manager, number));
	assert_non_null(board_show(board, DESK_AUDITOR, number));
}

static const Pb__StatusReply *look_status(struct board *board, uint64_t who)
{
	Pb__StatusRequest request = PB__STATUS_REQUEST__INIT;
	ProtobufCMessage *reply;

	assert_int_equal(desk_look(board->desk, who, RPC_status, &request.base, &reply), STATUS_OK);
	return (const Pb__StatusReply *)(void *)reply;
}

static void what_waits_too_long_is_marked_and_told(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);

	desk_sleep(board->desk, 2);
	board->desk->now -= 100;
	assert_false(board_show(board, board->head, number)->view->overdue);
	assert_int_equal(look_status(board, board->head)->approvals_waiting, 1);
	assert_int_equal(look_status(board, board->head)->approvals_overdue, 0);
	desk_sleep(board->desk, 1);
	(void)board_ask(board, DESK_CLERK_CD);
	assert_true(board_show(board, board->head, number)->view->overdue);
	assert_int_equal(board_show(board, board->head, number)->view->waiting_days, 2);
	assert_int_equal(look_status(board, board->head)->approvals_waiting, 2);
	assert_int_equal(look_status(board, board->head)->approvals_overdue, 1);
	assert_int_equal(look_status(board, DESK_CLERK_CD)->approvals_waiting, 0);
	assert_int_equal(look_status(board, board->other)->approvals_waiting, 0);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(look_status(board, board->second)->approvals_overdue, 0);
}

static void an_approval_not_used_in_time_is_expired(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);
	const Pb__ApprovalView *view;

	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	view = board_show(board, DESK_CLERK_CD, number)->view;
	assert_false(view->expired);
	assert_true(approval_is_usable(view->approval, DESK_CLERK_CD, board->desk->now));
	assert_false(approval_is_usable(view->approval, DESK_WANG, board->desk->now));
	desk_sleep(board->desk, 1);
	view = board_show(board, DESK_CLERK_CD, number)->view;
	assert_true(view->expired);
	assert_int_equal(view->approval->state, PB__APPROVAL_STATE__APPROVED);
	assert_false(approval_is_usable(view->approval, DESK_CLERK_CD, board->desk->now));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_asked_is_shown_with_rule_inputs_and_levels),
		TEST(a_rule_that_was_changed_since_does_not_change_what_was_asked),
		TEST(levels_that_the_rule_does_not_give_are_noticed),
		TEST(each_level_decides_in_its_turn),
		TEST(a_refusal_needs_an_opinion_and_ends_it),
		TEST(a_decision_is_one_of_two),
		TEST(who_asked_may_take_it_back_while_it_waits),
		TEST(what_cannot_be_asked_is_refused),
		TEST(what_needs_no_approval_is_not_asked_for),
		TEST(a_list_has_what_waits_for_one_oldest_first),
		TEST(a_list_of_all_stays_in_scope),
		TEST(what_is_not_ones_own_does_not_exist),
		TEST(what_waits_too_long_is_marked_and_told),
		TEST(an_approval_not_used_in_time_is_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
