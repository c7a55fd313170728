#include "server/session/gate.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <string.h>

#include "tests/unit/session/gatehouse.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
