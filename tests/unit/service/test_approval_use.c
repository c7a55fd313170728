/* Acts that rest on an approval: originals that leave the house, changes of important fields. */
#include "tests/unit/service/board.h"

#include <stdlib.h>
#include <string.h>

#define LAWYER "张律师, 某某律师事务所"

static enum status lend(struct board *board, uint64_t who, const char *item, const char *borrower,
			const char *approval)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	request.borrower = borrower;
	request.external = true;
	request.purpose = "诉讼";
	request.approval = &approval;
	request.n_approval = approval == NULL ? 0 : 1;
	return desk_act(board->desk, who, RPC_borrow, &request.base, NULL);
}

static const char *approved_loan(struct board *board, const char *item)
{
	const char *number = board_ask_loan(board, DESK_CLERK_CD, item, LAWYER);

	assert_non_null(number);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	return number;
}

static Pb__ApprovalState state_of(struct board *board, const char *number)
{
	return board_show(board, board->manager, number)->view->approval->state;
}

static void an_original_leaves_the_house_with_an_approval_only(void **state)
{
	struct board *board = *state;
	const Pb__Refusal *refusal = &board->desk->call.refusal;
	const char *single = board->shelf->single;
	const char *number;

	assert_int_equal(lend(board, DESK_CLERK_CD, single, LAWYER, NULL), STATUS_BLOCKED);
	assert_string_equal(refusal->reason, "approval_needed");
	assert_string_equal(refusal->subject, single);
	assert_string_equal(refusal->field, "loan");
	number = board_ask_loan(board, DESK_CLERK_CD, single, LAWYER);
	assert_int_equal(lend(board, DESK_CLERK_CD, single, LAWYER, number), STATUS_BLOCKED);
	assert_string_equal(refusal->reason, "approval_waits");
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(lend(board, DESK_CLERK_CD, single, LAWYER, number), STATUS_OK);
	assert_int_equal(state_of(board, number), PB__APPROVAL_STATE__USED);
	assert_int_equal(desk_return(board->desk, DESK_CLERK_CD, single), STATUS_OK);
	assert_int_equal(lend(board, DESK_CLERK_CD, single, LAWYER, number), STATUS_BLOCKED);
	assert_string_equal(refusal->reason, "approval_used");
}

static void staff_and_copies_need_none(void **state)
{
	struct board *board = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const char *copy;

	draft.title = "复印件";
	draft.customer = board->customer;
	draft.authenticity = PB__AUTHENTICITY__COPY;
	copy = desk_add_item(board->desk, DESK_CLERK_CD, &draft);
	assert_int_equal(lend(board, DESK_CLERK_CD, copy, LAWYER, NULL), STATUS_OK);
	assert_int_equal(desk_borrow(board->desk, DESK_CLERK_CD, board->shelf->single, "wang.fang"),
			 STATUS_OK);
	assert_null(board_ask_loan(board, DESK_CLERK_CD, copy, LAWYER));
	assert_string_equal(desk_reason(board->desk), "approval_not_needed");
}

static void the_rule_may_ask_for_none(void **state)
{
	struct board *board = *state;

	board_rule(board->desk->config->approval_loan, "none; confidential: head");
	assert_int_equal(lend(board, DESK_CLERK_CD, board->shelf->single, LAWYER, NULL), STATUS_OK);
}

/* An approval that is not for exactly this act does not help, and stays as it is. */
static void useless(struct board *board, uint64_t who, const char *item, const char *borrower,
		    const char *number, const char *reason)
{
	assert_int_not_equal(lend(board, who, item, borrower, number), STATUS_OK);
	assert_string_equal(desk_reason(board->desk), reason);
}

