/* Entries with something erased are explained by a later act about the same. */
#include "client/lib/bundle_erasures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/rpc.h"

static struct subject subjects[] = {
	{SUBJECT_CUSTOMER, 7}, {SUBJECT_ITEM, 7}, {SUBJECT_PRINCIPAL, 9}, {SUBJECT_ITEM, 8}};

static struct entry entry_of(uint16_t rpc, uint8_t class_, uint64_t sequence, size_t first,
			     size_t count)
{
	return (struct entry){.class_ = class_,
			      .rpc = rpc,
			      .sequence = sequence,
			      .subject_count = count,
			      .subjects = subjects + first};
}

static void an_act_about_the_customer_or_item_explains_an_entry_once(void **state)
{
	struct erasures *erasures = erasures_new();
	struct entry both = entry_of(RPC_item_add, ENTRY_CHANGE, 3, 0, 2);
	struct entry person = entry_of(RPC_borrow, ENTRY_CHANGE, 4, 2, 1);
	struct entry other = entry_of(RPC_borrow, ENTRY_CHANGE, 5, 3, 1);
	struct entry refused = entry_of(RPC_erase, ENTRY_REFUSAL, 6, 0, 4);
	struct entry look = entry_of(RPC_borrow, ENTRY_CHANGE, 7, 0, 4);
	struct entry erased = entry_of(RPC_erase, ENTRY_CHANGE, 8, 0, 3);

	(void)state;
	assert_non_null(erasures);
	assert_int_equal(erasures_left(erasures, &both), STATUS_OK);
	assert_int_equal(erasures_left(erasures, &person), STATUS_OK);
	assert_int_equal(erasures_left(erasures, &other), STATUS_OK);
	erasures_entry(erasures, &refused);
	erasures_entry(erasures, &look);
	assert_int_equal(erasures_explained(erasures), 0);
	erasures_entry(erasures, &erased);
	assert_int_equal(erasures_explained(erasures), 1); /* by both of its subjects */
	erasures_free(erasures);
}

static void an_act_explains_nothing_that_comes_after_it(void **state)
{
	struct erasures *erasures = erasures_new();
	struct entry erased = entry_of(RPC_erase, ENTRY_CHANGE, 1, 0, 2);

	(void)state;
	assert_non_null(erasures);
	erasures_entry(erasures, &erased);
	for (uint64_t sequence = 2; sequence < 100; sequence++) {
		struct entry left = entry_of(RPC_item_add, ENTRY_CHANGE, sequence, 0, 2);

		assert_int_equal(erasures_left(erasures, &left), STATUS_OK);
	}
	assert_int_equal(erasures_explained(erasures), 0);
	erased.sequence = 100;
	erasures_entry(erasures, &erased);
	assert_int_equal(erasures_explained(erasures), 98);
	erasures_free(erasures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_about_the_customer_or_item_explains_an_entry_once),
		cmocka_unit_test(an_act_explains_nothing_that_comes_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
