/* Founding, offices, people, certificates. */
#include "tests/unit/service/desk.h"

#include <string.h>

static int setup(void **state)
{
	static struct desk desk;

	desk_open(&desk);
	*state = &desk;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	return 0;
}

static enum status add_office(struct desk *desk, uint64_t who, const char *code, const char *name)
{
	Pb__OfficeAddRequest request = PB__OFFICE_ADD_REQUEST__INIT;

	request.code = code;
	request.name = name;
	return desk_act(desk, who, RPC_office_add, &request.base, NULL);
}

static void a_ledger_is_founded_once(void **state)
{
	struct desk *desk = *state;
	Pb__GenesisRequest request = PB__GENESIS_REQUEST__INIT;

	request.origin = "archive.example/dossier";
	request.office_code = "HQ2";
	request.office_name = "Other";
	request.login = "other";
	request.name = "Other";
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_genesis, &request.base, NULL),
			 STATUS_CONFLICT);
	request.login = "Other One";
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_genesis, &request.base, NULL),
			 STATUS_INVALID);
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_genesis, &request.base, NULL),
			 STATUS_DENIED);
}

static void an_office_needs_a_code_of_its_own(void **state)
{
	static const char *const wrong[] = {"cd", "C D", "C-D", "ABCDEFGHI", "成都"};
	struct desk *desk = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(add_office(desk, DESK_OFFICER, wrong[i], "X"), STATUS_INVALID);
		assert_string_equal(desk->call.refusal.field, "code");
	}
	assert_int_equal(add_office(desk, DESK_OFFICER, "", "X"), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "required");
	assert_int_equal(add_office(desk, DESK_OFFICER, "BJ", "  "), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "name");
	assert_int_equal(add_office(desk, DESK_OFFICER, "CD", "Chengdu"), STATUS_CONFLICT);
	assert_string_equal(desk_reason(desk), "taken");
	assert_int_equal(add_office(desk, DESK_OFFICER, "BJ2", "北京"), STATUS_OK);
	assert_int_equal(add_office(desk, DESK_ARCHIVIST, "GZ", "广州"), STATUS_DENIED);
}

static void everybody_sees_all_offices_in_order_of_code(void **state)
{
	struct desk *desk = *state;
	Pb__OfficeListRequest request = PB__OFFICE_LIST_REQUEST__INIT;
	static const char *const codes[] = {"CD", "HQ", "SH"};
	const Pb__OfficeListReply *row;

	assert_int_equal(desk_list(desk, DESK_CLERK_SH, RPC_office_list, &request.base), STATUS_OK);
	for (size_t i = 0; i < 3; i++) {
		row = (const Pb__OfficeListReply *)(void *)desk_row(desk, i);
		assert_string_equal(row->office->code, codes[i]);
		assert_int_equal(row->office->head, i == 1);
	}
	assert_null(desk_row(desk, 3));
}

static enum status add_person(struct desk *desk, const char *login, const char *name,
			      const char *office, Pb__Role role)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;

	request.login = login;
	request.name = name;
	request.office = office;
	request.role = role;
	return desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL);
}

static void a_person_needs_a_login_an_office_and_a_role(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(add_person(desk, "Zhang", "张", "CD", PB__ROLE__CLERK), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "login");
	assert_int_equal(add_person(desk, "zhang", "", "CD", PB__ROLE__CLERK), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "name");
	assert_int_equal(add_person(desk, "zhang", "张", "XX", PB__ROLE__CLERK), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "office_unknown");
	assert_int_equal(add_person(desk, "zhang", "张", "CD", PB__ROLE__ROLE_NONE),
			 STATUS_INVALID);
	assert_int_equal(add_person(desk, "zhang", "张", "CD", (Pb__Role)99), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "role");
	assert_int_equal(add_person(desk, "chen", "张", "CD", PB__ROLE__CLERK), STATUS_CONFLICT);
	assert_int_equal(add_person(desk, "zhang.3-a", "张", "CD", PB__ROLE__CLERK), STATUS_OK);
	assert_int_equal(desk->call.subject_count, 2);
}

static void people_are_listed_by_login_and_office(void **state)
{
	struct desk *desk = *state;
	Pb__PrincipalListRequest request = PB__PRINCIPAL_LIST_REQUEST__INIT;
	const Pb__PrincipalListReply *row;

	request.office = "SH";
	assert_int_equal(desk_list(desk, DESK_AUDITOR, RPC_principal_list, &request.base),
			 STATUS_OK);
	row = (const Pb__PrincipalListReply *)(void *)desk_row(desk, 0);
	assert_string_equal(row->principal->login, "li.na.2");
	assert_string_equal(row->office, "SH");
	assert_non_null(desk_row(desk, 1));
	assert_null(desk_row(desk, 2));
	request.office = "XX";
	assert_int_equal(desk_list(desk, DESK_AUDITOR, RPC_principal_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "office_unknown");
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_principal_list, &request.base),
			 STATUS_DENIED);
}

static void a_certificate_is_bound_once_to_somebody_who_is_there(void **state)
{
	struct desk *desk = *state;
	Pb__CertificateBindRequest request = PB__CERTIFICATE_BIND_REQUEST__INIT;
	uint8_t identity[HASH_LEN] = {1, 2, 3};

	request.principal_id = DESK_CLERK_CD;
	request.identity.data = identity;
	request.identity.len = HASH_LEN - 1;
	request.not_after = 2000000000;
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL),
			 STATUS_INVALID);
	request.identity.len = HASH_LEN;
	request.principal_id = 99;
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL),
			 STATUS_NOT_FOUND);
	request.principal_id = DESK_CLERK_CD;
	request.not_after = -1;
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL),
			 STATUS_INVALID);
	request.not_after = 2000000000;
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL),
			 STATUS_OK);
	assert_int_equal(desk_act(desk, DESK_SYSTEM, RPC_certificate_bind, &request.base, NULL),
			 STATUS_CONFLICT);
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_certificate_bind, &request.base, NULL),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(desk), "not_for_people");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ledger_is_founded_once),
		TEST(an_office_needs_a_code_of_its_own),
		TEST(everybody_sees_all_offices_in_order_of_code),
		TEST(a_person_needs_a_login_an_office_and_a_role),
		TEST(people_are_listed_by_login_and_office),
		TEST(a_certificate_is_bound_once_to_somebody_who_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
