/* Lending. */
#include "common/date.h"
#include "tests/unit/service/shelf.h"

static void a_loan_is_due_after_the_days_of_the_rule(void **state)
{
	struct shelf *shelf = *state;
	Pb__ItemView *view;

	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->single, "wang.fang"),
			 STATUS_OK);
	view = desk_show(&shelf->desk, DESK_CLERK_CD, shelf->single);
	assert_int_equal(view->state, PB__ITEM_STATE__ON_LOAN);
	assert_int_equal(view->loan->loan->due, DESK_TODAY + 15);
	assert_string_equal(view->loan->loan->borrower, "王芳");
	assert_string_equal(view->loan->clerk, "chen");
	assert_string_equal(view->loan->office, "CD");
	assert_int_equal(view->loan->loan->pages, 10);
}

static void a_lent_item_is_refused_with_who_where_since_and_until(void **state)
{
	struct shelf *shelf = *state;
	const Pb__Refusal *refusal = &shelf->desk.call.refusal;
	int64_t lent = shelf->desk.now;

	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->single, "shen"),
			 STATUS_OK);
	desk_sleep(&shelf->desk, 3);
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->single, "wang.fang"),
			 STATUS_ON_LOAN);
	assert_string_equal(refusal->reason, "item_on_loan");
	assert_string_equal(refusal->subject, shelf->single);
	assert_string_equal(refusal->holder, "沈思");
	assert_string_equal(refusal->holder_office, "SH");
	assert_int_equal(refusal->since, lent);
	assert_int_equal(refusal->due, DESK_TODAY + 15);
	assert_int_equal(shelf->desk.call.subject_count, 3); /* borrower, item, customer */
}

static void lending_a_box_lends_what_is_in_it(void **state)
{
	struct shelf *shelf = *state;
	Pb__ItemView *view;

	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->box, "wang.fang"),
			 STATUS_OK);
	view = desk_show(&shelf->desk, DESK_CLERK_CD, shelf->piece);
	assert_int_equal(view->state, PB__ITEM_STATE__ON_LOAN);
	assert_string_equal(view->loan->item, shelf->box);
	assert_string_equal(view->place, "A-01");
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->piece, "li.na"),
			 STATUS_ON_LOAN);
	assert_string_equal(desk_reason(&shelf->desk), "container_on_loan");
	assert_string_equal(shelf->desk.call.refusal.subject, shelf->box);
	assert_int_equal(desk_return(&shelf->desk, DESK_CLERK_CD, shelf->piece),
			 STATUS_NOT_ON_LOAN);
	assert_string_equal(desk_reason(&shelf->desk), "lent_as_content");
	assert_string_equal(shelf->desk.call.refusal.subject, shelf->box);
}

static void a_box_is_not_lent_while_something_in_it_is_out(void **state)
{
	struct shelf *shelf = *state;

	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->piece, "wang.fang"),
			 STATUS_OK);
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->box, "li.na"),
			 STATUS_ON_LOAN);
	assert_string_equal(desk_reason(&shelf->desk), "content_on_loan");
	assert_string_equal(shelf->desk.call.refusal.subject, shelf->piece);
	assert_string_equal(shelf->desk.call.refusal.holder, "王芳");
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->loose, "li.na"),
			 STATUS_OK);
}

static void all_are_lent_or_none(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	const char *items[] = {shelf->loose, shelf->single, "NONE-1", shelf->piece};

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "li.na"), STATUS_OK);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->piece, "li.na"), STATUS_OK);
	assert_int_equal(shelf_borrow(shelf, items, 4, false, NULL), STATUS_ON_LOAN);
	assert_string_equal(desk->call.refusal.subject, shelf->single);
	assert_int_equal(desk->call.refusal.n_others, 1);
	assert_string_equal(desk->call.refusal.others[0], shelf->piece);
	assert_int_equal(desk_show(desk, DESK_CLERK_CD, shelf->loose)->state,
			 PB__ITEM_STATE__ON_SHELF);
}

