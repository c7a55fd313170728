/* Who may decide, and every way of deciding what one may not. */
#include "tests/unit/service/board.h"

#include <string.h>

/* The decision is refused for that reason, and changes nothing. */
static void refused(struct board *board, uint64_t who, const char *number, const char *reason)
{
	assert_int_not_equal(board_approve(board, who, number), STATUS_OK);
	assert_string_equal(desk_reason(board->desk), reason);
	assert_int_not_equal(board_decline(board, who, number, "不同意"), STATUS_OK);
	assert_string_equal(desk_reason(board->desk), reason);
}

static void hand_over(struct board *board, const char *from, const char *to)
{
	Pb__HandoverRequest request = PB__HANDOVER_REQUEST__INIT;

	request.from = from;
	request.to = to;
	request.reason = "离职移交";
	assert_int_equal(desk_act(board->desk, DESK_OFFICER, RPC_handover, &request.base, NULL),
			 STATUS_OK);
}

static void nobody_without_the_office_of_head_decides(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);

	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	refused(board, DESK_ARCHIVIST, number, "approval_unknown");
	refused(board, board->other, number, "approval_unknown");
	refused(board, board->manager, number, "approval_not_yours");
	refused(board, DESK_AUDITOR, number, "role_forbids");
	refused(board, DESK_OFFICER, number, "approval_unknown");
	assert_int_equal(board_show(board, DESK_WANG, number)->view->n_decisions, 0);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
}

static void what_a_head_asks_the_manager_decides(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, board->head);
	const Pb__Approval *row = board_show(board, board->head, number)->view->approval;

	assert_string_equal(row->inputs[0]->value, "head");
	assert_int_equal(row->levels[0], PB__APPROVAL_LEVEL__MANAGER);
	refused(board, board->head, number, "approval_own");
	refused(board, board->second, number, "approval_not_yours");
	assert_int_equal(board_approve(board, board->manager, number), STATUS_OK);
}

static void a_manager_does_not_decide_what_he_asked_himself(void **state)
{
	struct board *board = *state;
	const char *number;

	board_rule(board->desk->config->approval_sensitive, "gm");
	number = board_ask(board, board->manager);
	refused(board, board->manager, number, "approval_own");
	assert_int_equal(board_delegate(board, board->manager, "luo.hua", 0, 3), STATUS_OK);
	refused(board, board->head, number, "approval_own");
	assert_int_equal(
		board_approve(board,
			      board_person(board, "xu.zong", "HQ", PB__ROLE__GENERAL_MANAGER),
			      number),
		STATUS_OK);
}

static void a_delegate_decides_for_a_head_and_is_named(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);
	const Pb__ApprovalView *view;

	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	assert_int_equal(board_waiting(board, DESK_CLERK_CD), 1);
	assert_int_equal(board_approve(board, DESK_CLERK_CD, number), STATUS_OK);
	assert_int_equal(board->desk->call.subject_count, 3); /* approval, customer, the head */
	view = board_show(board, DESK_WANG, number)->view;
	assert_string_equal(view->decisions[0]->by, "chen");
	assert_string_equal(view->decisions[0]->on_behalf_of, "luo.hua");
}

static void a_delegate_decides_within_the_dates_only(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);

	assert_int_equal(board_delegate(board, board->head, "chen", 1, 2), STATUS_OK);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	desk_sleep(board->desk, 3);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	assert_int_equal(board_waiting(board, DESK_CLERK_CD), 0);
	desk_sleep(board->desk, -1);
	assert_int_equal(board_approve(board, DESK_CLERK_CD, number), STATUS_OK);
}

static void a_delegate_does_not_decide_his_own_ask(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_CLERK_CD);

	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	refused(board, DESK_CLERK_CD, number, "approval_own");
}

static void who_asked_does_not_decide_when_it_was_handed_over_and_back(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);

	hand_over(board, "wang.fang", "li.na");
	assert_int_equal(board_delegate(board, board->head, "wang.fang", 0, 3), STATUS_OK);
	refused(board, DESK_WANG, number, "approval_unknown");
	hand_over(board, "li.na", "chen");
	assert_int_equal(board_delegate(board, board->head, "li.na", 0, 3), STATUS_OK);
	refused(board, DESK_LI_1, number, "approval_unknown");
	refused(board, DESK_WANG, number, "approval_unknown");
	hand_over(board, "chen", "wang.fang");
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	assert_int_equal(board_approve(board, board->second, number), STATUS_OK);
}

static void who_got_a_delegation_cannot_pass_it_on(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);

	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	assert_int_equal(board_delegate(board, DESK_CLERK_CD, "li.na", 0, 3), STATUS_DENIED);
	/* Nor where he may delegate what is his own: that of another is not among it. */
	assert_int_equal(board_delegate(board, board->head, "qian.bo", 0, 3), STATUS_OK);
	assert_int_equal(board_delegate(board, board->other, "li.na", 0, 3), STATUS_OK);
	refused(board, DESK_LI_1, number, "approval_unknown");
	assert_int_equal(board_approve(board, board->other, number), STATUS_OK);
}

