/* Numbers by rule, and the map that a batch keeps. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
#include <string.h>

#include "server/service/map.h"
#include "server/service/number.h"

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

static const char *add(struct desk *desk, const char *rule)
{
	(void)snprintf(desk->config->number_customer, CONFIG_TEXT_LEN, "%s", rule);
	return desk_add_customer(desk, DESK_CLERK_CD, "公司", "");
}

static void numbers_follow_the_rule_and_count_up(void **state)
{
	struct desk *desk = *state;

	assert_string_equal(add(desk, "{office}-C-{year}-{serial:5}"), "CD-C-2026-00001");
	assert_string_equal(add(desk, "{office}-C-{year}-{serial:5}"), "CD-C-2026-00002");
	assert_string_equal(desk_add_customer(desk, DESK_CLERK_SH, "公司", ""), "SH-C-2026-00001");
	assert_string_equal(add(desk, "{year}/{serial:2}/{office}"), "2026/01/CD");
	assert_string_equal(add(desk, "K{serial}"), "K1");
	assert_string_equal(add(desk, "K{serial:3}"), "K002");
	assert_string_equal(add(desk, "plain-"), "plain-1");
	assert_string_equal(add(desk, "{what}{serial:2}"), "{what}01");
}

static void a_new_year_begins_a_new_series(void **state)
{
	struct desk *desk = *state;

	assert_string_equal(add(desk, "{office}-{year}-{serial:3}"), "CD-2026-001");
	desk_sleep(desk, 365);
	assert_string_equal(add(desk, "{office}-{year}-{serial:3}"), "CD-2027-001");
	assert_string_equal(add(desk, "{office}-{year}-{serial:3}"), "CD-2027-002");
}

static void a_series_that_is_full_gets_more_digits(void **state)
{
	struct desk *desk = *state;
	const char *number = "";

	for (unsigned i = 0; i < 10; i++)
		number = add(desk, "N{serial:1}");
	assert_string_equal(number, "N10");
}

static void a_number_that_is_taken_is_left_out(void **state)
{
	struct desk *desk = *state;

	assert_string_equal(add(desk, "A-0{serial:1}"), "A-01");
	assert_string_equal(add(desk, "A-0{serial:1}"), "A-02");
	assert_string_equal(add(desk, "A-{serial:2}"), "A-03");
}

static void a_refused_act_draws_no_number(void **state)
{
	struct desk *desk = *state;
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;

	assert_string_equal(add(desk, "R{serial:2}"), "R01");
	request.draft = &draft;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_add, &request.base, NULL),
			 STATUS_INVALID);
	assert_string_equal(add(desk, "R{serial:2}"), "R02");
}

static void one_act_draws_many_numbers_from_one_series(void **state)
{
	struct desk *desk = *state;
	struct call call = {.arena = &desk->keep, .config = desk->config, .today = DESK_TODAY};
	struct numbering numbering;
	const Pb__Office *cd;
	const Pb__Office *sh;
	const char *number;

	assert_int_equal(store_read(desk->store, &call.txn), STATUS_OK);
	cd = office_get(call.txn, 2, &desk->keep);
	sh = office_get(call.txn, 3, &desk->keep);
	numbering_init(&numbering, &call, "{office}-{serial:2}", INDEX_item_by_number);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(numbering_next(&numbering, i % 2 ? sh : cd, &number), STATUS_OK);
	assert_string_equal(number, "CD-04");
	assert_int_equal(numbering.count, 2);
	assert_int_equal(numbering.series[0]->last, 4);
	assert_int_equal(numbering.series[1]->last, 3);
	assert_string_equal(numbering.series[1]->name, "SH-");
	assert_int_not_equal(numbering.series[0]->id, numbering.series[1]->id);
	txn_end(call.txn);
}

static void a_map_gives_back_what_was_put(void **state)
{
	struct desk *desk = *state;
	struct map map;

	map_init(&map, &desk->keep);
	assert_int_equal(map_get(&map, 5), 0);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(map_put(&map, i * 64, i + 1), STATUS_OK);
	assert_int_equal(map_put(&map, 64, 77), STATUS_OK);
	assert_int_equal(map.count, 5000);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(map_get(&map, i * 64), i == 1 ? 77 : i + 1);
	assert_int_equal(map_get(&map, 63), 0);
	assert_int_not_equal(map_text(map_number(0, 1), "a"), map_text(map_number(0, 1), "b"));
	assert_int_not_equal(map_text(map_number(0, 1), "a"), map_text(map_number(0, 2), "a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_follow_the_rule_and_count_up),
		TEST(a_new_year_begins_a_new_series),
		TEST(a_series_that_is_full_gets_more_digits),
		TEST(a_number_that_is_taken_is_left_out),
		TEST(a_refused_act_draws_no_number),
		TEST(one_act_draws_many_numbers_from_one_series),
		TEST(a_map_gives_back_what_was_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
