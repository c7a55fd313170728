#include "client/cmd/vigil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define NOW UINT64_C(1771210800)

static void heartbeats_that_come_in_time_are_well(void **state)
{
	(void)state;
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW, 0, NOW, 0}), VIGIL_WELL);
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW - 300, 0, NOW, 0}), VIGIL_WELL);
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW + 120, 0, NOW, 0}), VIGIL_WELL);
	/* The same one as before grows old; a new one was signed since we looked. */
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW - 200, NOW - 200, NOW, NOW - 30}),
			 VIGIL_WELL);
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW - 20, NOW - 80, NOW, NOW - 30}),
			 VIGIL_WELL);
}

static void without_a_heartbeat_there_is_an_alarm(void **state)
{
	(void)state;
	assert_int_equal(vigil_judge(&(struct vigil_beat){0, 0, NOW, 0}), VIGIL_NONE);
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW - 301, 0, NOW, 0}), VIGIL_OLD);
}

static void clocks_that_do_not_agree_are_noticed_on_both_sides(void **state)
{
	(void)state;
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW + 121, 0, NOW, 0}), VIGIL_AHEAD);
	assert_int_equal(vigil_judge(&(struct vigil_beat){NOW - 160, NOW - 220, NOW, NOW - 30}),
			 VIGIL_LATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heartbeats_that_come_in_time_are_well),
		cmocka_unit_test(without_a_heartbeat_there_is_an_alarm),
		cmocka_unit_test(clocks_that_do_not_agree_are_noticed_on_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
