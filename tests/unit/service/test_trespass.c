/* Ways round who may do what, each of which somebody has tried. */
#include <string.h>

#include "tests/unit/service/company.h"

/* ---- the store room: a keeper's item in a box that is not his department's ---- */

struct room {
	struct company *company;
	struct desk *desk;
	const char *customer; /* of the keeper's department */
	const char *box;      /* of another */
	const char *item;     /* his, in it */
};

static struct room room_of(void **state)
{
	struct company *company = *state;
	struct room room = {.company = company, .desk = &company->desk};
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	room.customer = company_customer(company, "XS", "");
	draft.title = "盒";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.place = "A-01";
	draft.department = "FW";
	room.box = desk_add_item(room.desk, DESK_CLERK_CD, &draft);
	pb__item_draft__init(&draft);
	draft.title = "合同";
	draft.customer = room.customer;
	draft.department = "XS";
	draft.parent = room.box;
	room.item = desk_add_item(room.desk, DESK_CLERK_CD, &draft);
	return room;
}

static enum status edit_item(struct desk *desk, uint64_t who, const char *item, const char *field,
			     Pb__ItemDraft *draft)
{
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;

	request.item = item;
	request.draft = draft;
	request.fields = &field;
	request.n_fields = 1;
	return desk_act(desk, who, RPC_item_edit, &request.base, NULL);
}

static bool tells(const struct desk *desk, const char *secret)
{
	const Pb__Refusal *refusal = &desk->call.refusal;

	return strcmp(refusal->subject, secret) == 0 || strcmp(refusal->holder, secret) == 0;
}

static void a_keeper_edits_what_stands_in_a_box_that_he_does_not_see(void **state)
{
	struct room room = room_of(state);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.note = "已核对";
	assert_int_equal(edit_item(room.desk, room.company->keeper, room.item, "note", &draft),
			 STATUS_OK);
}

static void a_refusal_does_not_name_a_box_that_he_does_not_see(void **state)
{
	struct room room = room_of(state);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	draft.kind = PB__ITEM_KIND__BOX;
	assert_int_equal(edit_item(room.desk, room.company->keeper, room.item, "kind", &draft),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(room.desk), "kind_order");
	assert_false(tells(room.desk, room.box));
}

static void a_seal_is_told_of_the_item_and_not_of_the_box_that_bears_it(void **state)
{
	struct room room = room_of(state);
	Pb__ItemSealRequest seal = PB__ITEM_SEAL_REQUEST__INIT;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	seal.item = room.box;
	seal.reason = "封存";
	assert_int_equal(desk_act(room.desk, DESK_ARCHIVIST, RPC_item_seal, &seal.base, NULL),
			 STATUS_OK);
	draft.note = "改";
	assert_int_equal(edit_item(room.desk, room.company->keeper, room.item, "note", &draft),
			 STATUS_BLOCKED);
	assert_string_equal(room.desk->call.refusal.subject, room.item);
	assert_int_equal(edit_item(room.desk, DESK_CLERK_CD, room.item, "note", &draft),
			 STATUS_BLOCKED);
	assert_string_equal(room.desk->call.refusal.subject, room.box);
}

static void a_loan_is_told_of_the_item_and_not_of_the_box_that_is_out(void **state)
{
	struct room room = room_of(state);
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;

	assert_int_equal(desk_borrow(room.desk, DESK_CLERK_CD, room.box, "wang.fang"), STATUS_OK);
	assert_int_equal(edit_item(room.desk, room.company->keeper, room.item, "parent", &draft),
			 STATUS_ON_LOAN);
	assert_string_equal(room.desk->call.refusal.subject, room.item);
	assert_int_equal(edit_item(room.desk, DESK_CLERK_CD, room.item, "parent", &draft),
			 STATUS_ON_LOAN);
	assert_string_equal(room.desk->call.refusal.subject, room.box);
}

static void a_refusal_does_not_name_what_stands_in_ones_box_unseen(void **state)
{
	struct room room = room_of(state);
	struct desk *desk = room.desk;
	const char *theirs = company_customer(room.company, "FW", "");
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const char *box;
	const char *piece;

	draft.title = "盒";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.department = "XS";
	box = desk_add_item(desk, DESK_CLERK_CD, &draft);
	pb__item_draft__init(&draft);
	draft.title = "合同";
	draft.customer = theirs;
	draft.department = "FW";
	draft.parent = box;
	piece = desk_add_item(desk, DESK_CLERK_CD, &draft);
	draft.customer = room.customer;
	assert_int_equal(edit_item(desk, room.company->keeper, box, "customer", &draft),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "other_customer");
	assert_false(tells(desk, piece));
}

