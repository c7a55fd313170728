#include "server/session/front.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static void several_loops_share_one_port(void **state)
{
	struct stub *stub = *state;
	struct peer peers[16];

	stub->config->server_loops = 4;
	stub_start(stub);
	for (int i = 0; i < 16; i++)
		stub_open(stub, &peers[i]);
	assert_int_equal(atomic_load(&stub->connections), 16);
	assert_int_equal(metrics_get(stub->metrics, METRICS_CONNECTIONS), 16);
	for (int i = 0; i < 16; i++) {
		stub_ask(&peers[i], RPC_whoami, 1, NULL, 0);
		peer_expect(&peers[i], FRAME_ANSWER, 1);
		peer_leave(&peers[i]);
	}
	stub_await_nobody(stub);
}

static void an_address_that_is_none_is_said_so(void **state)
{
	struct stub *stub = *state;
	struct front_options options = {.config = stub->config, .tls = stub->tls};
	char why[FRONT_WHY_LEN];
	struct front *front = NULL;

	(void)snprintf(stub->config->server_address, CONFIG_TEXT_LEN, "nowhere");
	assert_int_equal(front_start(&front, &options, why), STATUS_SYSTEM);
	assert_non_null(strstr(why, "nowhere"));
	assert_null(front);
}

static void *stop_front(void *front)
{
	front_stop(front);
	return NULL;
}

static void a_stop_answers_what_is_under_way_and_says_goodbye(void **state)
{
	struct stub *stub = *state;
	struct peer asking, streaming, idle;
	pthread_t stopper;

	stub_start(stub);
	stub_open(stub, &idle);
	stub_open(stub, &streaming);
	stub_ask(&streaming, RPC_log_list, 3, NULL, 0);
	peer_expect(&streaming, FRAME_ITEM, 3);
	stub_open(stub, &asking);
	stub_ask(&asking, RPC_status, 4, NULL, 0);
	stub_await(stub, &stub->submitted, 2);
	assert_int_equal(pthread_create(&stopper, NULL, stop_front, stub->front), 0);
	do /* its stream ends though nobody cancelled it */
		peer_receive(&streaming);
	while (streaming.frame.kind == FRAME_ITEM);
	assert_int_equal(streaming.frame.kind, FRAME_END);
	stub_ask(&idle, RPC_whoami, 1, NULL, 0);
	(void)peer_expect_error(&idle, 1, STATUS_SHUTTING_DOWN);
	stub_release(stub);
	peer_expect(&asking, FRAME_ANSWER, 4);
	(void)peer_expect_error(&asking, 0, STATUS_SHUTTING_DOWN);
	peer_expect_goodbye(&asking);
	(void)peer_expect_error(&idle, 0, STATUS_SHUTTING_DOWN);
	peer_expect_goodbye(&idle);
	peer_leave(&asking);
	peer_leave(&streaming);
	peer_leave(&idle);
	pthread_join(stopper, NULL);
	stub->front = NULL;
}

static void a_reload_brings_new_limits_to_connections_that_are_there(void **state)
{
	struct stub *stub = *state;
	struct config *config;
	char why[CONFIG_WHY_LEN];
	struct peer peer;

	assert_int_equal(config_load(&config, NULL, 0, why), STATUS_OK);
	config->limits_in_flight = 1;
	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_status, 1, NULL, 0);
	stub_ask(&peer, RPC_whoami, 2, NULL, 0);
	peer_expect(&peer, FRAME_ANSWER, 2);
	assert_int_equal(front_reload(stub->front, config, stub->tls), STATUS_OK);
	config_free(config);
	do { /* posted is not done; but soon it is */
		stub_ask(&peer, RPC_whoami, 2, NULL, 0);
		peer_receive(&peer);
	} while (peer.frame.kind == FRAME_ANSWER);
	assert_int_equal(peer.frame.kind, FRAME_ERROR);
	stub_release(stub);
	peer_expect(&peer, FRAME_ANSWER, 1);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(several_loops_share_one_port),
		TEST(an_address_that_is_none_is_said_so),
		TEST(a_stop_answers_what_is_under_way_and_says_goodbye),
		TEST(a_reload_brings_new_limits_to_connections_that_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
