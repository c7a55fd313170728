#include "server/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/net/echo.h"

static void a_frame_comes_back_with_its_body(void **state)
{
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	echo_ask(&peer, ECHO_BACK, 7, "body");
	peer_expect(&peer, FRAME_ANSWER, 7);
	assert_int_equal(peer.frame.length, 4);
	assert_memory_equal(peer.body, "body", 4);
	peer_leave(&peer);
	echo_await(echo, ECHO_CLOSED, 1);
}

static void hundreds_of_frames_in_one_piece_are_answered_in_order(void **state)
{
	struct echo *echo = *state;
	uint8_t bytes[500 * FRAME_HEADER_LEN];
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	for (uint64_t id = 0; id < 500; id++)
		frame_encode(
			bytes + id * FRAME_HEADER_LEN,
			&(struct frame){.kind = FRAME_REQUEST, .rpc = ECHO_BACK, .request_id = id});
	peer_send_bytes(&peer, bytes, sizeof(bytes));
	for (uint64_t id = 0; id < 500; id++)
		peer_expect(&peer, FRAME_ANSWER, id);
	peer_leave(&peer);
}

static void a_frame_cut_at_every_byte_is_put_together(void **state)
{
	struct echo *echo = *state;
	uint8_t bytes[FRAME_HEADER_LEN + 4] = {0};
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	for (size_t cut = 1; cut < sizeof(bytes); cut++) {
		struct frame frame = {
			.kind = FRAME_REQUEST, .rpc = ECHO_BACK, .request_id = cut, .length = 4};

		frame_encode(bytes, &frame);
		peer_send_bytes(&peer, bytes, cut);
		peer_send_bytes(&peer, bytes + cut, sizeof(bytes) - cut);
		peer_expect(&peer, FRAME_ANSWER, cut);
	}
	peer_leave(&peer);
}

static void a_session_cut_off_at_every_byte_ends_and_gives_no_half_frame(void **state)
{
	struct echo *echo = *state;
	uint8_t bytes[2 * (FRAME_HEADER_LEN + 4)] = {0};
	struct peer peer;
	unsigned frames = 0;

	echo_start(echo, echo_patient, 10);
	frame_encode(bytes, &(struct frame){.kind = FRAME_HELLO, .length = 4});
	frame_encode(bytes + FRAME_HEADER_LEN + 4,
		     &(struct frame){.kind = FRAME_REQUEST, .rpc = ECHO_MUTE, .length = 4});
	for (unsigned cut = 0; cut <= sizeof(bytes); cut++) {
		echo_connect(echo, &peer);
		peer_send_bytes(&peer, bytes, cut);
		peer_vanish(&peer);
		echo_await(echo, ECHO_CLOSED, cut + 1);
		frames += cut / (FRAME_HEADER_LEN + 4);
		assert_int_equal(echo_told(echo, ECHO_FRAME), frames);
	}
}

static void the_first_frame_may_come_with_the_handshakes_last(void **state)
{
	struct echo *echo = *state;
	struct peer peer = {.fd = -1};

	echo_start(echo, echo_patient, 10);
	for (int i = 0; i < 20; i++) {
		echo_open(echo, &peer); /* the client is done first, so its hello follows at once */
		peer_leave(&peer);
	}
}

static void a_stranger_gets_no_long_frame_and_a_guest_does(void **state)
{
	static const uint8_t body[FRAME_BODY_MAX_REQUEST];
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_connect(echo, &peer);
	peer_send(&peer, (struct frame){.kind = FRAME_HELLO, .length = FRAME_BODY_MAX_HELLO + 1},
		  NULL);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	echo_open(echo, &peer);
	peer_send(&peer,
		  (struct frame){.kind = FRAME_REQUEST,
				 .rpc = ECHO_BACK,
				 .request_id = 3,
				 .length = FRAME_BODY_MAX_REQUEST},
		  body);
	peer_expect(&peer, FRAME_ANSWER, 3);
	peer_send(&peer,
		  (struct frame){.kind = FRAME_REQUEST,
				 .request_id = 4,
				 .length = FRAME_BODY_MAX_REQUEST + 1},
		  NULL);
	peer_expect(&peer, FRAME_ERROR, 4);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	echo_await(echo, ECHO_CLOSED, 2);
	assert_int_equal(echo_told(echo, ECHO_TOO_LARGE), 2);
}

