/* Listing what is on loan. */
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

static size_t list(struct desk *desk, uint64_t who, const Pb__LoanListRequest *request)
{
	assert_int_equal(desk_list(desk, who, RPC_loan_list, &request->base), STATUS_OK);
	return desk->scan.count;
}

static const Pb__LoanView *row(struct desk *desk, size_t index)
{
	return ((Pb__LoanListReply *)(void *)desk_row(desk, index))->view;
}

static void lend(struct desk *desk, uint64_t clerk, const char *customer, const char *borrower,
		 unsigned count)
{
	while (count-- > 0)
		assert_int_equal(desk_borrow(desk, clerk,
					     desk_add_piece(desk, clerk, customer, NULL), borrower),
				 STATUS_OK);
}

static void loans_are_listed_by_when_they_are_due(void **state)
{
	struct desk *desk = *state;
	const char *customer = desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
	Pb__LoanListRequest request = PB__LOAN_LIST_REQUEST__INIT;

	lend(desk, DESK_CLERK_CD, customer, "chen", 1);
	desk_sleep(desk, 1);
	lend(desk, DESK_CLERK_CD, customer, "wang.fang", 1);
	assert_int_equal(desk_renew(desk, DESK_CLERK_CD, "CD-KH-2026-000001"), STATUS_OK);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 2);
	assert_string_equal(row(desk, 0)->item, "CD-KH-2026-000002");
	assert_string_equal(row(desk, 0)->title, "合同");
	assert_string_equal(row(desk, 0)->customer, "CD-C-2026-00001");
	assert_string_equal(row(desk, 0)->office, "CD");
	assert_int_equal(row(desk, 1)->loan->due, DESK_TODAY + 30);
	assert_int_equal(desk_return(desk, DESK_CLERK_CD, "CD-KH-2026-000002"), STATUS_OK);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 1);
}

static void overdue_loans_are_found_in_every_office(void **state)
{
	struct desk *desk = *state;
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *sh = desk_add_customer(desk, DESK_CLERK_SH, "乙", "");
	Pb__LoanListRequest request = PB__LOAN_LIST_REQUEST__INIT;

	lend(desk, DESK_CLERK_CD, cd, "chen", 3);
	lend(desk, DESK_CLERK_SH, sh, "shen", 2);
	desk_sleep(desk, 10);
	lend(desk, DESK_CLERK_CD, cd, "wang.fang", 4);
	lend(desk, DESK_CLERK_SH, sh, "li.na", 4);
	desk_sleep(desk, 6);
	request.overdue = true;
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 3);
	assert_true(row(desk, 0)->overdue);
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 5);
	assert_true(desk->scan.looked < 10); /* of 13 that are open */
	desk->slice_rows = SCAN_ROWS_MAX - 1;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 5);
	assert_true(desk->slices < 10); /* passes over what is due later */
	request.office = "SH";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 2);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 0);
	request.office = "";
	request.borrower = "wang.fang";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 0);
	request.overdue = false;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 4);
	request.limit = 3;
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 3);
}

static void loans_are_found_by_borrower_and_by_customer(void **state)
{
	struct desk *desk = *state;
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *other = desk_add_customer(desk, DESK_CLERK_CD, "丙", "");
	const char *sh = desk_add_customer(desk, DESK_CLERK_SH, "乙", "");
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__LoanListRequest request = PB__LOAN_LIST_REQUEST__INIT;
	const char *piece = desk_add_piece(desk, DESK_CLERK_CD, other, NULL);

	desk_no_approvals(desk);
	lend(desk, DESK_CLERK_CD, cd, "wang.fang", 2);
	lend(desk, DESK_CLERK_SH, sh, "wang.fang", 1);
	borrow.items = &piece;
	borrow.n_items = 1;
	borrow.borrower = "张律师";
	borrow.external = true;
	borrow.purpose = "诉讼";
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_borrow, &borrow.base, NULL), STATUS_OK);
	request.borrower = "王芳";
	assert_int_equal(list(desk, DESK_ARCHIVIST, &request), 3);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 2);
	request.borrower = "张律师";
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 1);
	assert_string_equal(row(desk, 0)->item, piece);
	assert_int_equal(list(desk, DESK_CLERK_SH, &request), 0);
	request.borrower = "不认识";
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 0);
	request.borrower = "李娜";
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_loan_list, &request.base),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "principal_ambiguous");
	request.borrower = "";
	request.customer = cd;
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 2);
	request.borrower = "li.na";
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 0);
	request.customer = sh;
	assert_int_equal(desk_list(desk, DESK_CLERK_CD, RPC_loan_list, &request.base),
			 STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "customer_unknown");
}

static void a_loan_belongs_to_the_office_of_its_item(void **state)
{
	struct desk *desk = *state;
	const char *cd = desk_add_customer(desk, DESK_CLERK_CD, "甲", "");
	const char *piece = desk_add_piece(desk, DESK_CLERK_CD, cd, NULL);
	Pb__LoanListRequest request = PB__LOAN_LIST_REQUEST__INIT;

	assert_int_equal(desk_borrow(desk, DESK_ARCHIVIST, piece, "anna"), STATUS_OK);
	assert_int_equal(list(desk, DESK_CLERK_CD, &request), 1);
	assert_string_equal(row(desk, 0)->clerk, "anna");
	assert_int_equal(list(desk, DESK_CLERK_SH, &request), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loans_are_listed_by_when_they_are_due),
		TEST(overdue_loans_are_found_in_every_office),
		TEST(loans_are_found_by_borrower_and_by_customer),
		TEST(a_loan_belongs_to_the_office_of_its_item),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
