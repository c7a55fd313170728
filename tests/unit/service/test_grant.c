/* Grants: who may ask for what, what an outsider is not told, ends. */
#include "tests/unit/service/mandate.h"

#include <string.h>

static Pb__GrantRequestRequest asking(void)
{
	Pb__GrantRequestRequest request = PB__GRANT_REQUEST_REQUEST__INIT;

	request.matter = "合同纠纷";
	request.represented = "锦江贸易";
	request.purpose = "代理诉讼";
	return request;
}

static enum status ask(struct shelf *shelf, uint64_t who, const Pb__GrantRequestRequest *request,
		       Pb__GrantRequestReply **reply)
{
	return desk_act(&shelf->desk, who, RPC_grant_request, &request->base,
			(ProtobufCMessage **)(void *)reply);
}

static enum status revoke(struct shelf *shelf, uint64_t who, const char *grant)
{
	Pb__GrantRevokeRequest request = PB__GRANT_REVOKE_REQUEST__INIT;

	request.grant = grant;
	request.reason = "委托已解除";
	return desk_act(&shelf->desk, who, RPC_grant_revoke, &request.base, NULL);
}

static void refused(struct shelf *shelf, uint64_t who, const Pb__GrantRequestRequest *request,
		    enum status status, const char *reason)
{
	assert_int_equal(ask(shelf, who, request, NULL), status);
	assert_string_equal(desk_reason(&shelf->desk), reason);
}

/* ---- asking ---- */

static void a_lawyer_who_asks_is_not_told_what_there_is(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	const char *names[] = {shelf->customer, "C1", "CD-C-2026-99999"};
	const char *item = shelf->single;
	Pb__GrantRequestReply *reply;

	request.customers = names;
	request.n_customers = 3;
	request.items = &item;
	request.n_items = 1;
	assert_int_equal(ask(shelf, MANDATE_LAWYER, &request, &reply), STATUS_OK);
	assert_string_equal(reply->grant->number, "CD-SQ-2026-00001");
	assert_int_equal(reply->grant->n_customers, 0);
	assert_int_equal(reply->grant->n_items, 0);
	assert_int_equal(reply->grant->n_named_customers, 3);
	assert_null(reply->opened);
	assert_int_equal(shelf->desk.call.subject_count, 2);
}

static void a_clerk_is_told_at_once_what_is_not_there(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	const char *name = "CD-C-2026-99999";
	Pb__GrantRequestReply *reply;

	request.principal = "lin.hao";
	request.channel = PB__CHANNEL__LETTER;
	request.customers = &name;
	request.n_customers = 1;
	refused(shelf, DESK_CLERK_CD, &request, STATUS_NOT_FOUND, "customer_unknown");
	name = "C1";
	assert_int_equal(ask(shelf, DESK_CLERK_CD, &request, &reply), STATUS_OK);
	assert_int_equal(reply->grant->customers[0], *mandate_customer_id(shelf, shelf->customer));
	assert_int_equal(reply->grant->n_named_customers, 0);
	assert_int_equal(reply->grant->principal_id, MANDATE_LAWYER);
	assert_int_equal(reply->opened->approval->subject_id, reply->grant->id);
	refused(shelf, DESK_CLERK_SH, &request, STATUS_NOT_FOUND, "customer_unknown");
}

static void a_request_says_what_its_class_must_say(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();

	refused(shelf, MANDATE_LAWYER, &request, STATUS_INVALID, "required");
	assert_string_equal(shelf->desk.call.refusal.field, "customers");
	request.customers = &shelf->customer;
	request.n_customers = 1;
	request.represented = " ";
	refused(shelf, MANDATE_LAWYER, &request, STATUS_INVALID, "required");
	assert_string_equal(shelf->desk.call.refusal.field, "represented");
	request = asking();
	request.everything = true;
	refused(shelf, MANDATE_LAWYER, &request, STATUS_DENIED, "grant_everything");
	request.everything = false;
	request.principal = "jinjiang";
	refused(shelf, MANDATE_LAWYER, &request, STATUS_NOT_FOUND, "login_unknown");
	request.principal = "wang.fang";
	request.channel = PB__CHANNEL__COUNTER;
	refused(shelf, DESK_CLERK_CD, &request, STATUS_BLOCKED, "grant_not_for");
}

