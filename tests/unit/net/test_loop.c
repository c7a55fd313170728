#include "server/net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/unit/net/echo.h"

/* ---- strangers ---- */

static void plain_text_and_noise_end_without_harm_to_others(void **state)
{
	struct echo *echo = *state;
	struct peer peer;
	int fd;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	fd = peer_socket(loop_port(echo->loop), 0);
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	socket_expect_end(fd);
	close(fd);
	echo_ask(&peer, ECHO_BACK, 1, "still here");
	peer_expect(&peer, FRAME_ANSWER, 1);
	peer_leave(&peer);
}

static void a_refused_certificate_reads_its_alert(void **state)
{
	struct echo *echo = *state;
	struct peer peer;
	char why[TLS_ERROR_LEN];

	certificates_make(&echo->certificates,
			  &(struct certificate_options){
				  .name = "late", .issuer = "ca", .begins = -200, .ends = -100});
	echo_start(echo, echo_patient, 10);
	peer_connect_with(&peer, &echo->certificates, loop_port(echo->loop), "late", 0);
	peer_send(&peer, (struct frame){.kind = FRAME_HELLO, .length = 5}, "hello");
	assert_int_equal(peer_read(&peer), TLS_FAILED);
	tls_error(peer.tls, why);
	assert_non_null(strstr(why, "certificate expired"));
	peer_vanish(&peer);
	echo_await(echo, ECHO_CLOSED, 1);
	assert_int_equal(echo_told(echo, ECHO_READY), 0);
}

#define CROWD 60

static void a_crowd_that_shakes_hands_at_once_is_served_whole(void **state)
{
	struct echo *echo = *state;
	struct tls_context *context = peer_context(&echo->certificates, TLS_CLIENT, "client");
	struct peer crowd[CROWD];

	echo_start(echo, echo_patient, 2 * CROWD);
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct peer){.fd = peer_socket(loop_port(echo->loop), 0)};
		crowd[i].context = tls_context_retain(context);
		crowd[i].tls = tls_new(context, crowd[i].fd, "127.0.0.1");
		framer_init(&crowd[i].in, FRAME_BODY_MAX_ANSWER);
		assert_int_not_equal(tls_handshake(crowd[i].tls), TLS_FAILED);
	}
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(peer_shake(&crowd[i]), TLS_DONE);
		echo_greet(&crowd[i]);
	}
	for (int i = 0; i < CROWD; i++)
		peer_leave(&crowd[i]);
	tls_context_free(context);
	echo_await(echo, ECHO_CLOSED, CROWD);
}

/* ---- limits ---- */

static void one_too_many_waits_until_another_leaves(void **state)
{
	struct echo *echo = *state;
	struct peer peers[2], third;

	echo_start(echo, echo_patient, 2);
	echo_open(echo, &peers[0]);
	echo_open(echo, &peers[1]);
	third = (struct peer){.fd = peer_socket(loop_port(echo->loop), 0)};
	third.context = peer_context(&echo->certificates, TLS_CLIENT, "client");
	third.tls = tls_new(third.context, third.fd, "127.0.0.1");
	framer_init(&third.in, FRAME_BODY_MAX_ANSWER);
	assert_int_equal(tls_handshake(third.tls), TLS_WANT_READ);
	peer_leave(&peers[0]);
	assert_int_equal(peer_shake(&third), TLS_DONE);
	echo_greet(&third);
	peer_leave(&third);
	peer_leave(&peers[1]);
}