static void set_person(struct board *board, uint64_t id, Pb__Role role, Pb__PrincipalState now)
{
	Pb__Principal *row;
	struct txn *txn;

	assert_int_equal(store_write(board->desk->store, &txn), STATUS_OK);
	row = principal_get(txn, id, &board->desk->keep);
	row->role = role;
	row->state = now;
	principal_put(txn, row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void a_delegation_of_who_decides_no_more_counts_no_more(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);

	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	set_person(board, board->head, PB__ROLE__CLERK, PB__PRINCIPAL_STATE__ACTIVE);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	set_person(board, board->head, PB__ROLE__APPROVER, PB__PRINCIPAL_STATE__SUSPENDED);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	set_person(board, board->head, PB__ROLE__APPROVER, PB__PRINCIPAL_STATE__ACTIVE);
	assert_int_equal(board_approve(board, DESK_CLERK_CD, number), STATUS_OK);
}

static void nobody_decides_twice_in_person_or_by_another(void **state)
{
	struct board *board = *state;
	const char *number;

	board_rule(board->desk->config->approval_sensitive, "head + head");
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	number = board_ask(board, DESK_WANG);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	refused(board, board->head, number, "approval_twice");
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	assert_int_equal(board_approve(board, board->second, number), STATUS_OK);
	number = board_ask(board, DESK_WANG);
	assert_int_equal(board_approve(board, DESK_CLERK_CD, number), STATUS_OK);
	refused(board, board->head, number, "approval_twice");
	assert_int_equal(board_delegate(board, board->second, "chen", 0, 3), STATUS_OK);
	refused(board, DESK_CLERK_CD, number, "approval_twice");
	assert_int_equal(board_approve(board, board->second, number), STATUS_OK);
}

static void who_decides_second_is_told_who_decided(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);
	int64_t decided = board->desk->now;

	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(board_decline(board, board->second, number, "不同意"), STATUS_STALE);
	assert_string_equal(desk_reason(board->desk), "approval_decided");
	assert_string_equal(board->desk->call.refusal.subject, number);
	assert_string_equal(board->desk->call.refusal.holder, "luo.hua");
	assert_int_equal(board->desk->call.refusal.since, decided);
}

/* ---- grants ---- */

/* A grant to somebody with its approval, as asked for by a clerk: its number. */
static const char *put_grant(struct board *board, uint64_t grantee, int64_t not_after)
{
	Pb__Approval approval = PB__APPROVAL__INIT;
	Pb__Grant grant = PB__GRANT__INIT;
	Pb__ApprovalLevel level = PB__APPROVAL_LEVEL__HEAD;
	struct txn *txn;

	grant.id = 1;
	grant.number = "CD-SQ-2026-00001";
	grant.principal_id = grantee;
	grant.not_after = not_after;
	grant.approval_id = 1;
	approval.id = 1;
	approval.number = "CD-SP-2026-00009";
	approval.kind = 1;
	approval.state = PB__APPROVAL_STATE__WAITING;
	approval.waiting = 1;
	approval.office_id = 2; /* CD */
	approval.asked_by = DESK_WANG;
	approval.subject_kind = SUBJECT_GRANT;
	approval.subject_id = grant.id;
	approval.rule = "head";
	approval.rule_version = 1;
	approval.levels = &level;
	approval.n_levels = 1;
	assert_int_equal(store_write(board->desk->store, &txn), STATUS_OK);
	grant_put(txn, &grant);
	approval_put(txn, &approval);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	return "CD-SP-2026-00009";
}

static void nobody_approves_access_for_himself(void **state)
{
	struct board *board = *state;
	const char *number = put_grant(board, board->head, board->desk->now + DESK_DAY);

	refused(board, board->head, number, "approval_own");
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	assert_int_equal(board_approve(board, board->second, number), STATUS_OK);
	assert_int_equal(board_show(board, DESK_WANG, number)->view->approval->usable_until, 0);
	assert_string_equal(board_show(board, DESK_WANG, number)->view->subject,
			    "CD-SQ-2026-00001");
}

