/* Departments: who has but his own finds and lists nothing else. */
#include "tests/unit/service/company.h"

static enum status add_department(struct desk *desk, uint64_t who, const char *office,
				  const char *code)
{
	Pb__DepartmentAddRequest request = PB__DEPARTMENT_ADD_REQUEST__INIT;

	request.office = office;
	request.code = code;
	request.name = "客服部";
	return desk_act(desk, who, RPC_department_add, &request.base, NULL);
}

static void a_department_has_a_code_of_its_own_in_its_office(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	Pb__DepartmentListRequest list = PB__DEPARTMENT_LIST_REQUEST__INIT;
	const Pb__DepartmentListReply *row;

	assert_int_equal(add_department(desk, DESK_OFFICER, "CD", "XS"), STATUS_CONFLICT);
	assert_int_equal(add_department(desk, DESK_OFFICER, "SH", "XS"), STATUS_OK);
	assert_int_equal(add_department(desk, DESK_OFFICER, "XX", "KF"), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "office_unknown");
	assert_int_equal(add_department(desk, DESK_OFFICER, "CD", "kf"), STATUS_INVALID);
	assert_int_equal(add_department(desk, DESK_OFFICER, "", "KF"), STATUS_INVALID);
	assert_int_equal(add_department(desk, DESK_CLERK_CD, "CD", "KF"), STATUS_DENIED);
	list.office = "SH";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_department_list, &list.base),
			 STATUS_OK);
	row = (const Pb__DepartmentListReply *)(void *)desk_row(desk, 0);
	assert_string_equal(row->department->code, "SHX");
	assert_string_equal(row->office, "SH");
	assert_int_equal(company_rows(desk), 2);
}

static void a_person_is_in_a_department_of_his_office(void **state)
{
	struct desk *desk = &((struct company *)*state)->desk;
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;

	request.login = "zhou";
	request.name = "周";
	request.office = "CD";
	request.role = PB__ROLE__KEEPER;
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "department");
	request.department = "SHX";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "department_unknown");
	request.department = "XS";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_OK);
}

static void a_record_goes_into_a_department_of_its_office(void **state)
{
	struct company *company = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;
	const Pb__Item *item;
	const char *number = company_customer(company, "XS", "");

	draft.department = "SHX";
	assert_int_equal(company_add_customer(company, DESK_CLERK_CD, &draft, &customer),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(&company->desk), "department_unknown");
	assert_int_equal(company_add_item(company, DESK_CLERK_CD, number, "FW", &item), STATUS_OK);
	assert_int_equal(item->department_id, company->service);
	draft.department = "FW";
	assert_int_equal(company_edit_customer(company, DESK_CLERK_CD, number, "department", &draft,
					       &customer),
			 STATUS_OK);
	assert_int_equal(customer->department_id, company->service);
	assert_int_equal(customer->version, 2);
	draft.office = "SH";
	assert_int_equal(
		company_edit_customer(company, DESK_ARCHIVIST, number, "office", &draft, &customer),
		STATUS_OK);
	assert_int_equal(customer->department_id, 0);
}

static void what_is_put_into_a_container_is_of_its_department(void **state)
{
	struct company *company = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemView *view;
	const char *box;

	draft.title = "盒";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.department = "FW";
	draft.dated = DESK_TODAY - 400;
	box = desk_add_item(&company->desk, DESK_CLERK_CD, &draft);
	view = desk_show(&company->desk, DESK_CLERK_CD,
			 desk_add_piece(&company->desk, DESK_CLERK_CD,
					company_customer(company, "", ""), box));
	assert_string_equal(view->department, "FW");
	assert_int_equal(desk_show(&company->desk, DESK_CLERK_CD, box)->item->dated,
			 DESK_TODAY - 400);
}

static void a_keeper_adds_into_his_own_department_only(void **state)
{
	struct company *company = *state;
	const char *ours = company_customer(company, "XS", "");
	const char *theirs = company_customer(company, "FW", "");
	const Pb__Item *item;

	assert_int_equal(company_add_item(company, company->keeper, ours, "", &item), STATUS_OK);
	assert_int_equal(item->department_id, company->sales);
	assert_int_equal(company_add_item(company, company->keeper, ours, "XS", &item), STATUS_OK);
	assert_int_equal(company_add_item(company, company->keeper, ours, "FW", &item),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(&company->desk), "department_forbids");
	assert_int_equal(company_add_item(company, company->keeper, ours, "ZZ", &item),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(&company->desk), "department_forbids");
	assert_int_equal(company_add_item(company, company->keeper, theirs, "", &item),
			 STATUS_NOT_FOUND);
}

static void a_keeper_sees_his_department_and_nothing_else(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const char *ours = company_customer(company, "XS", "");
	const char *theirs = company_customer(company, "FW", "");
	Pb__ItemShowRequest show = PB__ITEM_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;
	const Pb__Item *item;

	assert_int_equal(company_add_item(company, DESK_CLERK_CD, ours, "XS", &item), STATUS_OK);
	show.item = arena_printf(&desk->keep, "%s", item->number);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, show.item, "xiao"), STATUS_OK);
	assert_int_equal(company_add_item(company, DESK_CLERK_CD, theirs, "FW", &item), STATUS_OK);
	assert_int_equal(company_add_item(company, DESK_CLERK_CD, theirs, "", &item), STATUS_OK);
	assert_int_equal(company_count_customers(company, company->keeper, ""), 1);
	assert_int_equal(company_count_customers(company, company->keeper, "锦"), 1);
	assert_int_equal(company_count_customers(company, company->keeper, "川"), 0);
	assert_int_equal(company_count_items(company, company->keeper), 1);
	assert_int_equal(company_count_items(company, company->keeper2), 1);
	assert_int_equal(company_count_loans(company, company->keeper, false), 1);
	assert_int_equal(company_count_loans(company, company->keeper, true), 0);
	assert_int_equal(company_count_loans(company, company->keeper2, false), 0);
	assert_int_equal(desk_look(desk, company->keeper, RPC_item_show, &show.base, &reply),
			 STATUS_OK);
	assert_int_equal(desk_look(desk, company->keeper2, RPC_item_show, &show.base, &reply),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "item_unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, company_open, company_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_department_has_a_code_of_its_own_in_its_office),
		TEST(a_person_is_in_a_department_of_his_office),
		TEST(a_record_goes_into_a_department_of_its_office),
		TEST(what_is_put_into_a_container_is_of_its_department),
		TEST(a_keeper_adds_into_his_own_department_only),
		TEST(a_keeper_sees_his_department_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