static void who_is_not_admitted_is_closed_before_anything_is_spent_on_him(void **state)
{
	struct echo *echo = *state;
	struct tls_context *context = peer_context(&echo->certificates, TLS_CLIENT, "client");
	struct peer inside, outside;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &inside);
	atomic_store(&echo->closed, true);
	outside = (struct peer){.fd = peer_socket(loop_port(echo->loop), 0), .context = context};
	outside.tls = tls_new(context, outside.fd, "127.0.0.1");
	assert_int_equal(peer_shake(&outside), TLS_FAILED);
	assert_true(tls_turned_away(outside.tls));
	peer_vanish(&outside);
	assert_int_equal(atomic_load(&echo->connections), 1);
	echo_ask(&inside, ECHO_BACK, 1, "who is inside stays");
	peer_expect(&inside, FRAME_ANSWER, 1);
	assert_false(tls_turned_away(inside.tls));
	atomic_store(&echo->closed, false);
	peer_leave(&inside);
	echo_open(echo, &inside);
	peer_leave(&inside);
	echo_await(echo, ECHO_CLOSED, 2);
}

static void without_descriptors_it_rests_and_then_accepts_again(void **state)
{
	struct echo *echo = *state;
	struct rlimit files, few;
	struct peer peer;
	int waiting[4], filler[256];
	int count = 0;

	echo_start(echo, echo_patient, 100);
	echo_open(echo, &peer);
	for (int i = 0; i < 4; i++)
		waiting[i] = socket(AF_INET, SOCK_STREAM, 0);
	getrlimit(RLIMIT_NOFILE, &files);
	few = files;
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	while ((filler[count] = dup(0)) >= 0)
		count++;
	for (int i = 0; i < 4; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET,
					      .sin_port = htons(loop_port(echo->loop)),
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

		assert_int_equal(connect(waiting[i], (struct sockaddr *)&address, sizeof(address)),
				 0);
	}
	socket_expect_end(waiting[0]); /* the first one is told at once */
	echo_ask(&peer, ECHO_BACK, 1, "who is there is served");
	peer_expect(&peer, FRAME_ANSWER, 1);
	while (count > 0)
		close(filler[--count]);
	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 0; i < 4; i++)
		close(waiting[i]);
	peer_leave(&peer);
	echo_open(echo, &peer);
	peer_leave(&peer);
}

