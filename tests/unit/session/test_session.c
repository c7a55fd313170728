#include "server/session/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static const uint8_t act[] = "0123456789abcdefrequest";

#define ACT_LEN (sizeof(act) - 1)

/* ---- greeting ---- */

static void hello_is_answered_by_who_the_client_is_and_the_limits(void **state)
{
	struct stub *stub = *state;
	const Pb__Welcome *welcome;
	struct message_fault fault;
	ProtobufCMessage *message;
	uint8_t identity[HASH_LEN];
	unsigned char *der = NULL;
	struct peer peer;
	X509 *certificate;
	int len;

	stub_start(stub);
	stub_open(stub, &peer);
	assert_int_equal(message_unpack(&pb__welcome__descriptor, peer.body, peer.frame.length,
					&peer.arena, &message, &fault),
			 STATUS_OK);
	welcome = (const Pb__Welcome *)message;
	assert_int_equal(welcome->version, 1);
	assert_int_equal(welcome->principal_id, 42);
	assert_string_equal(welcome->login, "li.na");
	assert_string_equal(welcome->server, "stub/1");
	assert_int_equal(welcome->request_max, 64 * 1024);
	assert_int_equal(welcome->in_flight_max, 4);
	certificate = certificates_read(&stub->certificates, "client");
	len = i2d_X509(certificate, &der);
	assert_int_equal(tls_certificate_identity(der, (size_t)len, identity), STATUS_OK);
	assert_memory_equal(identity, stub->identity, HASH_LEN);
	OPENSSL_free(der);
	X509_free(certificate);
	peer_leave(&peer);
}

static void a_certificate_that_belongs_to_nobody_is_told_so(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub->principal = STRANGER;
	stub_start(stub);
	stub_connect(stub, &peer);
	stub_hello(&peer, 1, 1, "test/1");
	(void)peer_expect_error(&peer, 0, STATUS_IDENTITY);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	stub_await_nobody(stub);
	assert_int_equal(metrics_get(stub->metrics, METRICS_REFUSED), 1);
}

/* One connection that says one wrong thing, before or after the greeting. */
struct wrong {
	struct frame frame;
	const char *body;
	enum status status;
	bool greeted;
	uint64_t id; /* of the ERROR */
};

static void expect_wrong(struct stub *stub, const struct wrong *wrong)
{
	struct peer peer;

	stub_connect(stub, &peer);
	if (wrong->greeted) {
		stub_hello(&peer, 1, 1, "test/1");
		peer_expect(&peer, FRAME_WELCOME, 0);
	}
	peer_send(&peer, wrong->frame, wrong->body);
	(void)peer_expect_error(&peer, wrong->id, wrong->status);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
}

static void what_no_client_may_send_is_named_and_ends_in_order(void **state)
{
	static const struct wrong wrongs[] = {
		{{.kind = 0}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = 11}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = 255}, NULL, STATUS_FRAME_INVALID, false, 0},
		{{.kind = FRAME_WELCOME}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_ANSWER, .request_id = 1}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_ITEM}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_END}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_ERROR}, NULL, STATUS_FRAME_INVALID, false, 0},
		{{.kind = FRAME_PING, .flags = 1}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_PING, .length = 1}, "x", STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_PONG, .length = 1}, "x", STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_CANCEL, .length = 1}, "x", STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_REQUEST, .rpc = RPC_whoami, .request_id = 3, .flags = 0x80},
		 NULL,
		 STATUS_FRAME_INVALID,
		 true,
		 3},
		{{.kind = FRAME_REQUEST, .rpc = RPC_whoami, .request_id = 3, .flags = 1},
		 NULL,
		 STATUS_FRAME_INVALID,
		 true,
		 3},
		{{.kind = FRAME_REQUEST, .rpc = RPC_whoami}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_REQUEST, .rpc = RPC_whoami, .request_id = 3},
		 NULL,
		 STATUS_NOT_WELCOME_YET,
		 false,
		 3},
		{{.kind = FRAME_PING}, NULL, STATUS_NOT_WELCOME_YET, false, 0},
		{{.kind = FRAME_CANCEL}, NULL, STATUS_NOT_WELCOME_YET, false, 0},
		{{.kind = FRAME_HELLO}, NULL, STATUS_FRAME_INVALID, true, 0},
		{{.kind = FRAME_HELLO}, NULL, STATUS_VERSION_UNSUPPORTED, false, 0},
		{{.kind = FRAME_HELLO, .length = 2}, "\xff\xff", STATUS_MESSAGE_INVALID, false, 0},
		{{.kind = FRAME_HELLO, .length = FRAME_BODY_MAX_HELLO + 1},
		 NULL,
		 STATUS_FRAME_TOO_LARGE,
		 false,
		 0},
		{{.kind = FRAME_REQUEST, .request_id = 5, .length = FRAME_BODY_MAX_REQUEST + 1},
		 NULL,
		 STATUS_FRAME_TOO_LARGE,
		 true,
		 5},
		{{.kind = FRAME_REQUEST, .request_id = 5, .length = 0xffffffff},
		 NULL,
		 STATUS_FRAME_TOO_LARGE,
		 true,
		 5},
	};
	struct stub *stub = *state;

	stub_start(stub);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		expect_wrong(stub, &wrongs[i]);
	stub_await_nobody(stub);
	assert_int_equal(stub->submitted, 0);
}