static void each_lends_what_can_be_lent(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	const char *items[] = {"NONE-1", shelf->single, shelf->loose};
	Pb__BorrowReply *reply;

	assert_int_equal(shelf_borrow(shelf, items, 3, true, &reply), STATUS_OK);
	assert_int_equal(reply->n_outcomes, 3);
	assert_null(reply->outcomes[0]->loan);
	assert_string_equal(reply->outcomes[0]->refusal->reason, "item_unknown");
	assert_non_null(reply->outcomes[1]->loan);
	assert_string_equal(reply->outcomes[1]->title, "合同");
	assert_int_equal(reply->outcomes[2]->loan->id, reply->outcomes[1]->loan->id + 1);
	assert_int_equal(shelf_borrow(shelf, items, 3, true, &reply), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "item_unknown");
}

static void an_item_named_twice_is_refused(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	const char *twice[] = {shelf->single, shelf->single};
	const char *outer_first[] = {shelf->box, shelf->piece};
	const char *inner_first[] = {shelf->piece, shelf->box};

	assert_int_equal(shelf_borrow(shelf, twice, 2, false, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "repeated_item");
	assert_int_equal(shelf_borrow(shelf, outer_first, 2, false, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "repeated_item");
	assert_string_equal(desk->call.refusal.subject, shelf->piece);
	assert_int_equal(shelf_borrow(shelf, inner_first, 2, false, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "repeated_item");
}

static void electronic_and_secret_items_are_not_lent(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	const char *number;

	draft.title = "扫描件";
	draft.customer = shelf->customer;
	draft.medium = PB__MEDIUM__ELECTRONIC;
	number = desk_add_item(desk, DESK_CLERK_CD, &draft);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, number, "chen"), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "item_electronic");
	draft.medium = PB__MEDIUM__PAPER;
	draft.secrecy = PB__SECRECY__SECRET;
	draft.parent = shelf->box;
	number = desk_add_item(desk, DESK_CLERK_CD, &draft);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, number, "chen"), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "item_secret");
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->box, "chen"), STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "item_secret");
	assert_string_equal(desk->call.refusal.subject, number);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->volume, "chen"), STATUS_OK);
}

static void who_has_overdue_items_gets_no_more(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "wang.fang"), STATUS_OK);
	desk_sleep(desk, 15);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->piece, "wang.fang"), STATUS_OK);
	desk_sleep(desk, 1);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->loose, "wang.fang"),
			 STATUS_BLOCKED);
	assert_string_equal(desk_reason(desk), "borrower_overdue");
	assert_string_equal(desk->call.refusal.subject, shelf->single);
	assert_string_equal(desk->call.refusal.holder, "王芳");
	assert_int_equal(desk->call.refusal.due, DESK_TODAY + 15);
	desk->config->loan_overdue_blocks = 0;
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->loose, "wang.fang"), STATUS_OK);
}

static void what_is_overdue_elsewhere_is_named_by_its_office(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	const char *customer = desk_add_customer(desk, DESK_CLERK_SH, "上海某某公司", "");
	const char *piece = desk_add_piece(desk, DESK_CLERK_SH, customer, NULL);

	assert_int_equal(desk_borrow(desk, DESK_CLERK_SH, piece, "wang.fang"), STATUS_OK);
	desk_sleep(desk, 16);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->loose, "wang.fang"),
			 STATUS_BLOCKED);
	assert_string_equal(desk->call.refusal.subject, "SH");
	assert_int_equal(desk_borrow(desk, DESK_ARCHIVIST, shelf->loose, "wang.fang"),
			 STATUS_BLOCKED);
	assert_string_equal(desk->call.refusal.subject, piece);
}

static void a_borrower_is_a_login_or_a_name_that_only_one_bears(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;

	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "李娜"), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "principal_ambiguous");
	assert_int_equal(desk->call.refusal.n_others, 2);
	assert_string_equal(desk->call.refusal.others[1], "li.na.2");
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "nobody"),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "principal_unknown");
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, shelf->single, "li.na.2"), STATUS_OK);
}