static void an_organisation_asks_for_itself_alone(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	const char *series = "CD-";
	const char *other = desk_add_customer(&shelf->desk, DESK_CLERK_CD, "别家公司", "");
	Pb__GrantRequestReply *reply;

	assert_int_equal(ask(shelf, MANDATE_ENTERPRISE, &request, &reply), STATUS_OK);
	assert_int_equal(reply->grant->customers[0], *mandate_customer_id(shelf, shelf->customer));
	request.series = &series;
	request.n_series = 1;
	refused(shelf, MANDATE_ENTERPRISE, &request, STATUS_DENIED, "grant_own_records");
	request.n_series = 0;
	request.principal = "jinjiang";
	request.channel = PB__CHANNEL__COUNTER;
	request.customers = &other;
	request.n_customers = 1;
	refused(shelf, DESK_CLERK_CD, &request, STATUS_DENIED, "grant_own_records");
}

static void a_clerk_grants_no_series_of_another_office(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	const char *series = "SH-KH-";

	request.principal = "lin.hao";
	request.channel = PB__CHANNEL__COUNTER;
	request.series = &series;
	request.n_series = 1;
	refused(shelf, DESK_CLERK_CD, &request, STATUS_DENIED, "office_forbids");
	assert_int_equal(ask(shelf, DESK_ARCHIVIST, &request, NULL), STATUS_OK);
}

static void an_auditor_may_ask_for_everything(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	Pb__GrantRequestReply *reply;

	request.everything = true;
	assert_int_equal(ask(shelf, DESK_AUDITOR, &request, &reply), STATUS_OK);
	assert_non_null(reply->opened);
}

static void access_lasts_as_long_as_the_rule_says_at_most(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();
	Pb__GrantRequestReply *reply;
	int64_t midnight = (DESK_TODAY + 31) * DESK_DAY - DESK_DAY / 3; /* the zone is 8 hours */

	request.customers = &shelf->customer;
	request.n_customers = 1;
	request.until = DESK_TODAY + 31;
	refused(shelf, MANDATE_LAWYER, &request, STATUS_INVALID, "beyond_rule");
	request.until = DESK_TODAY - 1;
	refused(shelf, MANDATE_LAWYER, &request, STATUS_INVALID, "in_the_past");
	request.until = 0;
	assert_int_equal(ask(shelf, MANDATE_LAWYER, &request, &reply), STATUS_OK);
	assert_int_equal(reply->grant->not_after, midnight);
	request.from = DESK_TODAY + 5;
	request.until = DESK_TODAY + 5;
	assert_int_equal(ask(shelf, MANDATE_LAWYER, &request, &reply), STATUS_OK);
	assert_int_equal(reply->grant->not_after - reply->grant->not_before, DESK_DAY);
}

/* ---- showing, ending ---- */

static void the_grantee_learns_what_is_covered_when_it_is_approved(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, "C1");
	const Pb__GrantView *view;
	Pb__GrantPaperReply *reply;

	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, &reply),
			 STATUS_OK);
	view = mandate_shown(shelf, MANDATE_LAWYER, grant);
	assert_int_equal(view->n_customers, 0);
	assert_int_equal(view->grant->n_customers, 0);
	assert_string_equal(view->approval, "");
	assert_string_equal(view->asked_by, "");
	view = mandate_shown(shelf, DESK_CLERK_CD, grant);
	assert_string_equal(view->customers[0], shelf->customer);
	assert_non_null(view->approval);
	assert_int_equal(
		mandate_check_off(shelf, DESK_CLERK_CD, grant, PB__PAPER_KIND__WORK_ID, 0, &reply),
		STATUS_OK);
	mandate_put(shelf, reply->grant, PB__APPROVAL_STATE__APPROVED);
	view = mandate_shown(shelf, MANDATE_LAWYER, grant);
	assert_int_equal(view->state, PB__GRANT_STATE__GRANT_ACTIVE);
	assert_string_equal(view->customers[0], shelf->customer);
	assert_int_equal(view->grant->papers[0]->checked_by, 0);
}