static void an_approval_is_for_one_person_item_and_borrower(void **state)
{
	struct board *board = *state;
	const char *single = board->shelf->single;
	const char *number = approved_loan(board, single);

	useless(board, DESK_CLERK_CD, board->shelf->loose, LAWYER, number, "approval_other");
	useless(board, DESK_CLERK_CD, single, "李律师", number, "approval_other");
	useless(board, DESK_WANG, single, LAWYER, number, "approval_unknown");
	useless(board, DESK_CLERK_CD, single, LAWYER, "CD-SP-2026-00099", "approval_unknown");
	useless(board, DESK_CLERK_CD, single, LAWYER, board_ask(board, DESK_CLERK_CD),
		"approval_other");
	assert_int_equal(state_of(board, number), PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(lend(board, DESK_CLERK_CD, single, LAWYER, number), STATUS_OK);
}

static void a_declined_withdrawn_or_expired_approval_does_not_help(void **state)
{
	struct board *board = *state;
	const char *single = board->shelf->single;
	const char *number = board_ask_loan(board, DESK_CLERK_CD, single, LAWYER);

	assert_int_equal(board_decline(board, board->head, number, "不外借"), STATUS_OK);
	useless(board, DESK_CLERK_CD, single, LAWYER, number, "approval_declined");
	number = board_ask_loan(board, DESK_CLERK_CD, single, LAWYER);
	assert_int_equal(board_withdraw(board, DESK_CLERK_CD, number), STATUS_OK);
	useless(board, DESK_CLERK_CD, single, LAWYER, number, "approval_withdrawn");
	number = approved_loan(board, single);
	desk_sleep(board->desk, 1);
	useless(board, DESK_CLERK_CD, single, LAWYER, number, "approval_expired");
}

static void what_is_in_a_container_counts(void **state)
{
	struct board *board = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const Pb__Approval *row;
	const char *number;
	const char *box;

	draft.title = "复印件盒";
	draft.kind = PB__ITEM_KIND__BOX;
	draft.customer = board->customer;
	draft.authenticity = PB__AUTHENTICITY__COPY;
	box = desk_add_item(board->desk, DESK_CLERK_CD, &draft);
	assert_null(board_ask_loan(board, DESK_CLERK_CD, box, LAWYER));
	(void)desk_add_piece(board->desk, DESK_CLERK_CD, NULL, box);
	useless(board, DESK_CLERK_CD, box, LAWYER, NULL, "approval_needed");
	number = approved_loan(board, box);
	row = board_show(board, DESK_CLERK_CD, number)->view->approval;
	assert_string_equal(row->inputs[0]->value, "internal");
	assert_string_equal(row->inputs[1]->value, "original");
	(void)desk_add_piece(board->desk, DESK_CLERK_CD, NULL, box);
	useless(board, DESK_CLERK_CD, box, LAWYER, number, "approval_other");
	number = approved_loan(board, box);
	assert_int_equal(lend(board, DESK_CLERK_CD, box, LAWYER, number), STATUS_OK);
}

static void the_highest_secrecy_in_a_container_says_who_approves(void **state)
{
	struct board *board = *state;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const Pb__Approval *row;
	const char *number;

	board_rule(board->desk->config->approval_loan, "head; confidential: head + gm");
	draft.title = "机密件";
	draft.parent = board->shelf->volume;
	draft.secrecy = PB__SECRECY__CONFIDENTIAL;
	(void)desk_add_item(board->desk, DESK_CLERK_CD, &draft);
	number = board_ask_loan(board, DESK_CLERK_CD, board->shelf->box, LAWYER);
	row = board_show(board, DESK_CLERK_CD, number)->view->approval;
	assert_int_equal(row->n_levels, 2);
	assert_int_equal(row->levels[1], PB__APPROVAL_LEVEL__MANAGER);
	assert_string_equal(row->inputs[0]->value, "confidential");
}

static void of_many_items_each_takes_its_own_approval(void **state)
{
	struct board *board = *state;
	const char *items[] = {board->shelf->single, board->shelf->loose};
	const char *used = approved_loan(board, items[0]);
	const char *numbers[] = {approved_loan(board, items[1]), approved_loan(board, items[0])};
	const char *with_used[] = {used, numbers[0], numbers[1]};
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const Pb__BorrowReply *told;
	ProtobufCMessage *reply;

	assert_int_equal(lend(board, DESK_CLERK_CD, items[0], LAWYER, used), STATUS_OK);
	assert_int_equal(desk_return(board->desk, DESK_CLERK_CD, items[0]), STATUS_OK);
	request.items = items;
	request.n_items = 2;
	request.borrower = LAWYER;
	request.external = true;
	request.purpose = "诉讼";
	request.approval = numbers;
	request.n_approval = 1;
	assert_int_equal(desk_act(board->desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL),
			 STATUS_BLOCKED);
	assert_int_equal(state_of(board, numbers[0]), PB__APPROVAL_STATE__APPROVED);
	request.approval = with_used;
	request.n_approval = 3;
	assert_int_equal(desk_act(board->desk, DESK_CLERK_CD, RPC_borrow, &request.base, &reply),
			 STATUS_OK);
	told = (const Pb__BorrowReply *)(void *)reply;
	assert_int_equal(told->n_approval_ids, 2);
	assert_int_equal(state_of(board, numbers[0]), PB__APPROVAL_STATE__USED);
	assert_int_equal(state_of(board, numbers[1]), PB__APPROVAL_STATE__USED);
}

/* ---- important fields ---- */

struct wish {
	Pb__CustomerDraft draft;
	const char *fields[4];
	size_t count;
};

static enum status edit(struct board *board, uint64_t who, struct wish *wish, const char *approval)
{
	Pb__CustomerEditRequest request = PB__CUSTOMER_EDIT_REQUEST__INIT;

	request.customer = board->customer;
	request.draft = &wish->draft;
	request.fields = wish->fields;
	request.n_fields = wish->count;
	request.approval = approval;
	return desk_act(board->desk, who, RPC_customer_edit, &request.base, NULL);
}

static const char *ask_edit(struct board *board, uint64_t who, struct wish *wish)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;
	const Pb__ApprovalRequestReply *told;
	ProtobufCMessage *reply;

	request.kind = "edit";
	request.subject = board->customer;
	request.reason = "更名";
	request.draft = &wish->draft;
	request.fields = wish->fields;
	request.n_fields = wish->count;
	if (desk_act(board->desk, who, RPC_approval_request, &request.base, &reply) != STATUS_OK)
		return NULL;
	told = (const Pb__ApprovalRequestReply *)(void *)reply;
	return arena_printf(&board->desk->keep, "%s", told->opened->approval->number);
}