static void whoever_takes_it_has_to_say_what_for(void **state)
{
	static const char *const nothing[] = {"", "  ", "\u3000 \u00a0"};
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	desk_no_approvals(desk);
	request.items = &shelf->single;
	request.n_items = 1;
	request.borrower = "wang.fang";
	for (size_t i = 0; i < 6; i++) {
		request.purpose = nothing[i / 2];
		request.external = i % 2 != 0;
		assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL),
				 STATUS_INVALID);
		assert_string_equal(desk_reason(desk), "required");
		assert_string_equal(desk->call.refusal.field, "purpose");
	}
	request.purpose = "\u3000诉讼";
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL), STATUS_OK);
}

static void somebody_from_outside_has_seven_days(void **state)
{
	struct shelf *shelf = *state;
	struct desk *desk = &shelf->desk;
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const Pb__Loan *loan;

	desk_no_approvals(desk);
	request.items = &shelf->single;
	request.n_items = 1;
	request.borrower = "张律师, 某某律师事务所";
	request.external = true;
	request.purpose = "诉讼";
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL), STATUS_OK);
	loan = desk_show(desk, DESK_CLERK_CD, shelf->single)->loan->loan;
	assert_int_equal(loan->borrower_class, PB__BORROWER_CLASS__EXTERNAL);
	assert_int_equal(loan->borrower_id, 0);
	assert_int_equal(loan->due, DESK_TODAY + 7);
	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, shelf->single), STATUS_LIMIT);
	assert_string_equal(desk_reason(desk), "renewals_used");
}

static enum status borrow_until(struct shelf *shelf, int32_t until)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;

	request.items = &shelf->single;
	request.n_items = 1;
	request.borrower = "chen";
	request.purpose = "查阅";
	request.until = until;
	return desk_act(&shelf->desk, DESK_CLERK_CD, RPC_borrow, &request.base, NULL);
}

static void a_date_may_be_asked_for_within_the_rule(void **state)
{
	static const struct {
		int32_t until;
		const char *reason;
		uint64_t limit;
	} wrong[] = {
		{DESK_TODAY - 1, "in_the_past", 0},       {1, "in_the_past", 0},
		{DESK_TODAY + 16, "beyond_rule", 15},     {DATE_MAX, "beyond_rule", 15},
		{-1, "out_of_range", DATE_MAX},           {INT32_MIN, "out_of_range", DATE_MAX},
		{DATE_MAX + 1, "out_of_range", DATE_MAX}, {INT32_MAX, "out_of_range", DATE_MAX},
	};
	struct shelf *shelf = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(borrow_until(shelf, wrong[i].until), STATUS_INVALID);
		assert_string_equal(desk_reason(&shelf->desk), wrong[i].reason);
		assert_string_equal(shelf->desk.call.refusal.field, "until");
		assert_int_equal(shelf->desk.call.refusal.limit, wrong[i].limit);
	}
	assert_int_equal(borrow_until(shelf, DESK_TODAY), STATUS_OK);
}

static void too_many_items_at_once_are_refused(void **state)
{
	struct shelf *shelf = *state;
	const char *items[] = {shelf->single, shelf->loose, shelf->piece};

	shelf->desk.config->loan_items_at_once = 2;
	assert_int_equal(shelf_borrow(shelf, items, 3, true, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(&shelf->desk), "too_many");
	assert_int_equal(shelf->desk.call.refusal.limit, 2);
	assert_int_equal(shelf_borrow(shelf, items, 0, true, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(&shelf->desk), "required");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, shelf_setup, shelf_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_loan_is_due_after_the_days_of_the_rule),
		TEST(a_lent_item_is_refused_with_who_where_since_and_until),
		TEST(lending_a_box_lends_what_is_in_it),
		TEST(a_box_is_not_lent_while_something_in_it_is_out),
		TEST(all_are_lent_or_none),
		TEST(each_lends_what_can_be_lent),
		TEST(an_item_named_twice_is_refused),
		TEST(electronic_and_secret_items_are_not_lent),
		TEST(who_has_overdue_items_gets_no_more),
		TEST(what_is_overdue_elsewhere_is_named_by_its_office),
		TEST(a_borrower_is_a_login_or_a_name_that_only_one_bears),
		TEST(whoever_takes_it_has_to_say_what_for),
		TEST(somebody_from_outside_has_seven_days),
		TEST(a_date_may_be_asked_for_within_the_rule),
		TEST(too_many_items_at_once_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
