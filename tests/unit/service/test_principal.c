/* Accounts: who may change them, what holds them open, what closing takes away. */
#include "tests/unit/service/company.h"

#include <string.h>

/* ---- short ways ---- */

static enum status set_state(struct desk *desk, uint64_t who, const char *login,
			     Pb__PrincipalState state, const Pb__PrincipalStateReply **reply)
{
	Pb__PrincipalStateRequest request = PB__PRINCIPAL_STATE_REQUEST__INIT;
	ProtobufCMessage *decided;
	enum status status;

	request.login = login;
	request.state = state;
	request.reason = "离职";
	status = desk_act(desk, who, RPC_principal_state, &request.base, &decided);
	if (reply != NULL)
		*reply = (const Pb__PrincipalStateReply *)(void *)decided;
	return status;
}

static enum status suspend(struct desk *desk, uint64_t who, const char *login)
{
	return set_state(desk, who, login, PB__PRINCIPAL_STATE__SUSPENDED, NULL);
}

static enum status resume(struct desk *desk, const char *login)
{
	return set_state(desk, DESK_OFFICER, login, PB__PRINCIPAL_STATE__ACTIVE, NULL);
}

static enum status close_account(struct desk *desk, const char *login,
				 const Pb__PrincipalStateReply **reply)
{
	return set_state(desk, DESK_OFFICER, login, PB__PRINCIPAL_STATE__CLOSED, reply);
}

static enum status set_role(struct desk *desk, uint64_t who, const char *login, Pb__Role role,
			    const char *office, const char *department,
			    const Pb__Principal **principal)
{
	Pb__PrincipalRoleRequest request = PB__PRINCIPAL_ROLE_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.login = login;
	request.role = role;
	request.office = office;
	request.department = department;
	request.reason = "调岗";
	status = desk_act(desk, who, RPC_principal_role, &request.base, &reply);
	*principal = ((Pb__PrincipalRoleReply *)(void *)reply)->principal;
	return status;
}

static const Pb__PrincipalShowReply *show(struct desk *desk, const char *login)
{
	Pb__PrincipalShowRequest request = PB__PRINCIPAL_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = login;
	assert_int_equal(desk_look(desk, DESK_AUDITOR, RPC_principal_show, &request.base, &reply),
			 STATUS_OK);
	return (const Pb__PrincipalShowReply *)(void *)reply;
}

static void refused(struct desk *desk, enum status status, enum status expected, const char *reason)
{
	assert_int_equal(status, expected);
	assert_string_equal(desk_reason(desk), reason);
}

/* Puts a row into the state as an act of another part would have. */
static void put(struct desk *desk, enum table table, const ProtobufCMessage *row, uint64_t id)
{
	struct txn *txn;

	assert_int_equal(store_write(desk->store, &txn), STATUS_OK);
	table_put(txn, table, id, row);
	assert_int_equal(txn_commit(txn), STATUS_OK);
}

static void give_certificate(struct desk *desk, uint64_t id, uint64_t principal, int64_t not_after)
{
	Pb__Certificate row = PB__CERTIFICATE__INIT;
	uint8_t identity[HASH_LEN] = {0};

	identity[0] = (uint8_t)id;
	row.id = id;
	row.principal_id = principal;
	row.identity.data = identity;
	row.identity.len = HASH_LEN;
	row.not_after = not_after;
	put(desk, TABLE_certificate, &row.base, id);
}

static void give_code(struct desk *desk, uint64_t id, uint64_t principal)
{
	Pb__Enrolment row = PB__ENROLMENT__INIT;
	uint8_t hash[HASH_LEN] = {7};

	row.id = id;
	row.principal_id = principal;
	row.code_hash.data = hash;
	row.code_hash.len = HASH_LEN;
	row.expires_at = desk->now + DESK_DAY;
	put(desk, TABLE_enrolment, &row.base, id);
}