static void an_address_that_is_none_and_a_taken_port_are_said_so(void **state)
{
	struct listener listener = {0};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	char why[LISTENER_WHY_LEN];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(listener_open(&listener, "localhost", 0, false, why), STATUS_SYSTEM);
	assert_non_null(strstr(why, "not an address: localhost"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listener_open(&listener, "127.0.0.1", ntohs(address.sin_port), false, why),
			 STATUS_SYSTEM);
	assert_non_null(strstr(why, "in use"));
	close(fd);
}

static void a_port_is_shared_only_by_those_who_say_so(void **state)
{
	struct listener first = {0};
	struct listener second = {0};
	char why[LISTENER_WHY_LEN];

	(void)state;
	assert_int_equal(listener_open(&first, "127.0.0.1", 0, false, why), STATUS_OK);
	assert_int_equal(listener_open(&second, "127.0.0.1", listener_port(&first), false, why),
			 STATUS_SYSTEM);
	assert_int_equal(listener_open(&second, "127.0.0.1", listener_port(&first), true, why),
			 STATUS_OK);
	close(first.spare);
	close(first.fd);
	close(second.spare);
	close(second.fd);
}

/* ---- stopping, reloading ---- */

static void it_stops_with_connections_in_every_state(void **state)
{
	struct echo *echo = *state;
	struct peer greeting, open, full;
	int shaking;

	echo_start(echo, echo_patient, 10);
	shaking = peer_socket(loop_port(echo->loop), 0);
	echo_connect(echo, &greeting);
	echo_open(echo, &open);
	peer_connect_with(&full, &echo->certificates, loop_port(echo->loop), "client", 4096);
	echo_greet(&full);
	echo_ask(&full, ECHO_MUCH, 20, "");
	echo_await(echo, ECHO_FRAME, 3);
	loop_stop(echo->loop);
	peer_expect(&greeting, FRAME_ERROR, 0);
	peer_expect_goodbye(&greeting);
	peer_expect(&open, FRAME_ERROR, 0);
	peer_expect_goodbye(&open);
	socket_expect_end(shaking);
	for (uint64_t id = 0; id < 20; id++)
		peer_expect(&full, FRAME_ANSWER, id);
	peer_expect(&full, FRAME_ERROR, 0);
	peer_expect_goodbye(&full);
	loop_free(echo->loop);
	echo->loop = NULL;
	assert_int_equal(atomic_load(&echo->connections), 0);
	assert_int_equal(echo_told(echo, ECHO_CLOSED), 4);
	peer_leave(&greeting);
	peer_leave(&open);
	peer_leave(&full);
	close(shaking);
}

static void it_waits_for_what_is_under_way_before_it_stops(void **state)
{
	struct echo *echo = *state;
	struct mail mail = {0};
	struct peer peer;

	echo_start(echo, echo_patient, 10);
	echo_open(echo, &peer);
	atomic_store(&echo->busy, true);
	loop_stop(echo->loop);
	echo_await(echo, ECHO_STOPPING, 1);
	echo_ask(&peer, ECHO_BACK, 5, "one more");
	peer_expect(&peer, FRAME_ANSWER, 5);
	mailbox_post(loop_mailbox(echo->loop), &mail, &mail);
	peer_expect(&peer, FRAME_ERROR, 0);
	peer_leave(&peer);
	echo_stop(echo);
}

static void a_loop_that_was_never_started_is_freed(void **state)
{
	struct echo *echo = *state;
	struct loop_options options = {
		.tls = echo->tls, .address = "127.0.0.1", .connections = &echo->connections};
	char why[LISTENER_WHY_LEN];
	struct loop *loop;

	assert_int_equal(loop_new(&loop, &options, why), STATUS_OK);
	assert_true(loop_port(loop) != 0);
	loop_free(loop);
}

struct change {
	struct loop_task task;
	struct echo *echo;
	struct tls_context *tls;
};

static void use_tls(struct loop_task *task)
{
	struct change *change = LIST_OF(task, struct change, task);

	loop_use_tls(change->echo->loop, change->tls);
}

static void another_certificate_is_for_those_who_come_after_it(void **state)
{
	struct echo *echo = *state;
	struct change change = {.task.run = use_tls, .echo = echo};
	uint8_t before[HASH_LEN], after[HASH_LEN];
	struct peer old, new;

	certificates_make(
		&echo->certificates,
		&(struct certificate_options){.name = "next", .issuer = "ca", .server = true});
	change.tls = peer_context(&echo->certificates, TLS_SERVER, "next");
	echo_start(echo, echo_patient, 10);
	echo_open(echo, &old);
	loop_post(echo->loop, &change.task);
	do { /* posted is not done; but soon it is */
		echo_open(echo, &new);
		assert_int_equal(tls_peer_identity(old.tls, before), STATUS_OK);
		assert_int_equal(tls_peer_identity(new.tls, after), STATUS_OK);
		peer_leave(&new);
	} while (memcmp(before, after, HASH_LEN) == 0);
	echo_ask(&old, ECHO_BACK, 1, "the old one goes on");
	peer_expect(&old, FRAME_ANSWER, 1);
	peer_leave(&old);
	echo_stop(echo);
	tls_context_free(change.tls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain_text_and_noise_end_without_harm_to_others),
		TEST(a_refused_certificate_reads_its_alert),
		TEST(a_crowd_that_shakes_hands_at_once_is_served_whole),
		TEST(one_too_many_waits_until_another_leaves),
		TEST(who_is_not_admitted_is_closed_before_anything_is_spent_on_him),
		TEST(without_descriptors_it_rests_and_then_accepts_again),
		TEST(an_address_that_is_none_and_a_taken_port_are_said_so),
		cmocka_unit_test(a_port_is_shared_only_by_those_who_say_so),
		cmocka_unit_test(a_port_is_shared_only_by_those_who_say_so),
		TEST(it_stops_with_connections_in_every_state),
		TEST(it_waits_for_what_is_under_way_before_it_stops),
		TEST(a_loop_that_was_never_started_is_freed),
		TEST(another_certificate_is_for_those_who_come_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
