/* An item becomes less protected by an approval only: else the next act could be its loan. */
#include <string.h>

#include "tests/unit/service/board.h"

struct wish {
	Pb__ItemDraft draft;
	const char *fields[3];
	size_t count;
};

static enum status edit(struct board *board, const char *item, struct wish *wish,
			const char *approval)
{
	Pb__ItemEditRequest request = PB__ITEM_EDIT_REQUEST__INIT;

	request.item = item;
	request.draft = &wish->draft;
	request.fields = wish->fields;
	request.n_fields = wish->count;
	request.approval = approval;
	return desk_act(board->desk, DESK_CLERK_CD, RPC_item_edit, &request.base, NULL);
}

/* The number of what was asked for, NULL when refused. */
static const char *ask(struct board *board, uint64_t who, const char *item, struct wish *wish)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;
	const Pb__ApprovalRequestReply *told;
	ProtobufCMessage *reply;

	request.kind = "item-edit";
	request.subject = item;
	request.reason = "核对后更正";
	request.item_draft = &wish->draft;
	request.fields = wish->fields;
	request.n_fields = wish->count;
	if (desk_act(board->desk, who, RPC_approval_request, &request.base, &reply) != STATUS_OK)
		return NULL;
	told = (const Pb__ApprovalRequestReply *)(void *)reply;
	return arena_printf(&board->desk->keep, "%s", told->opened->approval->number);
}

static struct wish copy_wish(void)
{
	struct wish wish = {.fields = {"authenticity"}, .count = 1};

	pb__item_draft__init(&wish.draft);
	wish.draft.authenticity = PB__AUTHENTICITY__COPY;
	return wish;
}

static struct wish secrecy_wish(Pb__Secrecy secrecy)
{
	struct wish wish = {.fields = {"secrecy"}, .count = 1};

	pb__item_draft__init(&wish.draft);
	wish.draft.secrecy = secrecy;
	return wish;
}

static enum status lend(struct board *board, const char *item)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	request.items = &item;
	request.n_items = 1;
	request.borrower = "李明";
	request.external = true;
	request.purpose = "开庭";
	return desk_act(board->desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL);
}

static void an_original_becomes_a_copy_by_an_approval_only(void **state)
{
	struct board *board = *state;
	const char *item = board->shelf->single;
	struct wish wish = copy_wish();
	const char *number;

	assert_int_equal(edit(board, item, &wish, ""), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_needed");
	assert_string_equal(board->desk->call.refusal.field, "item-edit");
	assert_int_equal(lend(board, item), STATUS_BLOCKED);
	number = ask(board, DESK_CLERK_CD, item, &wish);
	assert_non_null(number);
	assert_string_equal(
		board_show(board, board->head, number)->view->approval->detail,
		arena_printf(&board->desk->keep, "%s authenticity: original → copy", item));
	assert_int_equal(edit(board, item, &wish, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_waits");
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(edit(board, item, &wish, number), STATUS_OK);
	assert_int_equal(lend(board, item), STATUS_OK);
	assert_int_equal(desk_return(board->desk, DESK_CLERK_CD, item), STATUS_OK);
	wish.draft.authenticity = PB__AUTHENTICITY__ORIGINAL;
	assert_int_equal(edit(board, item, &wish, ""), STATUS_OK);
	wish = copy_wish();
	assert_int_equal(edit(board, item, &wish, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_used");
}

static void secrecy_is_raised_freely_and_lowered_as_who_may_for_what_it_was(void **state)
{
	struct board *board = *state;
	const char *item = board->shelf->single;
	struct wish internal = secrecy_wish(PB__SECRECY__INTERNAL);
	struct wish confidential = secrecy_wish(PB__SECRECY__CONFIDENTIAL);
	struct wish secret = secrecy_wish(PB__SECRECY__SECRET);
	const char *number;

	assert_int_equal(edit(board, item, &confidential, ""), STATUS_OK);
	assert_int_equal(edit(board, item, &internal, ""), STATUS_BLOCKED);
	number = ask(board, DESK_CLERK_CD, item, &internal);
	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(edit(board, item, &secret, ""), STATUS_OK);
	/* What has become more secret meanwhile was not what the head looked at. */
	assert_int_equal(edit(board, item, &internal, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_other");
	number = ask(board, DESK_CLERK_CD, item, &internal);
	assert_int_equal(board_approve(board, board->head, number), STATUS_DENIED);
	assert_int_equal(board_approve(board, board->manager, number), STATUS_OK);
	assert_int_equal(edit(board, item, &internal, number), STATUS_OK);
}

static void an_approval_is_for_that_item_and_those_fields(void **state)
{
	struct board *board = *state;
	const char *item = board->shelf->single;
	struct wish wish = copy_wish();
	const char *number = ask(board, DESK_CLERK_CD, item, &wish);

	assert_int_equal(board_approve(board, board->head, number), STATUS_OK);
	assert_int_equal(edit(board, board->shelf->piece, &wish, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_other");
	wish.fields[wish.count++] = "secrecy";
	wish.draft.secrecy = PB__SECRECY__PUBLIC;
	assert_int_equal(edit(board, item, &wish, number), STATUS_BLOCKED);
	assert_string_equal(desk_reason(board->desk), "approval_other");
	wish.count = 1;
	assert_int_equal(edit(board, item, &wish, number), STATUS_OK);
}

static void other_changes_need_none_and_what_does_not_exist_is_not_asked_for(void **state)
{
	struct board *board = *state;
	const char *item = board->shelf->single;
	struct wish wish = {.fields = {"note"}, .count = 1};
	struct wish copy = copy_wish();

	pb__item_draft__init(&wish.draft);
	wish.draft.note = "已核对";
	assert_int_equal(edit(board, item, &wish, ""), STATUS_OK);
	assert_null(ask(board, DESK_CLERK_CD, item, &wish));
	assert_string_equal(desk_reason(board->desk), "approval_not_needed");
	assert_null(ask(board, DESK_CLERK_SH, item, &copy));
	assert_string_equal(desk_reason(board->desk), "item_unknown");
	assert_null(ask(board, board->head, item, &copy));
	assert_string_equal(desk_reason(board->desk), "role_forbids");
	board_rule(board->desk->config->approval_item_edit, "none");
	assert_int_equal(edit(board, item, &copy, ""), STATUS_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, board_setup, board_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_original_becomes_a_copy_by_an_approval_only),
		TEST(secrecy_is_raised_freely_and_lowered_as_who_may_for_what_it_was),
		TEST(an_approval_is_for_that_item_and_those_fields),
		TEST(other_changes_need_none_and_what_does_not_exist_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
