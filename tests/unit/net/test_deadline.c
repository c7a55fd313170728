/* Every state of a connection has a deadline and an end. */
#include "server/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/net/echo.h"

static void who_does_not_shake_hands_in_time_is_dropped(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	int silent, slow;

	limits.handshake = 100;
	echo_start(echo, limits, 10);
	silent = peer_socket(loop_port(echo->loop), 0);
	slow = peer_socket(loop_port(echo->loop), 0);
	assert_int_equal(write(slow, "\x16\x03\x01", 3), 3);
	echo_await(echo, ECHO_CLOSED, 2);
	socket_expect_end(silent);
	socket_expect_end(slow);
	assert_int_equal(echo_told(echo, ECHO_READY), 0);
	close(silent);
	close(slow);
}

static void who_does_not_greet_in_time_is_told_and_closed(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	struct peer peer;

	limits.hello = 100;
	echo_start(echo, limits, 10);
	echo_connect(echo, &peer);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	echo_await(echo, ECHO_CLOSED, 1);
}

static void a_frame_that_does_not_end_in_time_closes(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	struct peer peer;

	limits.frame = 100;
	echo_start(echo, limits, 10);
	echo_open(echo, &peer);
	peer_send(&peer, (struct frame){.kind = FRAME_REQUEST, .length = 100}, NULL);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	assert_int_equal(echo_told(echo, ECHO_EXPIRED), 1);
}

static void who_takes_nothing_of_what_waits_is_dropped(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	struct peer peer;

	limits.stall = 100;
	echo_start(echo, limits, 10);
	peer_connect_with(&peer, &echo->certificates, loop_port(echo->loop), "client", 4096);
	echo_greet(&peer);
	for (int i = 0; i < 200; i++)
		echo_ask(&peer, ECHO_MUCH, 1, "");
	echo_await(echo, ECHO_CLOSED, 1);
	peer_vanish(&peer);
}

static void who_is_silent_is_pinged_and_stays_if_he_answers(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	struct peer peer;

	limits.idle = 100;
	limits.stall = 400;
	echo_start(echo, limits, 10);
	echo_open(echo, &peer);
	for (int i = 0; i < 2; i++) {
		peer_expect(&peer, FRAME_PING, 0);
		peer_send(&peer, (struct frame){.kind = FRAME_PONG}, NULL);
	}
	peer_expect(&peer, FRAME_PING, 0);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
}

static void a_session_ends_when_it_is_over(void **state)
{
	struct echo *echo = *state;
	struct limits limits = echo_patient;
	struct peer peer;

	limits.session = 100;
	echo_start(echo, limits, 10);
	echo_open(echo, &peer);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_does_not_shake_hands_in_time_is_dropped),
		TEST(who_does_not_greet_in_time_is_told_and_closed),
		TEST(a_frame_that_does_not_end_in_time_closes),
		TEST(who_takes_nothing_of_what_waits_is_dropped),
		TEST(who_is_silent_is_pinged_and_stays_if_he_answers),
		TEST(a_session_ends_when_it_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
