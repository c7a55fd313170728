/* Which receipts are of one entry. */
#include "client/lib/receipt_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool add(struct receipt_set *set, uint64_t sequence, const char *header)
{
	const struct entry entry = {.sequence = sequence};
	const struct receipt receipt = {.entry = &entry,
					.bytes = {3, (uint8_t *)(uintptr_t)header}};
	bool is_new;

	assert_int_equal(receipt_set_add(set, &receipt, &is_new), STATUS_OK);
	return is_new;
}

static void each_entry_is_new_once_in_whatever_order(void **state)
{
	struct receipt_set set = RECEIPT_SET_EMPTY;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		assert_true(add(&set, i * 7 % 1000, "one"));
	for (uint64_t i = 0; i < 1000; i++)
		assert_false(add(&set, i, "one"));
	assert_int_equal(set.count, 1000);
	receipt_set_release(&set);
}

static void a_receipt_that_says_otherwise_is_another_one(void **state)
{
	struct receipt_set set = RECEIPT_SET_EMPTY;

	(void)state;
	assert_true(add(&set, 5, "one"));
	assert_true(add(&set, 5, "two"));
	assert_false(add(&set, 5, "one"));
	assert_false(add(&set, 5, "two"));
	receipt_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_is_new_once_in_whatever_order),
		cmocka_unit_test(a_receipt_that_says_otherwise_is_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
