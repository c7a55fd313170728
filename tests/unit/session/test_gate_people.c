#include "server/session/gate.h"

#include <pthread.h>

#include "tests/unit/session/gatehouse.h"

/* ---- requests ---- */

static unsigned ask_all(struct house *house, uint64_t principal, bool outsider, int64_t now)
{
	unsigned count = 0;
	uint64_t limit;

	while (count < MANY && gate_request(house->gate, principal, outsider, now, &limit))
		count++;
	return count;
}

static void staff_and_outsiders_have_a_second_of_requests_at_once(void **state)
{
	struct house *house = *state;
	uint64_t limit;

	assert_int_equal(ask_all(house, 1, false, START), 20000);
	assert_int_equal(ask_all(house, 2, true, START), 10);
	assert_int_equal(ask_all(house, 3, true, START), 10);
	assert_false(gate_request(house->gate, 1, false, START, &limit));
	assert_int_equal(limit, 20000);
	assert_false(gate_request(house->gate, 2, true, START, &limit));
	assert_int_equal(limit, 10);
	assert_int_equal(refused(house, METRICS_LIMIT_REQUESTS), 5);
	assert_int_equal(ask_all(house, 2, true, START + RATION_SECOND / 2), 5);
	assert_int_equal(ask_all(house, 1, false, START + RATION_SECOND / 2), 10000);
}

static void an_outsider_may_always_send_ten_at_once(void **state)
{
	struct house *house = *state;

	house->config->limits_outsider_requests = 1;
	house->config->limits_staff_requests = 1;
	gate_use(house->gate, house->config);
	assert_int_equal(ask_all(house, 2, true, START), 10);
	assert_int_equal(ask_all(house, 2, true, START + 3 * RATION_SECOND), 3);
	assert_int_equal(ask_all(house, 1, false, START), 1);
	house->config->limits_outsider_requests = 0;
	house->config->limits_staff_requests = 0;
	gate_use(house->gate, house->config);
	assert_int_equal(ask_all(house, 2, true, START), MANY);
	assert_int_equal(ask_all(house, 1, false, START), MANY);
}

struct asker {
	pthread_t thread;
	struct house *house;
	unsigned count;
};

static void *ask_in_thread(void *argument)
{
	struct asker *asker = argument;

	asker->count = ask_all(asker->house, 1, false, START);
	return NULL;
}

static void several_threads_get_no_more_than_one(void **state)
{
	struct asker askers[4];
	unsigned count = 0;

	for (int i = 0; i < 4; i++) {
		askers[i] = (struct asker){.house = *state};
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_in_thread, &askers[i]),
				 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(askers[i].thread, NULL);
		count += askers[i].count;
	}
	assert_int_equal(count, 20000);
}

/* ---- codes ---- */

static void wrong_codes_make_wait_ever_longer_and_then_for_good(void **state)
{
	static const unsigned waits[] = {30, 60, 120, 240, 480, 960, 1920, 3600, 3600};
	struct house *house = *state;
	int64_t now = START;
	uint64_t seconds;
	unsigned wrong = 0;

	for (; wrong < 4; wrong++) {
		gate_code_wrong(house->gate, 1, now);
		assert_true(gate_code_allowed(house->gate, 1, now, &seconds));
		/* The clocks of two loops are a turn apart. */
		assert_true(gate_code_allowed(house->gate, 1, now - 1, &seconds));
	}
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++, wrong++) {
		gate_code_wrong(house->gate, 1, now);
		assert_false(gate_code_allowed(house->gate, 1, now, &seconds));
		assert_int_equal(seconds, waits[i]);
		now += waits[i] * RATION_SECOND;
		assert_false(gate_code_allowed(house->gate, 1, now - 1, &seconds));
		assert_int_equal(seconds, 1);
		assert_true(gate_code_allowed(house->gate, 1, now, &seconds));
	}
	for (; wrong < 100; wrong++, now += 3600 * RATION_SECOND) {
		assert_true(gate_code_allowed(house->gate, 1, now, &seconds));
		gate_code_wrong(house->gate, 1, now);
	}
	now += 1000 * 86400 * RATION_SECOND;
	assert_false(gate_code_allowed(house->gate, 1, now, &seconds));
	assert_int_equal(seconds, 0);
	assert_true(gate_code_allowed(house->gate, 2, now, &seconds));
	assert_int_equal(refused(house, METRICS_LIMIT_CODES), 2 * 9 + 1);
}

static void a_day_without_a_wrong_code_forgives_the_earlier_ones(void **state)
{
	struct house *house = *state;
	uint64_t seconds;

	for (int i = 0; i < 4; i++)
		gate_code_wrong(house->gate, 1, START);
	gate_code_wrong(house->gate, 1, START + 86401 * RATION_SECOND);
	assert_true(gate_code_allowed(house->gate, 1, START + 86401 * RATION_SECOND, &seconds));
	for (int i = 0; i < 4; i++)
		gate_code_wrong(house->gate, 2, START);
	gate_code_wrong(house->gate, 2, START + 86399 * RATION_SECOND);
	assert_false(gate_code_allowed(house->gate, 2, START + 86399 * RATION_SECOND, &seconds));
}

static void without_a_limit_wrong_codes_make_nobody_wait(void **state)
{
	struct house *house = *state;
	uint64_t seconds;

	house->config->limits_wrong_codes = 0;
	house->config->limits_wrong_codes_stop = 0;
	gate_use(house->gate, house->config);
	for (int i = 0; i < 1000; i++)
		gate_code_wrong(house->gate, 1, START);
	assert_true(gate_code_allowed(house->gate, 1, START, &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(staff_and_outsiders_have_a_second_of_requests_at_once),
		TEST(an_outsider_may_always_send_ten_at_once),
		TEST(several_threads_get_no_more_than_one),
		TEST(wrong_codes_make_wait_ever_longer_and_then_for_good),
		TEST(a_day_without_a_wrong_code_forgives_the_earlier_ones),
		TEST(without_a_limit_wrong_codes_make_nobody_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
