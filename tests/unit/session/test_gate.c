#include "server/session/gate.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/session/ration.h"

#define START (1000 * RATION_SECOND)
#define MANY 100000 /* addresses */

struct house {
	struct config *config;
	struct metrics *metrics;
	struct gate *gate;
};

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	char why[CONFIG_WHY_LEN];

	assert_non_null(house);
	assert_int_equal(config_load(&house->config, NULL, 0, why), STATUS_OK);
	house->metrics = metrics_new();
	house->gate = gate_new(house->config, house->metrics);
	assert_non_null(house->gate);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;

	gate_free(house->gate);
	metrics_free(house->metrics);
	config_free(house->config);
	free(house);
	return 0;
}

static int64_t refused(const struct house *house, enum metrics_value value)
{
	return metrics_get(house->metrics, value);
}

/* The number of an address in text. */
static uint64_t address_of(const struct house *house, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return gate_address(house->gate, (const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return gate_address(house->gate, (const struct sockaddr *)&v6);
}

/* How many connections of an address are admitted at that time, none staying a stranger. */
static unsigned admit_all(struct house *house, uint64_t address, int64_t now)
{
	unsigned count = 0;

	while (count < MANY && gate_admit(house->gate, address, now) == GATE_ADMITTED)
		count++;
	return count;
}

/* ---- addresses ---- */

static void an_ipv6_network_is_one_address_and_an_ipv4_address_is_one(void **state)
{
	struct house *house = *state;
	struct sockaddr local = {.sa_family = AF_UNIX};

	assert_int_equal(address_of(house, "192.0.2.1"), address_of(house, "192.0.2.1"));
	assert_int_not_equal(address_of(house, "192.0.2.1"), address_of(house, "192.0.2.2"));
	assert_int_equal(address_of(house, "192.0.2.1"), address_of(house, "::ffff:192.0.2.1"));
	assert_int_equal(address_of(house, "2001:db8:0:1::1"),
			 address_of(house, "2001:db8:0:1:ffff:2:3:4"));
	assert_int_not_equal(address_of(house, "2001:db8:0:1::1"),
			     address_of(house, "2001:db8:0:2::1"));
	assert_int_equal(gate_address(house->gate, &local), 0);
}

static void nobody_can_know_the_number_of_an_address(void **state)
{
	struct house *house = *state;
	struct house other = *house;

	other.gate = gate_new(house->config, house->metrics);
	assert_int_not_equal(address_of(house, "192.0.2.1"), address_of(&other, "192.0.2.1"));
	gate_free(other.gate);
}

static void an_address_has_fifteen_seconds_of_connections_at_once(void **state)
{
	struct house *house = *state;
	uint64_t here = address_of(house, "192.0.2.1"), there = address_of(house, "192.0.2.2");

	assert_int_equal(admit_all(house, here, START), 300);
	assert_int_equal(gate_admit(house->gate, here, START), GATE_TOO_FAST);
	assert_int_equal(refused(house, METRICS_LIMIT_ADDRESS), 2);
	assert_int_equal(admit_all(house, here, START + RATION_SECOND), 20);
	assert_int_equal(admit_all(house, there, START + RATION_SECOND), 300);
	house->config->limits_handshakes_per_second = 2;
	gate_use(house->gate, house->config);
	assert_int_equal(admit_all(house, here, START + 100 * RATION_SECOND), 30);
	house->config->limits_handshakes_per_second = 0;
	gate_use(house->gate, house->config);
	assert_int_equal(admit_all(house, here, START + 100 * RATION_SECOND), MANY);
	assert_int_equal(refused(house, METRICS_LIMIT_HANDSHAKES), 0);
}

/* Admits and begins as many connections of an address as may be strangers. */
static unsigned enter_all(struct house *house, struct gate_visit *visits, uint64_t address)
{
	unsigned count = 0;

	while (gate_admit(house->gate, address, START) == GATE_ADMITTED)
		gate_enter(house->gate, &visits[count++], address, START);
	return count;
}

static void strangers_are_limited_in_all_and_one_address_gets_a_quarter(void **state)
{
	static const char *const names[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1",
					    "2001:db8:0:1::1"};
	struct gate_visit visits[300] = {0};
	struct house *house = *state;
	uint64_t fifth = address_of(house, "192.0.2.5"), limit;
	unsigned count = 0;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(count, i * 50);
		count += enter_all(house, visits + count, address_of(house, names[i]));
	}
	assert_int_equal(count, 200);
	assert_int_equal(gate_admit(house->gate, fifth, START), GATE_CROWDED);
	assert_int_equal(refused(house, METRICS_LIMIT_HANDSHAKES), 5);
	assert_true(gate_know(house->gate, &visits[0], 1, &limit));
	assert_int_equal(gate_admit(house->gate, fifth, START), GATE_ADMITTED);
	gate_enter(house->gate, &visits[count], fifth, START);
	assert_int_equal(gate_admit(house->gate, fifth, START), GATE_CROWDED);
	gate_leave(house->gate, &visits[0]); /* was known: makes no more room */
	assert_int_equal(gate_admit(house->gate, fifth, START), GATE_CROWDED);
	for (unsigned i = 1; i <= count; i++)
		gate_leave(house->gate, &visits[i]);
	memset(visits, 0, sizeof(visits));
	assert_int_equal(enter_all(house, visits, fifth), 50);
}

static void a_crowd_takes_no_token_of_the_address(void **state)
{
	struct gate_visit visits[60] = {0};
	struct house *house = *state;
	uint64_t here = address_of(house, "192.0.2.1");

	assert_int_equal(enter_all(house, visits, here), 50);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(gate_admit(house->gate, here, START), GATE_CROWDED);
	for (int i = 0; i < 50; i++)
		gate_leave(house->gate, &visits[i]);
	assert_int_equal(admit_all(house, here, START), 250);
}

static void without_a_limit_strangers_may_be_many(void **state)
{
	struct gate_visit visits[1000] = {0};
	struct house *house = *state;
	uint64_t here = address_of(house, "192.0.2.1");

	house->config->limits_handshakes = 0;
	house->config->limits_handshakes_per_second = 0;
	gate_use(house->gate, house->config);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(gate_admit(house->gate, here, START), GATE_ADMITTED);
		gate_enter(house->gate, &visits[i], here, START);
	}
	for (int i = 0; i < 1000; i++)
		gate_leave(house->gate, &visits[i]);
}

