/* Own customers: who has but those finds and lists nothing else. */
#include "tests/unit/service/company.h"

static void a_salespersons_new_customer_is_his_own(void **state)
{
	struct company *company = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;

	assert_int_equal(company_add_customer(company, company->seller, &draft, &customer),
			 STATUS_OK);
	assert_int_equal(customer->owner_id, company->seller);
	assert_int_equal(customer->department_id, company->sales);
	draft.owner = "xiao";
	assert_int_equal(company_add_customer(company, company->seller, &draft, &customer),
			 STATUS_OK);
	draft.owner = "xie";
	assert_int_equal(company_add_customer(company, company->seller, &draft, &customer),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(&company->desk), "owner_forbids");
	draft.owner = "nobody";
	assert_int_equal(company_add_customer(company, company->seller, &draft, &customer),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(&company->desk), "owner_forbids");
}

static void a_salesperson_cannot_give_his_customer_away(void **state)
{
	struct company *company = *state;
	const char *number = company_customer(company, "", "xiao");
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;

	draft.owner = "xie";
	assert_int_equal(
		company_edit_customer(company, company->seller, number, "owner", &draft, &customer),
		STATUS_DENIED);
	draft.owner = "";
	assert_int_equal(
		company_edit_customer(company, company->seller, number, "owner", &draft, &customer),
		STATUS_OK);
	assert_int_equal(customer->owner_id, company->seller);
	assert_int_equal(company_edit_customer(company, company->seller2, number, "owner", &draft,
					       &customer),
			 STATUS_NOT_FOUND);
}

static void a_salesperson_sees_his_customers_and_their_items_only(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	Pb__ItemListRequest list = PB__ITEM_LIST_REQUEST__INIT;
	const Pb__Item *item;

	for (int i = 0; i < 4; i++) {
		const char *number = company_customer(company, "", i % 2 == 0 ? "xiao" : "xie");

		for (int piece = 0; piece < i; piece++)
			assert_int_equal(
				company_add_item(company, DESK_CLERK_CD, number, "", &item),
				STATUS_OK);
	}
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, "CD-KH-2026-000001", "xie"), STATUS_OK);
	assert_int_equal(company_count_customers(company, company->seller, "锦江"), 2);
	assert_int_equal(company_count_items(company, company->seller), 2);
	assert_int_equal(company_count_items(company, company->seller2), 4);
	assert_int_equal(company_count_loans(company, company->seller, false), 0);
	assert_int_equal(company_count_loans(company, company->seller2, false), 1);
	desk->slice_rows = SCAN_ROWS_MAX - 2; /* two rows a slice: it goes on where it was */
	assert_int_equal(company_count_items(company, company->seller2), 4);
	assert_true(desk->slices >= 2);
	list.limit = 3;
	assert_int_equal(desk_list(desk, company->seller2, RPC_item_list, &list.base), STATUS_OK);
	assert_int_equal(company_rows(desk), 3);
	desk->slice_rows = 0;
}

static void a_salesperson_without_customers_sees_nothing(void **state)
{
	struct company *company = *state;
	const Pb__Item *item;

	assert_int_equal(company_add_item(company, DESK_CLERK_CD,
					  company_customer(company, "XS", ""), "", &item),
			 STATUS_OK);
	assert_int_equal(company_count_customers(company, company->seller, ""), 0);
	assert_int_equal(company_count_items(company, company->seller), 0);
	assert_int_equal(company_count_loans(company, company->seller, false), 0);
}

/* The verdict on one row, and the number it names. */
static const Pb__RowVerdict *import_one(struct company *company, uint64_t who, const char *ref)
{
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__CustomerDraft *drafts[] = {&draft};
	uint8_t digest[HASH_LEN] = {0};
	ProtobufCMessage *reply;

	draft.name = "锦江贸易";
	draft.ref = ref;
	request.digest.data = digest;
	request.digest.len = HASH_LEN;
	request.rows = drafts;
	request.n_rows = 1;
	assert_int_equal(desk_act(&company->desk, who, RPC_customer_import, &request.base, &reply),
			 STATUS_OK);
	return ((Pb__CustomerImportReply *)(void *)reply)->verdicts[0];
}

static void a_salespersons_import_finds_nothing_of_others(void **state)
{
	struct company *company = *state;
	const Pb__RowVerdict *verdict;

	(void)company_customer(company, "", "xie");
	(void)desk_add_customer(&company->desk, DESK_CLERK_CD, "另一家", "K1");
	assert_int_equal(import_one(company, company->seller, "")->verdict, PB__VERDICT__ADDED);
	verdict = import_one(company, company->seller, "K1");
	assert_int_equal(verdict->verdict, PB__VERDICT__INVALID);
	assert_string_equal(verdict->field, "ref");
	assert_string_equal(verdict->number, "");
}

static void only_an_active_colleague_looks_after_a_customer(void **state)
{
	struct company *company = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;

	(void)desk_add_person(&company->desk, "liu", "CD", "", PB__ROLE__LAWYER);
	draft.owner = "liu";
	assert_int_equal(company_add_customer(company, DESK_CLERK_CD, &draft, &customer),
			 STATUS_BLOCKED);
	assert_string_equal(desk_reason(&company->desk), "not_on_duty");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, company_open, company_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_salespersons_new_customer_is_his_own),
		TEST(a_salesperson_cannot_give_his_customer_away),
		TEST(a_salesperson_sees_his_customers_and_their_items_only),
		TEST(a_salesperson_without_customers_sees_nothing),
		TEST(a_salespersons_import_finds_nothing_of_others),
		TEST(only_an_active_colleague_looks_after_a_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