static void rows_do_not_lead_to_what_is_not_shown(void **state)
{
	struct room room = room_of(state);
	const Pb__ItemView *view;

	view = desk_show(room.desk, room.company->keeper, room.item);
	assert_string_equal(view->parent, "");
	assert_int_equal(view->item->parent_id, 0);
	assert_int_not_equal(view->item->customer_id, 0);
	assert_int_equal(desk_borrow(room.desk, DESK_CLERK_CD, room.box, "wang.fang"), STATUS_OK);
	view = desk_show(room.desk, room.company->keeper, room.item);
	assert_non_null(view->loan);
	assert_string_equal(view->loan->item, "");
	assert_int_equal(view->loan->loan->item_id, 0);
}

/* ---- borrowers ---- */

static void somebody_from_outside_does_not_borrow_as_if_he_worked_here(void **state)
{
	struct room room = room_of(state);
	struct desk *desk = room.desk;

	(void)desk_add_person(desk, "lin.hao", "CD", "", PB__ROLE__LAWYER);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, room.item, "lin.hao"), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "principal_unknown");
}

static void of_namesakes_the_one_who_works_here_borrows(void **state)
{
	struct room room = room_of(state);
	struct desk *desk = room.desk;
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;

	request.login = "fang.wang";
	request.name = "王芳";
	request.office = "CD";
	request.role = PB__ROLE__LAWYER;
	request.unit = "律师事务所";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_add, &request.base, NULL),
			 STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, room.item, "王芳"), STATUS_OK);
}

static void an_act_names_no_more_approvals_than_it_may_have_items(void **state)
{
	struct room room = room_of(state);
	const char *approvals[] = {"CD-SP-1", "CD-SP-2"};
	int64_t most = room.desk->config->loan_items_at_once;
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	request.items = &room.item;
	request.n_items = 1;
	request.borrower = "李明";
	request.external = true;
	request.purpose = "开庭";
	request.approval = approvals;
	request.n_approval = 2;
	room.desk->config->loan_items_at_once = 1;
	assert_int_equal(desk_act(room.desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL),
			 STATUS_INVALID);
	room.desk->config->loan_items_at_once = most;
	assert_string_equal(desk_reason(room.desk), "too_many");
	assert_string_equal(room.desk->call.refusal.field, "approval");
}

/* ---- customers ---- */

static void a_salesperson_does_not_take_a_customer_into_his_office(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	const Pb__Customer *customer;
	const char *number;
	uint64_t sun;

	sun = desk_add_person(desk, "sun", "SH", "", PB__ROLE__SALESPERSON);
	number = company_customer(company, "", "sun");
	draft.note = "常客";
	assert_int_equal(company_edit_customer(company, sun, number, "note", &draft, &customer),
			 STATUS_OK);
	draft.office = "SH";
	assert_int_equal(company_edit_customer(company, sun, number, "office", &draft, &customer),
			 STATUS_DENIED);
	assert_string_equal(desk_reason(desk), "office_forbids");
	assert_int_equal(
		company_edit_customer(company, DESK_ARCHIVIST, number, "office", &draft, &customer),
		STATUS_OK);
}

static void how_many_are_sealed_is_not_counted(void **state)
{
	struct company *company = *state;
	struct desk *desk = &company->desk;
	const char *customer = company_customer(company, "", "");
	const char *piece = desk_add_piece(desk, DESK_CLERK_CD, customer, NULL);
	Pb__CustomerShowRequest request = PB__CUSTOMER_SHOW_REQUEST__INIT;
	Pb__ItemSealRequest seal = PB__ITEM_SEAL_REQUEST__INIT;
	ProtobufCMessage *reply;

	(void)desk_add_piece(desk, DESK_CLERK_CD, customer, NULL);
	seal.item = piece;
	seal.reason = "封存";
	assert_int_equal(desk_act(desk, DESK_ARCHIVIST, RPC_item_seal, &seal.base, NULL),
			 STATUS_OK);
	request.customer = customer;
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_customer_show, &request.base, &reply),
			 STATUS_OK);
	assert_int_equal(((Pb__CustomerShowReply *)(void *)reply)->items, 1);
	assert_int_equal(desk_look(desk, DESK_ARCHIVIST, RPC_customer_show, &request.base, &reply),
			 STATUS_OK);
	assert_int_equal(((Pb__CustomerShowReply *)(void *)reply)->items, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, company_open, company_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_keeper_edits_what_stands_in_a_box_that_he_does_not_see),
		TEST(a_refusal_does_not_name_a_box_that_he_does_not_see),
		TEST(a_seal_is_told_of_the_item_and_not_of_the_box_that_bears_it),
		TEST(a_loan_is_told_of_the_item_and_not_of_the_box_that_is_out),
		TEST(a_refusal_does_not_name_what_stands_in_ones_box_unseen),
		TEST(rows_do_not_lead_to_what_is_not_shown),
		TEST(somebody_from_outside_does_not_borrow_as_if_he_worked_here),
		TEST(of_namesakes_the_one_who_works_here_borrows),
		TEST(an_act_names_no_more_approvals_than_it_may_have_items),
		TEST(a_salesperson_does_not_take_a_customer_into_his_office),
		TEST(how_many_are_sealed_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