static void a_length_of_4_gib_is_answered_at_its_header(void **state)
{
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	peer_send(&peer, (struct frame){.kind = FRAME_REQUEST, .length = 0xffffffff}, NULL);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
}

/* Closing a socket on unread bytes resets it, and what we said last would be lost. */
static void last_words_reach_a_peer_that_goes_on_sending(void **state)
{
	static const uint8_t flood[FRAME_BODY_MAX_REQUEST];
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	for (int i = 0; i < 10; i++) {
		echo_open(echo, &peer);
		echo_ask(&peer, ECHO_END, 9, "that is all");
		for (int more = 0; more < 4; more++)
			peer_send_bytes(&peer, flood, sizeof(flood));
		peer_expect(&peer, FRAME_ERROR, 9);
		assert_memory_equal(peer.body, "that is all", 11);
		peer_expect_goodbye(&peer);
		peer_leave(&peer);
	}
	echo_await(echo, ECHO_CLOSED, 10);
}

static void nothing_is_given_after_the_owner_closed(void **state)
{
	struct echo *echo = *state;
	uint8_t bytes[3 * FRAME_HEADER_LEN];
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	for (int i = 0; i < 3; i++)
		frame_encode(bytes + i * FRAME_HEADER_LEN,
			     &(struct frame){.kind = FRAME_REQUEST, .rpc = ECHO_END});
	peer_send_bytes(&peer, bytes, sizeof(bytes));
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	echo_await(echo, ECHO_CLOSED, 1);
	assert_int_equal(echo_told(echo, ECHO_FRAME), 2);
}

static void a_slow_reader_gets_everything_and_drains(void **state)
{
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	peer_connect_with(&peer, &echo->certificates, loop_port(echo->loop), "client", 4096);
	echo_greet(&peer);
	echo_ask(&peer, ECHO_MUCH, 20, ""); /* 640 KiB */
	echo_ask(&peer, ECHO_BACK, 99, "after");
	for (uint64_t id = 0; id < 20; id++) {
		peer_expect(&peer, FRAME_ANSWER, id);
		assert_int_equal(peer.frame.length, ECHO_PIECE);
	}
	peer_expect(&peer, FRAME_ANSWER, 99);
	peer_leave(&peer);
	echo_await(echo, ECHO_CLOSED, 1);
	assert_int_equal(echo_told(echo, ECHO_DRAINED), 1);
}

static void a_peer_that_asks_and_never_reads_is_closed_and_its_cost_is_bounded(void **state)
{
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	peer_connect_with(&peer, &echo->certificates, loop_port(echo->loop), "client", 4096);
	echo_greet(&peer);
	echo_ask(&peer, ECHO_MUCH, 1000, ""); /* 32 MiB */
	echo_await(echo, ECHO_CLOSED, 1);
	assert_true(echo->most_pending <= OUTBOX_MAX);
	peer_vanish(&peer);
}

static void a_peer_that_does_not_read_is_not_read_either(void **state)
{
	struct echo *echo = *state;
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	peer_connect_with(&peer, &echo->certificates, loop_port(echo->loop), "client", 4096);
	echo_greet(&peer);
	for (int i = 0; i < 200; i++) /* each answer 32 KiB: 6 MiB */
		echo_ask(&peer, ECHO_MUCH, 1, "");
	for (int i = 0; i < 200; i++)
		peer_expect(&peer, FRAME_ANSWER, 0);
	assert_true(echo->most_pending <= OUTBOX_PAUSE + 2 * ECHO_PIECE);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_comes_back_with_its_body),
		TEST(hundreds_of_frames_in_one_piece_are_answered_in_order),
		TEST(a_frame_cut_at_every_byte_is_put_together),
		TEST(a_session_cut_off_at_every_byte_ends_and_gives_no_half_frame),
		TEST(the_first_frame_may_come_with_the_handshakes_last),
		TEST(a_stranger_gets_no_long_frame_and_a_guest_does),
		TEST(a_length_of_4_gib_is_answered_at_its_header),
		TEST(last_words_reach_a_peer_that_goes_on_sending),
		TEST(nothing_is_given_after_the_owner_closed),
		TEST(a_slow_reader_gets_everything_and_drains),
		TEST(a_peer_that_asks_and_never_reads_is_closed_and_its_cost_is_bounded),
		TEST(a_peer_that_does_not_read_is_not_read_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