static void versions_that_do_not_meet_ours_are_refused(void **state)
{
	static const uint32_t versions[][2] = {{4, 9}, {0, 0}, {2, 1}};
	struct stub *stub = *state;

	stub_start(stub);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct peer peer;

		stub_connect(stub, &peer);
		stub_hello(&peer, versions[i][0], versions[i][1], "test/1");
		(void)peer_expect_error(&peer, 0, STATUS_VERSION_UNSUPPORTED);
		peer_expect_goodbye(&peer);
		peer_leave(&peer);
	}
}

static void the_highest_version_that_both_speak_is_chosen(void **state)
{
	static const uint32_t versions[][3] = {{1, 1, 1}, {0, 1, 1}, {1, 2, 2},
					       {2, 2, 2}, {1, 9, 3}, {3, 3, 3}};
	struct stub *stub = *state;

	stub_start(stub);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct message_fault fault;
		ProtobufCMessage *message;
		struct peer peer;

		stub_connect(stub, &peer);
		stub_hello(&peer, versions[i][0], versions[i][1], "test/1");
		peer_expect(&peer, FRAME_WELCOME, 0);
		assert_int_equal(message_unpack(&pb__welcome__descriptor, peer.body,
						peer.frame.length, &peer.arena, &message, &fault),
				 STATUS_OK);
		const Pb__Welcome *welcome = (const Pb__Welcome *)message;
		assert_int_equal(welcome->version, versions[i][2]);
		/* Older clients are shown nothing that they do not know. */
		assert_int_equal(welcome->checkpoint.len, versions[i][2] < 3 ? 0 : 4);
		peer_leave(&peer);
	}
}

static void a_client_with_a_long_name_is_refused(void **state)
{
	char name[SESSION_CLIENT_MAX + 2] = {0};
	struct stub *stub = *state;
	struct peer peer;

	memset(name, 'x', SESSION_CLIENT_MAX + 1);
	stub_start(stub);
	stub_connect(stub, &peer);
	stub_hello(&peer, 1, 1, name);
	assert_string_equal(peer_expect_error(&peer, 0, STATUS_MESSAGE_INVALID)->reason,
			    "too_long");
	peer_leave(&peer);
}

static void who_does_not_greet_gets_a_timeout(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub->config->limits_hello_seconds = 1;
	stub_start(stub);
	stub_connect(stub, &peer);
	(void)peer_expect_error(&peer, 0, STATUS_TIMEOUT);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
}

/* ---- requests ---- */

static void a_look_is_answered_and_the_id_is_free_again(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	for (int i = 0; i < 3; i++) {
		stub_ask(&peer, RPC_whoami, 1, "abc", 3);
		peer_expect(&peer, FRAME_ANSWER, 1);
		assert_int_equal(peer.frame.rpc, RPC_whoami);
		assert_memory_equal(peer.body, "abc", 3);
	}
	peer_leave(&peer);
}

static void an_act_reaches_dispatch_without_its_key_in_the_request(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_borrow, 8, act, ACT_LEN);
	peer_expect(&peer, FRAME_ANSWER, 8);
	assert_int_equal(peer.frame.length, 7);
	assert_memory_equal(peer.body, "request", 7);
	assert_memory_equal(stub->key, act, FRAME_KEY_LEN);
	assert_int_equal(stub->request_len, 7);
	assert_int_equal(stub->act_principal, 42);
	assert_int_equal(stub->act_rpc, RPC_borrow);
	assert_false(stub->dry_run);
	peer_send(&peer,
		  (struct frame){.kind = FRAME_REQUEST,
				 .rpc = RPC_borrow,
				 .request_id = 9,
				 .flags = FRAME_DRY_RUN,
				 .length = FRAME_KEY_LEN},
		  act);
	peer_expect(&peer, FRAME_ANSWER, 9);
	assert_true(stub->dry_run);
	assert_int_equal(stub->request_len, 0);
	peer_leave(&peer);
}