static void grants_of_others_do_not_exist(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, shelf->customer);
	Pb__GrantListRequest list = PB__GRANT_LIST_REQUEST__INIT;

	assert_null(mandate_shown(shelf, MANDATE_ENTERPRISE, grant));
	assert_string_equal(desk_reason(&shelf->desk), "grant_unknown");
	assert_null(mandate_shown(shelf, DESK_CLERK_SH, grant));
	assert_int_equal(desk_list(&shelf->desk, MANDATE_ENTERPRISE, RPC_grant_list, &list.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
	assert_int_equal(desk_list(&shelf->desk, MANDATE_LAWYER, RPC_grant_list, &list.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 1);
	list.state = PB__GRANT_STATE__GRANT_ACTIVE;
	assert_int_equal(desk_list(&shelf->desk, DESK_CLERK_CD, RPC_grant_list, &list.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
	list.state = PB__GRANT_STATE__GRANT_REQUESTED;
	assert_int_equal(desk_list(&shelf->desk, DESK_CLERK_CD, RPC_grant_list, &list.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 1);
}

static void a_revoked_grant_ends_at_once_and_once(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant =
		mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	uint64_t manager = mandate_manager(shelf);

	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_int_equal(revoke(shelf, DESK_CLERK_CD, grant->number), STATUS_DENIED);
	assert_int_equal(revoke(shelf, manager, grant->number), STATUS_OK);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_int_equal(mandate_shown(shelf, MANDATE_LAWYER, grant->number)->state,
			 PB__GRANT_STATE__GRANT_REVOKED);
	assert_int_equal(revoke(shelf, manager, grant->number), STATUS_BLOCKED);
	assert_int_equal(mandate_check_off(shelf, DESK_ARCHIVIST, grant->number,
					   PB__PAPER_KIND__WORK_ID, 0, NULL),
			 STATUS_BLOCKED);
}

static const Pb__Grant *stored(struct shelf *shelf, uint64_t id)
{
	struct txn *txn;
	const Pb__Grant *row;

	assert_int_equal(store_read(shelf->desk.store, &txn), STATUS_OK);
	row = grant_get(txn, id, &shelf->desk.keep);
	txn_end(txn);
	assert_non_null(row);
	return row;
}

/* What an entry holds has an end, what somebody asks for has not. */
static void closing_an_account_ends_all_grants_however_much_they_name(void **state)
{
	enum { GRANTS = 20, NAMES = 500, NAME_LEN = 200 };
	struct shelf *shelf = *state;
	Pb__PrincipalStateRequest request = PB__PRINCIPAL_STATE_REQUEST__INIT;
	const Pb__PrincipalStateReply *reply;
	char name[NAME_LEN + 1] = "";
	const char *names[NAMES];

	memset(name, 'x', NAME_LEN);
	for (size_t i = 0; i < NAMES; i++)
		names[i] = name;
	for (size_t i = 0; i < GRANTS; i++) {
		Pb__Grant *grant = mandate_make(shelf, MANDATE_LAWYER);

		grant->named_items = names;
		grant->n_named_items = NAMES;
		mandate_put(shelf, grant, PB__APPROVAL_STATE__WAITING);
	}
	request.login = "lin.hao";
	request.state = PB__PRINCIPAL_STATE__CLOSED;
	request.reason = "委托已解除";
	assert_int_equal(desk_act(&shelf->desk, DESK_OFFICER, RPC_principal_state, &request.base,
				  (ProtobufCMessage **)(void *)&reply),
			 STATUS_OK);
	assert_int_equal(reply->n_grants, GRANTS);
	assert_true(protobuf_c_message_get_packed_size(&reply->base) < 4096);
	for (uint64_t id = 1; id <= GRANTS; id++) {
		assert_int_equal(stored(shelf, id)->revoked_at, shelf->desk.call.now);
		assert_string_equal(stored(shelf, id)->revoked_reason, "委托已解除");
	}
}

static void who_has_as_many_requests_as_there_may_be_asks_for_no_more(void **state)
{
	struct shelf *shelf = *state;
	Pb__GrantRequestRequest request = asking();

	request.customers = &shelf->customer;
	request.n_customers = 1;
	for (int i = 0; i < 200; i++)
		assert_int_equal(ask(shelf, MANDATE_LAWYER, &request, NULL), STATUS_OK);
	refused(shelf, MANDATE_LAWYER, &request, STATUS_LIMIT, "grants_many");
	desk_sleep(&shelf->desk, 100);
	assert_int_equal(ask(shelf, MANDATE_LAWYER, &request, NULL), STATUS_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lawyer_who_asks_is_not_told_what_there_is),
		TEST(a_clerk_is_told_at_once_what_is_not_there),
		TEST(a_request_says_what_its_class_must_say),
		TEST(an_organisation_asks_for_itself_alone),
		TEST(a_clerk_grants_no_series_of_another_office),
		TEST(an_auditor_may_ask_for_everything),
		TEST(access_lasts_as_long_as_the_rule_says_at_most),
		TEST(the_grantee_learns_what_is_covered_when_it_is_approved),
		TEST(grants_of_others_do_not_exist),
		TEST(a_revoked_grant_ends_at_once_and_once),
		TEST(closing_an_account_ends_all_grants_however_much_they_name),
		TEST(who_has_as_many_requests_as_there_may_be_asks_for_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
