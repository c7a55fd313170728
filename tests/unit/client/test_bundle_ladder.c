/* The times of entries on few rungs: never later than what an entry claims. */
#include "client/lib/bundle_ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

static void assert_below(const struct ladder *ladder, uint64_t size, uint64_t sequence,
			 int64_t time)
{
	struct rung rung;

	assert_true(ladder_below(ladder, size, &rung));
	assert_int_equal(rung.sequence, sequence);
	assert_int_equal(rung.time, time);
}

static void of_each_minute_the_first_entry_counts_and_of_all_the_last(void **state)
{
	struct ladder ladder;
	struct rung rung;

	(void)state;
	ladder_init(&ladder);
	assert_false(ladder_below(&ladder, UINT64_MAX, &rung));
	for (uint64_t i = 10; i < 200; i++)
		assert_int_equal(ladder_climb(&ladder, i, (int64_t)i * SECOND), STATUS_OK);
	assert_false(ladder_below(&ladder, 10, &rung));
	assert_below(&ladder, 11, 10, 10 * SECOND);
	assert_below(&ladder, 70, 10, 10 * SECOND);
	assert_below(&ladder, 71, 70, 70 * SECOND);
	assert_below(&ladder, 199, 190, 190 * SECOND);
	assert_below(&ladder, 200, 199, 199 * SECOND);
	ladder_release(&ladder);
}

static void times_far_apart_stand_each_on_its_rung(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 86400 * SECOND, INT64_MAX};
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(ladder_climb(&ladder, i, times[i]), STATUS_OK);
	assert_below(&ladder, 1, 0, INT64_MIN);
	assert_below(&ladder, 2, 1, -1);
	assert_below(&ladder, 3, 1, -1); /* less than a minute higher */
	assert_below(&ladder, 4, 3, 86400 * SECOND);
	assert_below(&ladder, 5, 4, INT64_MAX);
	ladder_release(&ladder);
}

/* One that is dated a day forward among a year of minutes is still seen, and no time is made up. */
static void many_minutes_take_wider_steps_and_no_more_rungs(void **state)
{
	const uint64_t count = 5 * LADDER_RUNGS_MAX;
	struct ladder ladder;
	struct rung rung;

	(void)state;
	ladder_init(&ladder);
	for (uint64_t i = 0; i < count; i++) {
		int64_t time = (int64_t)(i + (i > count / 2 ? 1440 : 0)) * MINUTE;

		assert_int_equal(ladder_climb(&ladder, i, time), STATUS_OK);
		assert_true(ladder.count <= LADDER_RUNGS_MAX);
	}
	assert_true(ladder.step <= (uint64_t)16 * MINUTE);
	for (uint64_t i = 0; i < count; i += 997) {
		int64_t time = (int64_t)(i + (i > count / 2 ? 1440 : 0)) * MINUTE;

		assert_true(ladder_below(&ladder, i + 1, &rung));
		assert_true(rung.sequence <= i && rung.time <= time);
		assert_true((uint64_t)(time - rung.time) < 2 * ladder.step);
	}
	ladder_release(&ladder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_each_minute_the_first_entry_counts_and_of_all_the_last),
		cmocka_unit_test(times_far_apart_stand_each_on_its_rung),
		cmocka_unit_test(many_minutes_take_wider_steps_and_no_more_rungs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
