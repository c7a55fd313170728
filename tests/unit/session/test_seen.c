/* Heads that a client has seen, and asks to be proven to grow into ours. */
#include "server/session/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static void hello_with_seen(struct peer *peer, uint64_t *sizes, size_t count)
{
	Pb__Hello hello = PB__HELLO__INIT;
	struct buf body = BUF_EMPTY;

	hello.version_min = hello.version_max = 3;
	hello.client = "test/1";
	hello.seen = sizes;
	hello.n_seen = count;
	assert_int_equal(message_pack(&hello.base, &body), STATUS_OK);
	peer_send(peer, (struct frame){.kind = FRAME_HELLO, .length = (uint32_t)body.len},
		  buf_head(&body));
	buf_release(&body);
}

static void heads_that_were_seen_are_few_and_not_empty(void **state)
{
	uint64_t sizes[SESSION_SEEN_MAX + 1];
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	for (size_t i = 0; i <= SESSION_SEEN_MAX; i++)
		sizes[i] = i + 1;
	stub_connect(stub, &peer);
	hello_with_seen(&peer, sizes, SESSION_SEEN_MAX);
	peer_expect(&peer, FRAME_WELCOME, 0);
	assert_non_null(memmem(peer.body, peer.frame.length, "head", 4));
	peer_leave(&peer);
	stub_connect(stub, &peer);
	hello_with_seen(&peer, sizes, SESSION_SEEN_MAX + 1);
	assert_string_equal(peer_expect_error(&peer, 0, STATUS_MESSAGE_INVALID)->reason,
			    "too_many");
	peer_leave(&peer);
	sizes[3] = 0;
	stub_connect(stub, &peer);
	hello_with_seen(&peer, sizes, 4);
	assert_string_equal(peer_expect_error(&peer, 0, STATUS_MESSAGE_INVALID)->reason,
			    "malformed");
	peer_leave(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(heads_that_were_seen_are_few_and_not_empty,
						stub_set_up, stub_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
