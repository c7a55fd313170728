/* What passes from a leaver to his successor. */
#include "tests/unit/service/company.h"

#include <string.h>

static enum status hand_over(struct desk *desk, const char *from, const char *to,
			     const Pb__HandoverReply **reply)
{
	Pb__HandoverRequest request = PB__HANDOVER_REQUEST__INIT;
	ProtobufCMessage *decided;
	enum status status;

	request.from = from;
	request.to = to;
	request.reason = "离职移交";
	status = desk_act(desk, DESK_OFFICER, RPC_handover, &request.base, &decided);
	*reply = (const Pb__HandoverReply *)(void *)decided;
	return status;
}

static const Pb__PrincipalShowReply *show(struct desk *desk, const char *login)
{
	Pb__PrincipalShowRequest request = PB__PRINCIPAL_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = login;
	assert_int_equal(desk_look(desk, DESK_OFFICER, RPC_principal_show, &request.base, &reply),
			 STATUS_OK);
	return (const Pb__PrincipalShowReply *)(void *)reply;
}

static void refused(struct desk *desk, enum status status, enum status expected, const char *reason)
{
	assert_int_equal(status, expected);
	assert_string_equal(desk_reason(desk), reason);
}

static enum status close_account(struct desk *desk, const char *login)
{
	Pb__PrincipalStateRequest request = PB__PRINCIPAL_STATE_REQUEST__INIT;

	request.login = login;
	request.state = PB__PRINCIPAL_STATE__CLOSED;
	request.reason = "离职";
	return desk_act(desk, DESK_OFFICER, RPC_principal_state, &request.base, NULL);
}