static void a_hundred_thousand_addresses_need_no_memory_more(void **state)
{
	struct house *house = *state;
	struct gate_visit visit = {0}, held = {0};
	uint64_t here = address_of(house, "192.0.2.1");
	struct mallinfo2 before;

	assert_int_equal(admit_all(house, here, START), 300);
	gate_enter(house->gate, &held, here, START);
	before = mallinfo2();
	for (uint32_t i = 0; i < MANY; i++) {
		struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = i};
		uint64_t address = gate_address(house->gate, (const struct sockaddr *)&from);
		uint64_t seconds;

		assert_int_equal(gate_admit(house->gate, address, START), GATE_ADMITTED);
		gate_enter(house->gate, &visit, address, START);
		gate_leave(house->gate, &visit);
		gate_code_wrong(house->gate, address, START);
		assert_true(gate_code_allowed(house->gate, address, START, &seconds));
		assert_true(gate_request(house->gate, i, true, START, &seconds));
	}
	assert_int_equal(mallinfo2().uordblks, before.uordblks);
	gate_leave(house->gate, &held); /* its address is long forgotten */
	assert_int_equal(gate_admit(house->gate, here, START), GATE_ADMITTED);
}

/* ---- certificates ---- */

static void a_certificate_has_thirty_connections(void **state)
{
	struct gate_visit visits[40] = {0}, other = {0};
	struct house *house = *state;
	uint64_t limit;

	for (int i = 0; i < 40; i++)
		gate_enter(house->gate, &visits[i], 1, START);
	for (int i = 0; i < 30; i++)
		assert_true(gate_know(house->gate, &visits[i], 1, &limit));
	assert_false(gate_know(house->gate, &visits[30], 1, &limit));
	assert_int_equal(limit, 30);
	assert_int_equal(refused(house, METRICS_LIMIT_CERTIFICATE), 1);
	assert_true(gate_know(house->gate, &other, 2, &limit));
	gate_leave(house->gate, &visits[30]); /* has no seat to give */
	assert_false(gate_know(house->gate, &visits[31], 1, &limit));
	gate_leave(house->gate, &visits[7]);
	assert_true(gate_know(house->gate, &visits[32], 1, &limit));
	assert_false(gate_know(house->gate, &visits[33], 1, &limit));
	house->config->limits_certificate_connections = 31;
	gate_use(house->gate, house->config);
	assert_true(gate_know(house->gate, &visits[34], 1, &limit));
	assert_false(gate_know(house->gate, &visits[35], 1, &limit));
	house->config->limits_certificate_connections = 0;
	gate_use(house->gate, house->config);
	assert_true(gate_know(house->gate, &visits[36], 1, &limit));
}

static void certificates_of_one_list_are_told_apart(void **state)
{
	struct gate_visit visits[60] = {0};
	struct house *house = *state;
	uint64_t limit;

	for (uint64_t i = 0; i < 60; i++)
		assert_true(gate_know(house->gate, &visits[i], 1 + (i << 32), &limit));
	for (int i = 0; i < 60; i++)
		gate_leave(house->gate, &visits[i]);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ipv6_network_is_one_address_and_an_ipv4_address_is_one),
		TEST(nobody_can_know_the_number_of_an_address),
		TEST(an_address_has_fifteen_seconds_of_connections_at_once),
		TEST(strangers_are_limited_in_all_and_one_address_gets_a_quarter),
		TEST(a_crowd_takes_no_token_of_the_address),
		TEST(without_a_limit_strangers_may_be_many),
		TEST(a_hundred_thousand_addresses_need_no_memory_more),
		TEST(a_certificate_has_thirty_connections),
		TEST(certificates_of_one_list_are_told_apart),
		TEST(staff_and_outsiders_have_a_second_of_requests_at_once),
		TEST(an_outsider_may_always_send_ten_at_once),
		TEST(several_threads_get_no_more_than_one),
		TEST(wrong_codes_make_wait_ever_longer_and_then_for_good),
		TEST(a_day_without_a_wrong_code_forgives_the_earlier_ones),
		TEST(without_a_limit_wrong_codes_make_nobody_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