static void delegate(struct desk *desk, uint64_t id, uint64_t from, uint64_t to)
{
	Pb__Delegation row = PB__DELEGATION__INIT;

	row.id = id;
	row.from_id = from;
	row.to_id = to;
	row.from_date = DESK_TODAY;
	row.until_date = DESK_TODAY + 5;
	put(desk, TABLE_delegation, &row.base, id);
}

static void give_grant(struct desk *desk, uint64_t id, uint64_t principal)
{
	Pb__Grant row = PB__GRANT__INIT;

	row.id = id;
	row.number = "SQ-1";
	row.principal_id = principal;
	row.not_after = desk->now + DESK_DAY;
	put(desk, TABLE_grant, &row.base, id);
}

/* ---- state ---- */

static void a_suspended_account_works_again_when_resumed(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	Pb__WhoamiRequest whoami = PB__WHOAMI_REQUEST__INIT;
	ProtobufCMessage *reply;

	assert_int_equal(suspend(desk, DESK_OFFICER, "chen"), STATUS_OK);
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_whoami, &whoami.base, &reply),
			 STATUS_IDENTITY);
	assert_string_equal(desk_reason(desk), "account_inactive");
	assert_string_equal(show(desk, "chen")->principal->state_reason, "离职");
	assert_true(show(desk, "chen")->principal->state_since != 0);
	refused(desk, suspend(desk, DESK_OFFICER, "chen"), STATUS_CONFLICT, "state_same");
	assert_int_equal(resume(desk, "chen"), STATUS_OK);
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_whoami, &whoami.base, &reply),
			 STATUS_OK);
}

static void a_closed_account_never_opens_again(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	const Pb__Principal *principal;

	assert_int_equal(close_account(desk, "chen", NULL), STATUS_OK);
	refused(desk, resume(desk, "chen"), STATUS_BLOCKED, "account_closed");
	refused(desk, close_account(desk, "chen", NULL), STATUS_BLOCKED, "account_closed");
	refused(desk, set_role(desk, DESK_OFFICER, "chen", PB__ROLE__ARCHIVIST, "", "", &principal),
		STATUS_BLOCKED, "account_closed");
	assert_int_equal(show(desk, "chen")->principal->state, PB__PRINCIPAL_STATE__CLOSED);
}

static void a_change_of_state_needs_a_state_and_a_reason(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	Pb__PrincipalStateRequest request = PB__PRINCIPAL_STATE_REQUEST__INIT;

	request.login = "chen";
	request.state = PB__PRINCIPAL_STATE__SUSPENDED;
	request.reason = " ";
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_state, &request.base, NULL),
		STATUS_INVALID, "required");
	request.reason = "离职";
	request.state = PB__PRINCIPAL_STATE__PRINCIPAL_STATE_NONE;
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_state, &request.base, NULL),
		STATUS_INVALID, "required");
	request.state = (Pb__PrincipalState)9;
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_state, &request.base, NULL),
		STATUS_INVALID, "out_of_range");
	refused(desk, suspend(desk, DESK_OFFICER, "nobody"), STATUS_NOT_FOUND, "login_unknown");
	refused(desk, suspend(desk, DESK_ARCHIVIST, "chen"), STATUS_DENIED, "role_forbids");
}

static void an_officer_changes_neither_his_own_account_nor_a_namesakes(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	const Pb__Principal *principal;
	uint64_t second = desk_add_person(desk, "second", "HQ", "", PB__ROLE__OFFICER);

	refused(desk, suspend(desk, DESK_OFFICER, "officer"), STATUS_DENIED, "own_account");
	refused(desk, close_account(desk, "officer", NULL), STATUS_DENIED, "own_account");
	refused(desk,
		set_role(desk, DESK_OFFICER, "officer", PB__ROLE__AUDITOR, "", "", &principal),
		STATUS_DENIED, "own_account");
	request.login = "officer2";
	request.name = "Officer"; /* as he is called himself */
	request.office = "HQ";
	request.role = PB__ROLE__AUDITOR;
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
		STATUS_DENIED, "own_name");
	assert_int_equal(desk_act(desk, second, RPC_principal_add, &request.base, NULL), STATUS_OK);
	refused(desk, set_role(desk, DESK_OFFICER, "officer2", PB__ROLE__CLERK, "", "", &principal),
		STATUS_DENIED, "own_name");
}

