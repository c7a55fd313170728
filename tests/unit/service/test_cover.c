/* A grant shows what it covers, while it is active, and nothing else. */
#include "tests/unit/service/mandate.h"

static void without_a_grant_nothing_exists(void **state)
{
	struct shelf *shelf = *state;

	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_false(mandate_sees_customer(shelf, MANDATE_LAWYER, shelf->customer));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 0);
}

static void a_customer_is_covered_with_all_his_items_and_no_other(void **state)
{
	struct shelf *shelf = *state;
	const char *other = desk_add_customer(&shelf->desk, DESK_CLERK_CD, "别家公司", "");
	const char *theirs = desk_add_piece(&shelf->desk, DESK_CLERK_CD, other, NULL);

	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);
	assert_true(mandate_sees_customer(shelf, MANDATE_LAWYER, shelf->customer));
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_false(mandate_sees_customer(shelf, MANDATE_LAWYER, other));
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, theirs));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 5);
}

static void a_named_item_is_covered_with_what_is_in_it(void **state)
{
	struct shelf *shelf = *state;

	mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->volume), NULL);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->volume));
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->box));
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->loose));
	assert_false(mandate_sees_customer(shelf, MANDATE_LAWYER, shelf->customer));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 2);
}

static void a_beginning_of_numbers_is_covered(void **state)
{
	struct shelf *shelf = *state;
	const char *series = shelf->single;

	mandate_give(shelf, NULL, NULL, &series);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->box));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 1);
}

static void only_documents_of_the_window_and_kind_are_covered(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *single = mandate_item(shelf, shelf->single);
	Pb__ItemKind kind = PB__ITEM_KIND__VOLUME;
	Pb__Grant *grant =
		mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), NULL, NULL);

	single->dated = DESK_TODAY;
	mandate_put_item(shelf, single);
	grant->dated_from = DESK_TODAY;
	grant->dated_until = DESK_TODAY;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece)); /* not dated */
	grant->dated_from = DESK_TODAY + 1;
	grant->dated_until = 0;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	grant->dated_from = 0;
	grant->dated_until = DESK_TODAY - 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	grant->dated_until = 0;
	grant->kinds = &kind;
	grant->n_kinds = 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->volume));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 1);
}

static void the_secret_is_covered_only_by_name_and_the_sealed_never(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *piece = mandate_item(shelf, shelf->piece);
	uint64_t *volume = mandate_item_id(shelf, shelf->volume);

	piece->secrecy = PB__SECRECY__CONFIDENTIAL;
	mandate_put_item(shelf, piece);
	mandate_give(shelf, mandate_customer_id(shelf, shelf->customer), volume, NULL);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 4);
	mandate_give(shelf, NULL, &piece->id, NULL);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 5);
	piece->sealed = true;
	mandate_put_item(shelf, piece);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->piece));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 4);
}

static void it_is_active_from_its_first_moment_until_before_its_last(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);

	grant->not_before = shelf->desk.now + 10;
	grant->not_after = shelf->desk.now + 20;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	shelf->desk.now = grant->not_before - 1;
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	shelf->desk.now = grant->not_before;
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	shelf->desk.now = grant->not_after - 1;
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	shelf->desk.now = grant->not_after;
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static void it_covers_nothing_unless_approved_and_not_revoked(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);
	const Pb__ApprovalState others[] = {
		PB__APPROVAL_STATE__WAITING, PB__APPROVAL_STATE__DECLINED,
		PB__APPROVAL_STATE__WITHDRAWN, PB__APPROVAL_STATE__USED};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		mandate_put(shelf, grant, others[i]);
		assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	}
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	grant->revoked_at = shelf->desk.now;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static void its_looks_are_counted_up_to_the_cap(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);

	grant->views_max = 2;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	mandate_use(shelf, grant);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	mandate_use(shelf, grant);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

static void who_may_only_list_does_not_read(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_give(shelf, NULL, mandate_item_id(shelf, shelf->single), NULL);

	grant->n_actions = 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_int_equal(mandate_listed(shelf, MANDATE_LAWYER), 1);
}

static void an_organisation_is_shown_its_own_records_whatever_is_named(void **state)
{
	struct shelf *shelf = *state;
	const char *other = desk_add_customer(&shelf->desk, DESK_CLERK_CD, "别家公司", "");
	const char *theirs = desk_add_piece(&shelf->desk, DESK_CLERK_CD, other, NULL);
	const char *series = "CD-";
	Pb__Grant *grant = mandate_make(shelf, MANDATE_ENTERPRISE);

	grant->series = &series;
	grant->n_series = 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_true(mandate_sees_item(shelf, MANDATE_ENTERPRISE, shelf->single));
	assert_false(mandate_sees_item(shelf, MANDATE_ENTERPRISE, theirs));
	assert_int_equal(mandate_listed(shelf, MANDATE_ENTERPRISE), 5);
}

static void an_auditor_with_everything_lists_all_but_the_secret(void **state)
{
	struct shelf *shelf = *state;
	Pb__Item *single = mandate_item(shelf, shelf->single);
	Pb__Grant *grant = mandate_make(shelf, DESK_AUDITOR);
	Pb__LoanListRequest loans = PB__LOAN_LIST_REQUEST__INIT;

	single->secrecy = PB__SECRECY__SECRET;
	mandate_put_item(shelf, single);
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->piece, "chen"), STATUS_OK);
	assert_int_equal(mandate_listed(shelf, DESK_AUDITOR), 0);
	assert_int_equal(desk_list(&shelf->desk, DESK_AUDITOR, RPC_loan_list, &loans.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 0);
	grant->everything = true;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(mandate_listed(shelf, DESK_AUDITOR), 4);
	assert_int_equal(desk_list(&shelf->desk, DESK_AUDITOR, RPC_loan_list, &loans.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 1);
}

static void an_auditor_lists_the_loans_of_what_a_grant_covers(void **state)
{
	struct shelf *shelf = *state;
	Pb__Grant *grant = mandate_make(shelf, DESK_AUDITOR);
	Pb__LoanListRequest loans = PB__LOAN_LIST_REQUEST__INIT;

	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->piece, "chen"), STATUS_OK);
	assert_int_equal(desk_borrow(&shelf->desk, DESK_CLERK_CD, shelf->single, "chen"),
			 STATUS_OK);
	grant->items = mandate_item_id(shelf, shelf->volume);
	grant->n_items = 1;
	mandate_put(shelf, grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(desk_list(&shelf->desk, DESK_AUDITOR, RPC_loan_list, &loans.base),
			 STATUS_OK);
	assert_int_equal(mandate_rows(shelf), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_grant_nothing_exists),
		TEST(a_customer_is_covered_with_all_his_items_and_no_other),
		TEST(a_named_item_is_covered_with_what_is_in_it),
		TEST(a_beginning_of_numbers_is_covered),
		TEST(only_documents_of_the_window_and_kind_are_covered),
		TEST(the_secret_is_covered_only_by_name_and_the_sealed_never),
		TEST(it_is_active_from_its_first_moment_until_before_its_last),
		TEST(it_covers_nothing_unless_approved_and_not_revoked),
		TEST(its_looks_are_counted_up_to_the_cap),
		TEST(who_may_only_list_does_not_read),
		TEST(an_organisation_is_shown_its_own_records_whatever_is_named),
		TEST(an_auditor_with_everything_lists_all_but_the_secret),
		TEST(an_auditor_lists_the_loans_of_what_a_grant_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