/* A waiting approval of that asker; the decider (0: nobody yet) approved its first level. */
static void ask(struct desk *desk, uint64_t asker, uint64_t decider)
{
	Pb__Approval row = PB__APPROVAL__INIT;
	Pb__Decision decision = PB__DECISION__INIT;
	Pb__Decision *decisions[] = {&decision};
	Pb__ApprovalLevel levels[] = {PB__APPROVAL_LEVEL__HEAD, PB__APPROVAL_LEVEL__MANAGER};
	struct txn *txn;

	row.id = 1;
	row.number = "CD-SP-1";
	row.asked_by = asker;
	row.state = PB__APPROVAL_STATE__WAITING;
	row.waiting = 1;
	row.office_id = 2;
	row.levels = levels;
	row.n_levels = 2;
	decision.level = PB__APPROVAL_LEVEL__HEAD;
	decision.by = decider;
	decision.approved = true;
	row.decisions = decisions;
	row.n_decisions = decider == 0 ? 0 : 1;
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	approval_put(txn, &row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void delegate(struct desk *desk, uint64_t id, uint64_t from, uint64_t to, int32_t until)
{
	Pb__Delegation row = PB__DELEGATION__INIT;
	struct txn *txn;

	row.id = id;
	row.from_id = from;
	row.to_id = to;
	row.from_date = DESK_TODAY - 9;
	row.until_date = until;
	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	delegation_put(txn, &row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void everything_passes_to_the_successor(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const char *customer = company_customer(company, "XS", "xiao");
	const char *item = desk_add_piece(desk, DESK_CLERK_CD, customer, NULL);
	const Pb__HandoverReply *reply;
	const Pb__PrincipalShowReply *shown;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, item, "xiao"), STATUS_OK);
	ask(desk, company->seller, 0);
	delegate(desk, 1, company->seller, DESK_CLERK_CD, DESK_TODAY);
	delegate(desk, 2, DESK_CLERK_CD, company->seller, DESK_TODAY + 3);
	delegate(desk, 3, company->seller, DESK_CLERK_CD, DESK_TODAY - 1);
	shown = show(desk, "xiao");
	assert_int_equal(shown->customers->count, 1);
	assert_int_equal(shown->loans->count, 1);
	assert_string_equal(shown->loans->first[0], item);
	assert_int_equal(shown->asked->count, 1);
	assert_string_equal(shown->asked->first[0], "CD-SP-1");
	assert_int_equal(shown->delegations->count, 2);
	assert_string_equal(shown->delegations->first[0], "chen");
	assert_int_equal(hand_over(desk, "xiao", "xie", &reply), STATUS_OK);
	assert_int_equal(reply->n_customers, 1);
	assert_int_equal(reply->n_loans, 1);
	assert_string_equal(reply->loans[0]->number, item);
	assert_string_equal(reply->to_name, "xie");
	assert_int_equal(reply->n_approvals, 1);
	assert_int_equal(reply->n_delegations, 2);
	assert_int_equal(reply->left, 0);
	assert_int_equal(company_count_customers(company, company->seller2, ""), 1);
	assert_int_equal(company_count_customers(company, company->seller, ""), 0);
	assert_string_equal(desk_show(desk, DESK_CLERK_CD, item)->loan->loan->borrower, "xie");
	assert_int_equal(close_account(desk, "xiao"), STATUS_OK);
	assert_int_equal(desk_return(desk, DESK_CLERK_CD, item), STATUS_OK);
}

static void who_keeps_accounts_is_told_which_grants_ended_but_not_what_they_say(void **state)
{
	struct company *company = *state;
	Pb__PrincipalStateReply reply = PB__PRINCIPAL_STATE_REPLY__INIT;
	Pb__Grant grant = PB__GRANT__INIT;
	Pb__Grant *grants[] = {&grant};

	grant.number = "HQ-SQ-2026-00001";
	grant.matter = "内容";
	reply.grants = grants;
	reply.n_grants = 1;
	assert_int_equal(mask_message(&reply.base, MASK_RIGHT_NONE, &company->desk.keep),
			 STATUS_OK);
	assert_string_equal(grant.number, "HQ-SQ-2026-00001");
	assert_string_equal(grant.matter, "****");
}

static void a_handover_needs_an_active_colleague(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const Pb__HandoverReply *reply;

	(void)company_customer(company, "", "xiao");
	(void)desk_add_person(desk, "lin", "CD", "", PB__ROLE__LAWYER);
	refused(desk, hand_over(desk, "xiao", "xiao", &reply), STATUS_INVALID, "same_person");
	refused(desk, hand_over(desk, "xiao", "nobody", &reply), STATUS_NOT_FOUND, "login_unknown");
	refused(desk, hand_over(desk, "nobody", "xie", &reply), STATUS_NOT_FOUND, "login_unknown");
	refused(desk, hand_over(desk, "xiao", "lin", &reply), STATUS_BLOCKED, "not_on_duty");
	refused(desk, hand_over(desk, "xiao", "officer", &reply), STATUS_DENIED, "own_account");
	refused(desk, hand_over(desk, "officer", "xie", &reply), STATUS_DENIED, "own_account");
	assert_int_equal(close_account(desk, "xie"), STATUS_OK);
	refused(desk, hand_over(desk, "xiao", "xie", &reply), STATUS_BLOCKED, "not_on_duty");
	assert_int_equal(company_count_customers(company, company->seller, ""), 1);
}

static void who_decided_does_not_become_who_asked(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const Pb__HandoverReply *reply;

	ask(desk, company->seller, company->seller2);
	refused(desk, hand_over(desk, "xiao", "xie", &reply), STATUS_BLOCKED, "decided_by");
	assert_string_equal(desk->call.refusal.holder, "xie");
	assert_int_equal(hand_over(desk, "xiao", "chen", &reply), STATUS_OK);
}

static void approvals_are_shown_to_whom_they_wait_for(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;

	(void)desk_add_person(desk, "head", "CD", "", PB__ROLE__APPROVER);
	(void)desk_add_person(desk, "head.sh", "SH", "", PB__ROLE__APPROVER);
	(void)desk_add_person(desk, "manager", "HQ", "", PB__ROLE__GENERAL_MANAGER);
	ask(desk, company->seller, 0);
	assert_int_equal(show(desk, "head")->decides->count, 1);
	assert_int_equal(show(desk, "head.sh")->decides->count, 0);
	assert_int_equal(show(desk, "manager")->decides->count, 0);
	ask(desk, company->seller, DESK_WANG);
	assert_int_equal(show(desk, "head")->decides->count, 0);
	assert_int_equal(show(desk, "manager")->decides->count, 1);
	assert_int_equal(close_account(desk, "manager"), STATUS_OK);
}

/* As many customers, each with a note of that length. */
static void add_customers(struct company *company, unsigned count, size_t note_len)
{
	char note[2001];
	struct txn *txn;

	memset(note, 'x', note_len);
	note[note_len] = '\0';
	assert_int_equal(store_write(company->desk.store, &txn), STATUS_OK);
	for (unsigned i = 1; i <= count; i++) {
		Pb__Customer row = PB__CUSTOMER__INIT;

		row.id = i;
		row.number = arena_printf(&company->desk.keep, "CD-C-2026-%05u", i);
		row.name = "客户";
		row.office_id = 2;
		row.owner_id = company->seller;
		row.note = note;
		row.version = 1;
		customer_put(txn, &row);
	}
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void hand_all_over(struct company *company, unsigned count, unsigned acts)
{
	const Pb__HandoverReply *reply;
	unsigned handed = 0;

	for (unsigned i = 0; i < acts; i++) {
		assert_int_equal(hand_over(&company->desk, "xiao", "xie", &reply), STATUS_OK);
		handed += (unsigned)reply->n_customers;
		assert_int_equal(reply->left == 0, i + 1 == acts);
	}
	assert_int_equal(handed, count);
	assert_int_equal(show(&company->desk, "xiao")->customers->count, 0);
	assert_int_equal(show(&company->desk, "xie")->customers->count,
			 count > 1000 ? 1000 : count);
}

static void a_large_handover_takes_several_acts(void **state)
{
	add_customers(*state, 2500, 0);
	refused(&((struct company *)*state)->desk,
		close_account(&((struct company *)*state)->desk, "xiao"), STATUS_BLOCKED,
		"still_holds");
	hand_all_over(*state, 2500, 3);
}

/* The last act finds no more than is counted, but cannot know that: one more says so. */
static void a_handover_of_as_many_as_are_counted_is_whole(void **state)
{
	const Pb__HandoverReply *reply;

	add_customers(*state, 1000, 0);
	assert_int_equal(hand_over(&((struct company *)*state)->desk, "xiao", "xie", &reply),
			 STATUS_OK);
	assert_int_equal(reply->left, 1);
	assert_int_equal(hand_over(&((struct company *)*state)->desk, "xiao", "xie", &reply),
			 STATUS_OK);
	assert_int_equal(reply->left, 0);
}

static void large_records_are_fewer_in_an_act(void **state)
{
	add_customers(*state, 300, 2000);
	hand_all_over(*state, 300, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, company_open, company_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_passes_to_the_successor),
		TEST(who_keeps_accounts_is_told_which_grants_ended_but_not_what_they_say),
		TEST(a_handover_needs_an_active_colleague),
		TEST(who_decided_does_not_become_who_asked),
		TEST(approvals_are_shown_to_whom_they_wait_for),
		TEST(a_large_handover_takes_several_acts),
		TEST(a_handover_of_as_many_as_are_counted_is_whole),
		TEST(large_records_are_fewer_in_an_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