/* Of two who suspend each other the first stays. */
static void an_active_officer_is_always_left(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	uint64_t second = desk_add_person(desk, "second", "HQ", "", PB__ROLE__OFFICER);

	assert_int_equal(suspend(desk, DESK_OFFICER, "second"), STATUS_OK);
	refused(desk, suspend(desk, second, "officer"), STATUS_IDENTITY, "account_inactive");
	refused(desk, suspend(desk, DESK_OFFICER, "officer"), STATUS_DENIED, "own_account");
}

static void who_has_something_in_hand_is_not_closed(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const char *customer = company_customer(company, "", "xiao");
	const char *item = desk_add_piece(desk, DESK_CLERK_CD, customer, NULL);

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, item, "xiao"), STATUS_OK);
	refused(desk, close_account(desk, "xiao", NULL), STATUS_BLOCKED, "still_holds");
	assert_string_equal(desk->call.refusal.subject, "xiao");
	assert_int_equal(desk->call.refusal.limit, 2);
	assert_int_equal(desk->call.refusal.n_others, 2);
	assert_string_equal(desk->call.refusal.others[0], item);
	assert_string_equal(desk->call.refusal.others[1], customer);
	assert_int_equal(suspend(desk, DESK_OFFICER, "xiao"), STATUS_OK);
	refused(desk, close_account(desk, "xiao", NULL), STATUS_BLOCKED, "still_holds");
}

static void expect_revoked(struct desk *desk, uint64_t id)
{
	const Pb__Grant *row;
	struct txn *txn;

	assert_int_equal(store_read(desk->store, &txn), STATUS_OK);
	row = grant_get(txn, id, &desk->keep);
	assert_non_null(row);
	assert_int_equal(row->revoked_at, desk->call.now);
	assert_string_equal(row->revoked_reason, "离职");
	txn_end(txn);
}

static void closing_takes_certificates_codes_grants_and_delegations_away(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	uint64_t lawyer = desk_add_person(desk, "lin", "CD", "", PB__ROLE__LAWYER);
	const Pb__PrincipalStateReply *reply;
	const Pb__PrincipalShowReply *shown;

	give_certificate(desk, 1, lawyer, desk->now / 1000000 + 3600);
	give_certificate(desk, 2, lawyer, desk->now / 1000000 - 3600);
	give_certificate(desk, 3, DESK_CLERK_CD, desk->now / 1000000 + 3600);
	give_code(desk, 1, lawyer);
	give_grant(desk, 1, lawyer);
	delegate(desk, 1, DESK_CLERK_SH, lawyer);
	assert_int_equal(show(desk, "lin")->code_expires_at, desk->now + DESK_DAY);
	assert_int_equal(close_account(desk, "lin", &reply), STATUS_OK);
	assert_int_equal(reply->n_certificates, 1);
	assert_int_equal(reply->certificates[0]->id, 1);
	assert_true(reply->certificates[0]->revoked_at != 0);
	assert_int_equal(reply->n_codes, 1);
	assert_int_equal(reply->n_grants, 1);
	assert_int_equal(reply->grants[0]->id, 1);
	expect_revoked(desk, 1);
	assert_int_equal(reply->n_delegations, 1);
	shown = show(desk, "lin");
	assert_int_equal(shown->code_expires_at, 0);
	assert_int_equal(shown->n_certificates, 2);
	assert_int_equal(shown->certificates[0]->state, PB__CERTIFICATE_STATE__CERTIFICATE_ENDED);
	assert_int_equal(shown->certificates[1]->state, PB__CERTIFICATE_STATE__CERTIFICATE_REVOKED);
	assert_int_equal(shown->delegations->count, 0);
	assert_int_equal(show(desk, "chen")->certificates[0]->state,
			 PB__CERTIFICATE_STATE__CERTIFICATE_VALID);
}

/* ---- role ---- */

