/* What the gate refuses, as peers see it. */
#include "server/session/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

#define TRIES 200 /* until the limit must have been met, however slow the machine is */

/* A connection that ends before the server has said anything, or (false) is made and left. */
static bool is_turned_away(struct stub *stub)
{
	struct peer peer = {.fd = peer_socket(front_port(stub->front), 0)};

	peer.context = peer_context(&stub->certificates, TLS_CLIENT, "client");
	peer.tls = tls_new(peer.context, peer.fd, "127.0.0.1");
	if (peer_shake(&peer) == TLS_DONE) {
		peer_leave(&peer);
		return false;
	}
	assert_true(tls_turned_away(peer.tls));
	peer_vanish(&peer);
	return true;
}

/* Asks until it was too much; how often it was answered before. */
static unsigned ask_until_too_fast(struct peer *peer, uint64_t limit)
{
	const Pb__Refusal *refusal;
	uint64_t id = 1;

	stub_ask(peer, RPC_whoami, id, NULL, 0);
	for (peer_receive(peer); peer->frame.kind == FRAME_ANSWER; peer_receive(peer)) {
		assert_true(id < TRIES);
		stub_ask(peer, RPC_whoami, ++id, NULL, 0);
	}
	refusal = peer_error(peer, id, STATUS_TOO_MANY_REQUESTS);
	assert_string_equal(refusal->reason, "too_fast");
	assert_int_equal(refusal->limit, limit);
	return (unsigned)id - 1;
}

static void an_address_that_connects_too_often_is_turned_away(void **state)
{
	struct stub *stub = *state;
	struct peer first;
	int count = 1;

	stub->config->limits_handshakes_per_second = 1;
	stub_start(stub);
	stub_open(stub, &first);
	while (!is_turned_away(stub)) {
		count++;
		assert_true(count < TRIES);
	}
	assert_true(count >= GATE_BURST_SECONDS);
	assert_int_equal(metrics_get(stub->metrics, METRICS_LIMIT_ADDRESS), 1);
	assert_int_equal(metrics_get(stub->metrics, METRICS_ACCEPTED), count);
	stub_expect_silence(&first); /* who is inside stays */
	peer_leave(&first);
}

static void who_never_greets_takes_no_more_than_a_quarter_of_the_places(void **state)
{
	struct stub *stub = *state;
	struct peer silent[2], peer;
	int stuck;

	stub->config->limits_handshakes = 12;
	stub_start(stub);
	stuck = peer_socket(front_port(stub->front), 0); /* never shakes hands */
	stub_connect(stub, &silent[0]);
	stub_connect(stub, &silent[1]);
	assert_true(is_turned_away(stub));
	assert_int_equal(metrics_get(stub->metrics, METRICS_LIMIT_HANDSHAKES), 1);
	stub_hello(&silent[1], 1, 1, "test/1"); /* is no stranger from now on */
	peer_expect(&silent[1], FRAME_WELCOME, 0);
	stub_open(stub, &peer);
	peer_leave(&peer);
	close(stuck);
	peer_leave(&silent[0]);
	peer_leave(&silent[1]);
	stub_await_nobody(stub);
	for (int i = 0; i < 3; i++)
		stub_connect(stub, i < 2 ? &silent[i] : &peer);
	assert_true(is_turned_away(stub));
	peer_leave(&silent[0]);
	peer_leave(&silent[1]);
	peer_leave(&peer);
}

static void one_connection_too_many_of_a_certificate_is_told_so(void **state)
{
	struct stub *stub = *state;
	const Pb__Refusal *refusal;
	struct peer peers[2], third;

	stub->config->limits_certificate_connections = 2;
	stub_start(stub);
	stub_open(stub, &peers[0]);
	stub_open(stub, &peers[1]);
	stub_connect(stub, &third);
	stub_hello(&third, 1, 1, "test/1");
	refusal = peer_expect_error(&third, 0, STATUS_LIMIT);
	assert_string_equal(refusal->reason, "too_many_connections");
	assert_int_equal(refusal->limit, 2);
	peer_expect_goodbye(&third);
	peer_leave(&third);
	assert_int_equal(metrics_get(stub->metrics, METRICS_LIMIT_CERTIFICATE), 1);
	stub_expect_silence(&peers[0]);
	peer_leave(&peers[0]);
	peer_leave(&peers[1]);
	stub_await_nobody(stub);
	stub_open(stub, &third);
	peer_leave(&third);
}

static void a_request_too_many_is_answered_so_and_nothing_else_happens(void **state)
{
	struct stub *stub = *state;
	struct peer peer;
	unsigned answered;

	stub->config->limits_staff_requests = 2;
	stub_start(stub);
	stub_open(stub, &peer);
	answered = ask_until_too_fast(&peer, 2);
	assert_true(answered >= 2);
	assert_int_equal(stub->submitted, answered);
	assert_int_equal(metrics_get(stub->metrics, METRICS_LIMIT_REQUESTS), 1);
	stub_expect_silence(&peer); /* a ping is no request */
	peer_leave(&peer);
}

static void outsiders_and_unknown_roles_have_a_limit_of_their_own(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub->role = "lawyer";
	stub_open(stub, &peer);
	assert_true(ask_until_too_fast(&peer, 10) >= 10);
	peer_leave(&peer);
	stub->principal = 43;
	stub->role = "of a newer version";
	stub_open(stub, &peer);
	assert_true(ask_until_too_fast(&peer, 10) >= 10);
	peer_leave(&peer);
}

static void all_connections_of_a_person_share_what_he_may_ask(void **state)
{
	struct stub *stub = *state;
	struct peer peers[2];

	stub->config->limits_staff_requests = 5;
	stub->config->server_loops = 2;
	stub_start(stub);
	stub_open(stub, &peers[0]);
	stub_open(stub, &peers[1]);
	do
		(void)ask_until_too_fast(&peers[0], 5);
	while (ask_until_too_fast(&peers[1], 5) >= 5);
	peer_leave(&peers[0]);
	peer_leave(&peers[1]);
}

static void a_reload_changes_what_is_refused(void **state)
{
	struct stub *stub = *state;
	struct config *config;
	char why[CONFIG_WHY_LEN];
	struct peer peer, second;

	stub->config->limits_certificate_connections = 1;
	stub->config->limits_staff_requests = 1;
	stub_start(stub);
	stub_open(stub, &peer);
	(void)ask_until_too_fast(&peer, 1);
	assert_int_equal(config_load(&config, NULL, 0, why), STATUS_OK);
	config->limits_staff_requests = 0;
	assert_int_equal(front_reload(stub->front, config, stub->tls), STATUS_OK);
	config_free(config);
	for (uint64_t i = 3; i < 100; i++) {
		stub_ask(&peer, RPC_whoami, i, NULL, 0);
		peer_expect(&peer, FRAME_ANSWER, i);
	}
	stub_open(stub, &second);
	peer_leave(&second);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_that_connects_too_often_is_turned_away),
		TEST(who_never_greets_takes_no_more_than_a_quarter_of_the_places),
		TEST(one_connection_too_many_of_a_certificate_is_told_so),
		TEST(a_request_too_many_is_answered_so_and_nothing_else_happens),
		TEST(outsiders_and_unknown_roles_have_a_limit_of_their_own),
		TEST(all_connections_of_a_person_share_what_he_may_ask),
		TEST(a_reload_changes_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
