/* What was entered before it is shown comes behind its mark. */
#include "server/session/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static void a_mark_comes_before_what_it_covers_to_who_knows_marks(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub->marks = true;
	stub_start(stub);
	stub_connect(stub, &peer);
	stub_hello(&peer, 1, 2, "test/2");
	peer_expect(&peer, FRAME_WELCOME, 0);
	stub_ask(&peer, RPC_whoami, 1, "abc", 3);
	peer_expect(&peer, FRAME_MARK, 1);
	assert_int_equal(peer.frame.rpc, RPC_whoami);
	assert_memory_equal(peer.body, "mark", 4);
	peer_expect(&peer, FRAME_ANSWER, 1);
	stub_ask(&peer, RPC_office_list, 2, "ab", 2);
	for (int slice = 0; slice < 2; slice++) {
		peer_expect(&peer, FRAME_MARK, 2);
		peer_expect(&peer, FRAME_ITEM, 2);
	}
	peer_expect(&peer, FRAME_MARK, 2);
	peer_expect(&peer, FRAME_END, 2);
	peer_leave(&peer);
}

static void a_peer_of_version_1_gets_no_marks(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub->marks = true;
	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_whoami, 1, "abc", 3);
	peer_expect(&peer, FRAME_ANSWER, 1);
	stub_ask(&peer, RPC_office_list, 2, "a", 1);
	peer_expect(&peer, FRAME_ITEM, 2);
	peer_expect(&peer, FRAME_END, 2);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mark_comes_before_what_it_covers_to_who_knows_marks),
		TEST(a_peer_of_version_1_gets_no_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