static void a_person_gets_another_post(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const Pb__Principal *principal;

	assert_int_equal(
		set_role(desk, DESK_OFFICER, "chen", PB__ROLE__KEEPER, "", "FW", &principal),
		STATUS_OK);
	assert_int_equal(principal->role, PB__ROLE__KEEPER);
	assert_int_equal(principal->department_id, company->service);
	assert_int_equal(set_role(desk, DESK_OFFICER, "chen", PB__ROLE__CLERK, "", "", &principal),
			 STATUS_OK);
	assert_int_equal(principal->department_id, company->service);
	assert_int_equal(
		set_role(desk, DESK_OFFICER, "chen", PB__ROLE__ROLE_NONE, "SH", "", &principal),
		STATUS_OK);
	assert_int_equal(principal->role, PB__ROLE__CLERK);
	assert_int_equal(principal->department_id, 0);
	refused(desk,
		set_role(desk, DESK_OFFICER, "chen", PB__ROLE__ROLE_NONE, "", "XS", &principal),
		STATUS_NOT_FOUND, "department_unknown");
	refused(desk, set_role(desk, DESK_OFFICER, "chen", PB__ROLE__KEEPER, "", "", &principal),
		STATUS_INVALID, "required");
	refused(desk,
		set_role(desk, DESK_OFFICER, "kuang", PB__ROLE__ROLE_NONE, "", "-", &principal),
		STATUS_INVALID, "required");
	refused(desk, set_role(desk, DESK_OFFICER, "chen", (Pb__Role)77, "", "", &principal),
		STATUS_INVALID, "out_of_range");
}

static void who_is_from_outside_stays_from_outside(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	const Pb__Principal *principal;

	(void)desk_add_person(desk, "lin", "CD", "", PB__ROLE__LAWYER);
	refused(desk, set_role(desk, DESK_OFFICER, "lin", PB__ROLE__CLERK, "", "", &principal),
		STATUS_BLOCKED, "role_fixed");
	refused(desk, set_role(desk, DESK_OFFICER, "lin", PB__ROLE__PARTY, "", "", &principal),
		STATUS_BLOCKED, "role_fixed");
	refused(desk, set_role(desk, DESK_OFFICER, "chen", PB__ROLE__LAWYER, "", "", &principal),
		STATUS_BLOCKED, "role_fixed");
	assert_int_equal(
		set_role(desk, DESK_OFFICER, "lin", PB__ROLE__ROLE_NONE, "SH", "", &principal),
		STATUS_OK);
}

static void an_outsider_comes_from_somewhere(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = "jinjiang";
	request.name = "锦江经办人";
	request.office = "CD";
	request.role = PB__ROLE__ORGANISATION;
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
		STATUS_INVALID, "required");
	assert_string_equal(desk->call.refusal.field, "unit");
	request.unit = "锦江贸易";
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
		STATUS_INVALID, "required");
	assert_string_equal(desk->call.refusal.field, "customer");
	request.customer = "CD-C-2026-00099";
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
		STATUS_NOT_FOUND, "customer_unknown");
	request.customer = company_customer(company, "", "");
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, &reply),
			 STATUS_OK);
	assert_int_equal(((Pb__PrincipalAddReply *)(void *)reply)->principal->customer_id, 1);
	assert_string_equal(show(desk, "jinjiang")->customer, request.customer);
	request.login = "clerk3";
	request.role = PB__ROLE__CLERK;
	refused(desk, desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
		STATUS_INVALID, "only_outsiders");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, company_open, company_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_suspended_account_works_again_when_resumed),
		TEST(a_closed_account_never_opens_again),
		TEST(a_change_of_state_needs_a_state_and_a_reason),
		TEST(an_officer_changes_neither_his_own_account_nor_a_namesakes),
		TEST(an_active_officer_is_always_left),
		TEST(who_has_something_in_hand_is_not_closed),
		TEST(closing_takes_certificates_codes_grants_and_delegations_away),
		TEST(a_person_gets_another_post),
		TEST(who_is_from_outside_stays_from_outside),
		TEST(an_outsider_comes_from_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
