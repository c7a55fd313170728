/* Customers: adding, showing, editing, listing. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
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

static enum status add(struct desk *desk, uint64_t who, Pb__CustomerDraft *draft)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;

	request.draft = draft;
	return desk_act(desk, who, RPC_customer_add, &request.base, NULL);
}

static const Pb__CustomerShowReply *show(struct desk *desk, uint64_t who, const char *text)
{
	Pb__CustomerShowRequest request = PB__CUSTOMER_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.customer = text;
	assert_int_equal(desk_look(desk, who, RPC_customer_show, &request.base, &reply), STATUS_OK);
	return (const Pb__CustomerShowReply *)(void *)reply;
}

static void what_was_said_of_a_customer_is_shown(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact contact = PB__CONTACT__INIT;
	Pb__Contact *contacts[] = {&contact};
	const Pb__CustomerView *view;

	contact.phone = "138 0000 1234";
	draft.name = "成都某某公司";
	draft.owner = "wang.fang";
	draft.ref = "91510100MA6CXXXX1A";
	draft.note = "重要";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
	view = show(desk, DESK_CLERK_CD, "91510100MA6CXXXX1A")->view;
	assert_string_equal(view->customer->name, "成都某某公司");
	assert_int_equal(view->customer->kind, PB__CUSTOMER_KIND__COMPANY);
	assert_string_equal(view->customer->number, "CD-C-2026-00001");
	assert_string_equal(view->customer->contacts[0]->phone, "138 0000 1234");
	assert_int_equal(view->customer->version, 1);
	assert_string_equal(view->office, "CD");
	assert_string_equal(view->owner, "wang.fang");
}

static void every_field_is_judged(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact contact = PB__CONTACT__INIT;
	Pb__Contact *contacts[21];
	char long_name[202];

	for (size_t i = 0; i < 21; i++)
		contacts[i] = &contact;
	memset(long_name, 'x', 201);
	long_name[201] = '\0';
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "name");
	draft.name = " \u3000\u00a0";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "required");
	draft.name = long_name;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "too_long");
	assert_int_equal(desk->call.refusal.limit, 200);
	draft.name = "公司";
	draft.kind = (Pb__CustomerKind)4;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "kind");
	draft.kind = PB__CUSTOMER_KIND__PERSON;
	draft.owner = "nobody";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_NOT_FOUND);
	assert_string_equal(desk->call.refusal.field, "owner");
	assert_string_equal(desk_reason(desk), "login_unknown");
	draft.owner = "";
	draft.ref = " A1";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "ref");
	draft.ref = "";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "contacts");
	contact.name = "\u3000";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "required");
	contact.name = "张";
	draft.n_contacts = 21;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "too_many");
	draft.n_contacts = 20;
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
}

static void what_masking_leaves_is_never_taken_for_a_value(void **state)
{
	static const Pb__Contact masked[] = {
		{PROTOBUF_C_MESSAGE_INIT(&pb__contact__descriptor), "王**", "", "", "", ""},
		{PROTOBUF_C_MESSAGE_INIT(&pb__contact__descriptor), "", "138****1234", "", "", ""},
		{PROTOBUF_C_MESSAGE_INIT(&pb__contact__descriptor), "", "", "成都市****", "", ""},
		{PROTOBUF_C_MESSAGE_INIT(&pb__contact__descriptor), "", "", "",
		 "510***********123X", ""},
		{PROTOBUF_C_MESSAGE_INIT(&pb__contact__descriptor), "", "", "", "", "********1234"},
	};
	struct desk *desk = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact contact;
	Pb__Contact *contacts[] = {&contact};

	draft.name = "公司";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		contact = masked[i];
		assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
		assert_string_equal(desk_reason(desk), "masked_value");
		assert_string_equal(desk->call.refusal.field, "contacts");
	}
	contact = masked[0];
	contact.name = "";
	contact.id_number = "身份证";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "malformed");
	contact.id_number = "H0123456(7)";
	contact.account = "6222 0212 3456 7890";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
}

static void a_clerk_adds_for_his_own_office_only(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;

	draft.name = "公司";
	draft.office = "SH";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_DENIED);
	assert_string_equal(desk_reason(desk), "office_forbids");
	assert_string_equal(desk->call.refusal.subject, "SH");
	assert_int_equal(add(desk, DESK_ARCHIVIST, &draft), STATUS_OK);
	draft.office = "XX";
	assert_int_equal(add(desk, DESK_ARCHIVIST, &draft), STATUS_NOT_FOUND);
	assert_int_equal(add(desk, DESK_AUDITOR, &draft), STATUS_DENIED);
}

static void a_natural_key_is_unique_in_an_office(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;

	draft.name = "公司";
	draft.ref = "K1";
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_OK);
	assert_int_equal(add(desk, DESK_CLERK_CD, &draft), STATUS_CONFLICT);
	assert_string_equal(desk->call.refusal.field, "ref");
	assert_string_equal(desk->call.refusal.subject, "K1");
	assert_int_equal(add(desk, DESK_CLERK_SH, &draft), STATUS_OK);
	assert_string_equal(show(desk, DESK_CLERK_SH, "K1")->view->office, "SH");
	assert_string_equal(show(desk, DESK_CLERK_CD, "K1")->view->office, "CD");
}

static void a_natural_key_of_several_offices_does_not_say_which(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerShowRequest request = PB__CUSTOMER_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	(void)desk_add_customer(desk, DESK_CLERK_CD, "公司", "K1");
	assert_string_equal(show(desk, DESK_ARCHIVIST, "K1")->view->office, "CD");
	(void)desk_add_customer(desk, DESK_CLERK_SH, "公司", "K1");
	request.customer = "K1";
	assert_int_equal(desk_look(desk, DESK_ARCHIVIST, RPC_customer_show, &request.base, &reply),
			 STATUS_NOT_FOUND);
}

static enum status edit(struct desk *desk, const char *number, uint32_t version, const char *field,
			Pb__CustomerDraft *draft, Pb__Customer **row)
{
	Pb__CustomerEditRequest request = PB__CUSTOMER_EDIT_REQUEST__INIT;
	ProtobufCMessage *reply;
	enum status status;

	request.customer = number;
	request.version = version;
	request.draft = draft;
	request.fields = &field;
	request.n_fields = field == NULL ? 0 : 1;
	status = desk_act(desk, DESK_CLERK_CD, RPC_customer_edit, &request.base, &reply);
	*row = ((Pb__CustomerEditReply *)(void *)reply)->customer;
	return status;
}

static void an_edit_changes_the_named_fields_and_the_version(void **state)
{
	struct desk *desk = *state;
	const char *number = desk_add_customer(desk, DESK_CLERK_CD, "旧名", "K1");
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Customer *row;

	desk_no_approvals(desk);
	draft.name = "新名";
	assert_int_equal(edit(desk, number, 1, "name", &draft, &row), STATUS_OK);
	assert_string_equal(row->name, "新名");
	assert_string_equal(row->ref, "K1");
	assert_string_equal(row->number, number);
	assert_int_equal(row->version, 2);
	assert_int_equal(edit(desk, number, 2, "name", &draft, &row), STATUS_OK);
	assert_int_equal(row->version, 2);
	assert_int_equal(edit(desk, number, 1, "name", &draft, &row), STATUS_STALE);
	assert_string_equal(desk_reason(desk), "changed_meanwhile");
	assert_int_equal(desk->call.refusal.limit, 2);
	assert_int_equal(edit(desk, number, 0, "ref", &draft, &row), STATUS_OK);
	assert_string_equal(row->ref, "");
	assert_int_equal(edit(desk, number, 0, "number", &draft, &row), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "field_unknown");
	assert_int_equal(edit(desk, number, 0, NULL, &draft, &row), STATUS_INVALID);
	assert_string_equal(desk->call.refusal.field, "fields");
	draft.office = "SH";
	assert_int_equal(edit(desk, number, 0, "office", &draft, &row), STATUS_DENIED);
}

static void an_edit_cannot_take_anothers_natural_key(void **state)
{
	struct desk *desk = *state;
	const char *number = desk_add_customer(desk, DESK_CLERK_CD, "甲", "K1");
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Customer *row;

	(void)desk_add_customer(desk, DESK_CLERK_CD, "乙", "K2");
	draft.ref = "K2";
	assert_int_equal(edit(desk, number, 0, "ref", &draft, &row), STATUS_CONFLICT);
	draft.ref = "K1";
	assert_int_equal(edit(desk, number, 0, "ref", &draft, &row), STATUS_OK);
}

static size_t count_rows(struct desk *desk)
{
	size_t count = 0;

	while (desk_row(desk, count) != NULL)
		count++;
	assert_int_equal(count, desk->scan.count);
	return count;
}

static size_t list(struct desk *desk, uint64_t who, const Pb__CustomerListRequest *request)
{
	assert_int_equal(desk_list(desk, who, RPC_customer_list, &request->base), STATUS_OK);
	return count_rows(desk);
}

static void a_list_is_filtered_and_stays_in_scope(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerListRequest request = PB__CUSTOMER_LIST_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	char name[32];

	for (unsigned i = 0; i < 12; i++) {
		(void)snprintf(name, sizeof(name), "%s%u", i < 5 ? "甲" : "乙", i);
		draft.name = name;
		draft.owner = i % 4 == 0 ? "li.na" : "";
		assert_int_equal(add(desk, i % 2 ? DESK_CLERK_CD : DESK_CLERK_SH, &draft),
				 STATUS_OK);
	}
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 12);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 6);
	request.name = "甲";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 5);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 2);
	request.name = "";
	request.owner = "li.na";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 3);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 0);
	request.owner = "";
	request.office = "SH";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 6);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 0);
	request.limit = 4;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 4);
	request.office = "XX";
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_customer_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "office_unknown");
}

static void a_list_in_slices_is_the_list_in_one(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerListRequest request = PB__CUSTOMER_LIST_REQUEST__INIT;
	const Pb__CustomerListReply *row;
	char number[32];

	for (unsigned i = 0; i < 50; i++)
		(void)desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	desk->slice_rows = SCAN_ROWS_MAX - 3; /* three rows a slice */
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 50);
	assert_true(desk->slices >= 17);
	for (unsigned i = 0; i < 50; i++) {
		row = (const Pb__CustomerListReply *)(void *)desk_row(desk, i);
		(void)snprintf(number, sizeof(number), "CD-C-2026-%05u", i + 1);
		assert_string_equal(row->view->customer->number, number);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_said_of_a_customer_is_shown),
		TEST(every_field_is_judged),
		TEST(what_masking_leaves_is_never_taken_for_a_value),
		TEST(a_clerk_adds_for_his_own_office_only),
		TEST(a_natural_key_is_unique_in_an_office),
		TEST(a_natural_key_of_several_offices_does_not_say_which),
		TEST(an_edit_changes_the_named_fields_and_the_version),
		TEST(an_edit_cannot_take_anothers_natural_key),
		TEST(a_list_is_filtered_and_stays_in_scope),
		TEST(a_list_in_slices_is_the_list_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