static void a_refused_request_leaves_the_connection_as_it_was(void **state)
{
	static const uint8_t zeros[FRAME_KEY_LEN + 4];
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, 9999, 1, NULL, 0);
	(void)peer_expect_error(&peer, 1, STATUS_RPC_UNKNOWN);
	assert_int_equal(peer.frame.rpc, 9999);
	stub_ask(&peer, RPC_genesis, 2, act, ACT_LEN);
	assert_string_equal(peer_expect_error(&peer, 2, STATUS_DENIED)->reason, "not_for_people");
	stub_ask(&peer, RPC_certificate_bind, 2, act, ACT_LEN);
	assert_string_equal(peer_expect_error(&peer, 2, STATUS_DENIED)->reason, "not_for_people");
	stub_ask(&peer, RPC_borrow, 3, act, FRAME_KEY_LEN - 1);
	(void)peer_expect_error(&peer, 3, STATUS_KEY_INVALID);
	stub_ask(&peer, RPC_borrow, 3, NULL, 0);
	(void)peer_expect_error(&peer, 3, STATUS_KEY_INVALID);
	stub_ask(&peer, RPC_borrow, 3, zeros, sizeof(zeros));
	(void)peer_expect_error(&peer, 3, STATUS_KEY_INVALID);
	stub_ask(&peer, RPC_whoami, 3, NULL, 0);
	peer_expect(&peer, FRAME_ANSWER, 3);
	assert_int_equal(stub->submitted, 1);
	peer_leave(&peer);
}

static void one_request_too_many_is_refused_and_later_ones_are_not(void **state)
{
	struct stub *stub = *state;
	const Pb__Refusal *refusal;
	struct peer peer;

	stub->config->limits_in_flight = 1;
	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_status, 1, NULL, 0);
	stub_ask(&peer, RPC_whoami, 2, NULL, 0);
	refusal = peer_expect_error(&peer, 2, STATUS_TOO_MANY_REQUESTS);
	assert_string_equal(refusal->reason, "too_many");
	assert_int_equal(refusal->limit, 1);
	stub_release(stub);
	peer_expect(&peer, FRAME_ANSWER, 1);
	stub_ask(&peer, RPC_whoami, 2, NULL, 0);
	peer_expect(&peer, FRAME_ANSWER, 2);
	peer_leave(&peer);
}

static void the_id_of_a_request_under_way_ends_the_connection(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_status, 1, NULL, 0);
	stub_ask(&peer, RPC_whoami, 1, NULL, 0);
	(void)peer_expect_error(&peer, 1, STATUS_REQUEST_ID_IN_USE);
	peer_expect_goodbye(&peer);
	peer_leave(&peer);
	stub_release(stub); /* comes home to a session that is closing or gone */
	stub_await_nobody(stub);
}

static void an_answer_does_not_reach_who_came_in_the_place_of_who_asked(void **state)
{
	struct stub *stub = *state;
	struct peer peer;

	stub_start(stub);
	stub_open(stub, &peer);
	stub_ask(&peer, RPC_status, 1, NULL, 0);
	stub_await(stub, &stub->submitted, 1);
	peer_vanish(&peer);
	stub_await_nobody(stub);
	stub_open(stub, &peer);
	stub_release(stub);
	stub_expect_silence(&peer);
	stub_expect_silence(&peer);
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_is_answered_by_who_the_client_is_and_the_limits),
		TEST(a_certificate_that_belongs_to_nobody_is_told_so),
		TEST(what_no_client_may_send_is_named_and_ends_in_order),
		TEST(versions_that_do_not_meet_ours_are_refused),
		TEST(the_highest_version_that_both_speak_is_chosen),
		TEST(a_client_with_a_long_name_is_refused),
		TEST(who_does_not_greet_gets_a_timeout),
		TEST(a_look_is_answered_and_the_id_is_free_again),
		TEST(an_act_reaches_dispatch_without_its_key_in_the_request),
		TEST(a_refused_request_leaves_the_connection_as_it_was),
		TEST(one_request_too_many_is_refused_and_later_ones_are_not),
		TEST(the_id_of_a_request_under_way_ends_the_connection),
		TEST(an_answer_does_not_reach_who_came_in_the_place_of_who_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