static void a_grant_that_is_over_is_declined_but_not_approved(void **state)
{
	struct board *board = *state;
	const char *number = put_grant(board, DESK_AUDITOR, board->desk->now);

	assert_int_equal(board_approve(board, board->head, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_too_late");
	assert_int_equal(board_decline(board, board->head, number, "已过期"), STATUS_OK);
}

/* ---- delegating ---- */

static void whoever_cannot_decide_cannot_be_named(void **state)
{
	struct board *board = *state;
	const Pb__Refusal *refusal = &board->desk->call.refusal;

	(void)board_person(board, "lawyer.qin", "CD", PB__ROLE__LAWYER);
	(void)board_person(board, "device", "HQ", PB__ROLE__WITNESS);
	assert_int_equal(board_delegate(board, board->head, "luo.hua", 0, 3), STATUS_DENIED);
	assert_string_equal(refusal->reason, "delegate_self");
	assert_int_equal(board_delegate(board, board->head, "lawyer.qin", 0, 3), STATUS_DENIED);
	assert_string_equal(refusal->reason, "delegate_unfit");
	assert_int_equal(board_delegate(board, board->head, "device", 0, 3), STATUS_DENIED);
	assert_int_equal(board_delegate(board, board->head, "officer", 0, 3), STATUS_DENIED);
	assert_int_equal(board_delegate(board, board->head, "audit", 0, 3), STATUS_DENIED);
	assert_int_equal(board_delegate(board, board->head, "nobody", 0, 3), STATUS_NOT_FOUND);
	set_person(board, DESK_CLERK_CD, PB__ROLE__CLERK, PB__PRINCIPAL_STATE__SUSPENDED);
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_DENIED);
	assert_int_equal(board_delegate(board, DESK_ARCHIVIST, "li.na", 0, 3), STATUS_DENIED);
	assert_string_equal(refusal->reason, "role_forbids");
}

static void dates_of_a_delegation_are_judged(void **state)
{
	struct board *board = *state;
	const Pb__Refusal *refusal = &board->desk->call.refusal;

	assert_int_equal(board_delegate(board, board->head, "chen", 0, -1), STATUS_INVALID);
	assert_string_equal(refusal->reason, "in_the_past");
	assert_int_equal(board_delegate(board, board->head, "chen", -1, 3), STATUS_INVALID);
	assert_int_equal(board_delegate(board, board->head, "chen", 3, 2), STATUS_INVALID);
	assert_string_equal(refusal->reason, "out_of_range");
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 366), STATUS_INVALID);
	assert_int_equal(board_delegate(board, board->head, "chen", 0, -DESK_TODAY),
			 STATUS_INVALID);
	assert_string_equal(refusal->reason, "required");
	assert_int_equal(board_delegate(board, board->head, "chen", -DESK_TODAY, 0), STATUS_OK);
	assert_int_equal(board_delegate(board, board->head, "chen", 0, 365), STATUS_OK);
}

static enum status end(struct board *board, uint64_t who, uint64_t id)
{
	Pb__DelegationEndRequest request = PB__DELEGATION_END_REQUEST__INIT;

	request.delegation = id;
	return desk_act(board->desk, who, RPC_delegation_end, &request.base, NULL);
}

static size_t delegations(struct board *board, uint64_t who, bool all)
{
	Pb__DelegationListRequest request = PB__DELEGATION_LIST_REQUEST__INIT;

	request.all = all;
	assert_int_equal(desk_list(board->desk, who, RPC_delegation_list, &request.base),
			 STATUS_OK);
	return board->desk->scan.count;
}

static void a_delegation_is_listed_and_ended_by_who_gave_it(void **state)
{
	struct board *board = *state;
	const char *number = board_ask(board, DESK_WANG);
	const Pb__DelegationListReply *row;

	assert_int_equal(board_delegate(board, board->head, "chen", 0, 3), STATUS_OK);
	assert_int_equal(delegations(board, DESK_CLERK_CD, false), 1);
	row = (const Pb__DelegationListReply *)(void *)desk_row(board->desk, 0);
	assert_string_equal(row->view->from, "luo.hua");
	assert_string_equal(row->view->to, "chen");
	assert_true(row->view->active);
	assert_int_equal(delegations(board, DESK_WANG, true), 0);
	assert_int_equal(delegations(board, board->second, true), 1);
	assert_int_equal(delegations(board, board->other, true), 0);
	assert_int_equal(delegations(board, board->manager, true), 1);
	assert_int_equal(end(board, board->second, 1), STATUS_NOT_FOUND);
	assert_int_equal(end(board, board->manager, 1), STATUS_NOT_FOUND);
	assert_int_equal(end(board, board->head, 0), STATUS_NOT_FOUND);
	assert_int_equal(end(board, board->head, 1), STATUS_OK);
	assert_int_equal(end(board, board->head, 1), STATUS_STALE);
	refused(board, DESK_CLERK_CD, number, "approval_unknown");
	assert_int_equal(delegations(board, board->head, false), 0);
	assert_int_equal(delegations(board, board->head, true), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_without_the_office_of_head_decides),
		TEST(what_a_head_asks_the_manager_decides),
		TEST(a_manager_does_not_decide_what_he_asked_himself),
		TEST(a_delegate_decides_for_a_head_and_is_named),
		TEST(a_delegate_decides_within_the_dates_only),
		TEST(a_delegate_does_not_decide_his_own_ask),
		TEST(who_asked_does_not_decide_when_it_was_handed_over_and_back),
		TEST(who_got_a_delegation_cannot_pass_it_on),
		TEST(a_delegation_of_who_decides_no_more_counts_no_more),
		TEST(nobody_decides_twice_in_person_or_by_another),
		TEST(who_decides_second_is_told_who_decided),
		TEST(nobody_approves_access_for_himself),
		TEST(a_grant_that_is_over_is_declined_but_not_approved),
		TEST(whoever_cannot_decide_cannot_be_named),
		TEST(dates_of_a_delegation_are_judged),
		TEST(a_delegation_is_listed_and_ended_by_who_gave_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
