/* Papers of grants: checked off, corrected, complete; what they cut; when the approval is asked
 * for. */
#include "tests/unit/service/mandate.h"

#include <stdio.h>

static void the_first_paper_looks_up_what_was_named_and_asks_for_approval(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, shelf->customer);
	Pb__GrantPaperReply *reply;

	assert_int_equal(mandate_shown(shelf, DESK_CLERK_CD, grant)->state,
			 PB__GRANT_STATE__GRANT_REQUESTED);
	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, &reply),
			 STATUS_OK);
	assert_non_null(reply->opened);
	assert_int_equal(reply->grant->n_customers, 1);
	assert_int_equal(reply->n_missing, 1);
	assert_string_equal(reply->missing[0], "lawyer's practising certificate");
	assert_int_equal(mandate_shown(shelf, DESK_CLERK_CD, grant)->state,
			 PB__GRANT_STATE__GRANT_PAPERS_MISSING);
	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__PRACTISING_CERTIFICATE, 0, &reply),
			 STATUS_OK);
	assert_null(reply->opened);
	assert_int_equal(reply->n_missing, 0);
	assert_int_equal(mandate_shown(shelf, DESK_CLERK_CD, grant)->state,
			 PB__GRANT_STATE__GRANT_WAITING);
}

static void what_names_nothing_known_gets_no_approval(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, "某某公司");

	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, NULL),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(&shelf->desk), "grant_names_nothing");
}

static void a_paper_corrects_the_one_of_its_kind_and_cuts_the_time(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, shelf->customer);
	Pb__GrantPaperReply *reply;
	int64_t asked_until;

	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, DESK_TODAY + 3, &reply),
			 STATUS_OK);
	asked_until = reply->grant->asked_until;
	assert_int_equal(reply->grant->not_after, (DESK_TODAY + 4) * DESK_DAY - DESK_DAY / 3);
	assert_null(reply->before);
	assert_int_equal(
		mandate_check_off(shelf, DESK_WANG, grant, PB__PAPER_KIND__INTRODUCTION, 0, &reply),
		STATUS_OK);
	assert_int_equal(reply->grant->n_papers, 1);
	assert_int_equal(reply->before->valid_until, DESK_TODAY + 3);
	assert_int_equal(reply->grant->papers[0]->checked_by, DESK_WANG);
	assert_int_equal(reply->grant->not_after, asked_until);
	assert_int_equal(mandate_check_off(shelf, DESK_WANG, grant, PB__PAPER_KIND__INTRODUCTION,
					   DESK_TODAY - 1, NULL),
			 STATUS_INVALID);
}

static void papers_are_not_touched_once_it_is_decided(void **state)
{
	struct shelf *shelf = *state;
	const char *grant = mandate_asked(shelf, shelf->customer);
	Pb__GrantPaperReply *reply;

	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, &reply),
			 STATUS_OK);
	mandate_put(shelf, reply->grant, PB__APPROVAL_STATE__APPROVED);
	assert_int_equal(
		mandate_check_off(shelf, DESK_CLERK_CD, grant, PB__PAPER_KIND__WORK_ID, 0, NULL),
		STATUS_BLOCKED);
	assert_string_equal(desk_reason(&shelf->desk), "grant_decided");
}

static void where_the_rule_asks_for_no_approval_complete_papers_do(void **state)
{
	struct shelf *shelf = *state;
	const char *grant;
	Pb__GrantPaperReply *reply;

	snprintf(shelf->desk.config->approval_grant, CONFIG_TEXT_LEN, "none");
	grant = mandate_asked(shelf, shelf->customer);
	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__INTRODUCTION, 0, &reply),
			 STATUS_OK);
	assert_null(reply->opened);
	assert_false(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
	assert_int_equal(mandate_check_off(shelf, DESK_CLERK_CD, grant,
					   PB__PAPER_KIND__PRACTISING_CERTIFICATE, 0, &reply),
			 STATUS_OK);
	assert_int_equal(reply->opened->approval->state, PB__APPROVAL_STATE__APPROVED);
	assert_true(mandate_sees_item(shelf, MANDATE_LAWYER, shelf->single));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mandate_setup, mandate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_paper_looks_up_what_was_named_and_asks_for_approval),
		TEST(what_names_nothing_known_gets_no_approval),
		TEST(a_paper_corrects_the_one_of_its_kind_and_cuts_the_time),
		TEST(papers_are_not_touched_once_it_is_decided),
		TEST(where_the_rule_asks_for_no_approval_complete_papers_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
