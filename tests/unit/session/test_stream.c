/* Streams of a session: slices, resting, cancelling. */
#include "server/session/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static void a_stream_comes_slice_by_slice_to_its_end(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_item_list, 5, "0123456789", 10);
	for (int i = 0; i < 10; i++) {
		peer_expect(&peer, FRAME_ITEM, 5);
		assert_int_equal(peer.frame.length, SLICE);
	}
	peer_expect(&peer, FRAME_END, 5);
	stub_ask(&peer, RPC_whoami, 5, NULL, 0);
	peer_expect(&peer, FRAME_ANSWER, 5);
	peer_leave(&peer);
}

static void a_stream_rests_while_its_reader_does(void **state)
{
	struct stub *stub = *state;
	unsigned seen, now = 0;
	struct peer peer;

	stub_start(stub);
	peer_connect_with(&peer, &stub->certificates, front_port(stub->front), "client", 4096);
	stub_hello(&peer, 1, 1, "test/1");
	peer_expect(&peer, FRAME_WELCOME, 0);
	stub_ask(&peer, RPC_item_list, 5, NULL, 0);
	do { /* until half a second brings no slice more */
		seen = now;
		poll(NULL, 0, 500);
		pthread_mutex_lock(&stub->lock);
		now = stub->slices;
		pthread_mutex_unlock(&stub->lock);
	} while (now != seen);
	for (unsigned i = 0; i < 2 * seen; i++)
		peer_expect(&peer, FRAME_ITEM, 5);
	peer_send(&peer, (struct frame){.kind = FRAME_CANCEL, .request_id = 5}, NULL);
	do
		peer_receive(&peer);
	while (peer.frame.kind == FRAME_ITEM);
	assert_int_equal(peer.frame.kind, FRAME_END);
	stub_expect_silence(&peer);
	peer_leave(&peer);
}

static void a_cancel_ends_a_stream_that_rests(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	peer_connect_with(&peer, &stub->certificates, front_port(stub->front), "client", 4096);
	stub_hello(&peer, 1, 1, "test/1");
	peer_expect(&peer, FRAME_WELCOME, 0);
	stub_ask(&peer, RPC_item_list, 5, NULL, 0);
	stub_await(stub, &stub->slices, 8);
	peer_send(&peer, (struct frame){.kind = FRAME_CANCEL, .request_id = 5}, NULL);
	do
		peer_receive(&peer);
	while (peer.frame.kind == FRAME_ITEM);
	assert_int_equal(peer.frame.kind, FRAME_END);
	peer_leave(&peer);
}

static void a_cancel_of_nothing_does_nothing(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	peer_send(&peer, (struct frame){.kind = FRAME_CANCEL, .request_id = 77}, NULL);
	stub_expect_silence(&peer);
	peer_leave(&peer);
}

static void a_reader_that_vanishes_ends_its_streams(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	for (int i = 0; i < 5; i++) {
		stub_open(stub, &peer);
		stub_ask(&peer, RPC_item_list, 5, NULL, 0);
		stub_ask(&peer, RPC_loan_list, 6, NULL, 0);
		peer_expect(&peer, FRAME_ITEM, 5);
		peer_vanish(&peer);
		stub_await_nobody(stub);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_comes_slice_by_slice_to_its_end),
		TEST(a_stream_rests_while_its_reader_does),
		TEST(a_cancel_ends_a_stream_that_rests),
		TEST(a_cancel_of_nothing_does_nothing),
		TEST(a_reader_that_vanishes_ends_its_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