static struct wish wish_of(const char *name, const char *note)
{
	struct wish wish = {.fields = {"name", "note"}, .count = 2};

	pb__customer_draft__init(&wish.draft);
	wish.draft.name = name;
	wish.draft.note = note;
	return wish;
}

static void a_new_name_needs_an_approval_of_exactly_that(void **state)
{
	struct board *board = *state;
	struct wish wish = wish_of("成都新名公司", "更名");
	struct wish another = wish_of("成都别名公司", "更名");
	const char *number;

	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, ""), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_needed");
	assert_string_equal(board->desk->call.refusal.field, "edit");
	number = ask_edit(board, DESK_CLERK_CD, &wish);
	assert_non_null(number);
	assert_string_equal(board_show(board, board->head, number)->view->approval->detail,
			    "CD-C-2026-00001 name: 成都某某公司 → 成都新名公司");
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(edit(board, DESK_CLERK_CD, &another, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_other");
	wish.count = 1;
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, number), STATUS_BLOCKED);
	wish.count = 2;
	wish.draft.ref = "不在修改之列";
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, number), STATUS_OK);
	assert_int_equal(state_of(board, number), PB__APPROVAL_STATE__USED);
}

static void the_order_of_fields_does_not_matter(void **state)
{
	struct board *board = *state;
	struct wish wish = wish_of("成都新名公司", "更名");
	const char *number = ask_edit(board, DESK_CLERK_CD, &wish);

	wish.fields[0] = "note";
	wish.fields[1] = "name";
	wish.fields[2] = "note";
	wish.count = 3;
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, number), STATUS_OK);
}

static void other_fields_and_what_stays_as_it_is_need_none(void **state)
{
	struct board *board = *state;
	struct wish wish = wish_of("成都某某公司", "重要客户");

	assert_null(ask_edit(board, DESK_CLERK_CD, &wish));
	assert_string_equal(desk_reason(board->desk), "approval_not_needed");
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, ""), STATUS_OK);
	board_rule(board->desk->config->approval_important, "note");
	wish = wish_of("成都新名公司", "重要客户");
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, ""), STATUS_OK);
	wish = wish_of("成都新名公司", "普通客户");
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, ""), STATUS_BLOCKED);
	board_rule(board->desk->config->approval_customer_edit, "none");
	assert_int_equal(edit(board, DESK_CLERK_CD, &wish, ""), STATUS_OK);
}

static void what_could_not_be_done_is_not_asked_for(void **state)
{
	struct board *board = *state;
	struct wish wish = wish_of("", "");

	assert_null(ask_edit(board, DESK_CLERK_CD, &wish));
	assert_string_equal(desk_reason(board->desk), "required");
	assert_null(ask_edit(board, board->manager, &wish));
	assert_string_equal(desk_reason(board->desk), "role_forbids");
	wish = wish_of("名", "");
	wish.fields[0] = "number";
	assert_null(ask_edit(board, DESK_CLERK_CD, &wish));
	assert_string_equal(desk_reason(board->desk), "field_unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_original_leaves_the_house_with_an_approval_only),
		TEST(staff_and_copies_need_none),
		TEST(the_rule_may_ask_for_none),
		TEST(an_approval_is_for_one_person_item_and_borrower),
		TEST(a_declined_withdrawn_or_expired_approval_does_not_help),
		TEST(what_is_in_a_container_counts),
		TEST(the_highest_secrecy_in_a_container_says_who_approves),
		TEST(of_many_items_each_takes_its_own_approval),
		TEST(a_new_name_needs_an_approval_of_exactly_that),
		TEST(the_order_of_fields_does_not_matter),
		TEST(other_fields_and_what_stays_as_it_is_need_none),
		TEST(what_could_not_be_done_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
