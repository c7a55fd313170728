/* Sessions that end because their peer may no longer speak, and those that go on. */
#include "server/session/sweep.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/session/stub.h"

static atomic_uint allocations_left = UINT_MAX;

void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	unsigned left = atomic_load(&allocations_left);

	if (left == 0)
		return NULL;
	if (left != UINT_MAX)
		atomic_store(&allocations_left, left - 1);
	return __real_calloc(count, size);
}

/* What a reload brings: the usual server by that CA, with a list or none. */
static struct tls_context *trust(struct stub *stub, const char *ca, const char *list)
{
	struct tls_options options = {
		.side = TLS_SERVER,
		.certificate = certificates_path(&stub->certificates, "server", "pem"),
		.key = certificates_path(&stub->certificates, "server", "key"),
		.ca = {certificates_path(&stub->certificates, ca, "pem")},
		.crl = list == NULL ? NULL : certificates_path(&stub->certificates, list, "crl"),
	};
	struct tls_context *context;
	char why[TLS_ERROR_LEN];

	assert_int_equal(tls_context_new(&context, &options, why), STATUS_OK);
	return context;
}

static void reload(struct stub *stub, const char *ca, const char *list)
{
	struct tls_context *context = trust(stub, ca, list);

	assert_int_equal(front_reload(stub->front, stub->config, context), STATUS_OK);
	tls_context_free(context);
}

/* A new CA "newer", a client "colleague" by it, and the file "both" with the old one too. */
static void make_newer_ca(struct stub *stub)
{
	struct certificates *all = &stub->certificates;
	const char *names[] = {"ca", "newer"};

	certificates_make(all, &(struct certificate_options){.name = "newer", .ca = true});
	certificates_make(all,
			  &(struct certificate_options){.name = "colleague", .issuer = "newer"});
	for (int i = 0; i < 2; i++) {
		X509 *ca = certificates_read(all, names[i]);
		FILE *file = certificates_open(all, "both", "pem", "a");

		PEM_write_X509(file, ca);
		fclose(file);
		X509_free(ca);
	}
}

static void greet(struct stub *stub, struct peer *peer, const char *name)
{
	peer_connect_with(peer, &stub->certificates, front_port(stub->front), name, 0);
	stub_hello(peer, 1, 1, "test/1");
	peer_expect(peer, FRAME_WELCOME, 0);
}

static void expect_sent_away(struct peer *peer, const char *reason)
{
	assert_string_equal(peer_expect_error(peer, 0, STATUS_IDENTITY)->reason, reason);
	peer_expect_goodbye(peer);
	peer_leave(peer);
}

/* ---- reloads ---- */

static void a_ca_that_is_taken_away_takes_its_own_and_nobody_else(void **state)
{
	struct stub *stub = *state;
	struct peer old, other_old, colleague;

	make_newer_ca(stub);
	tls_context_free(stub->tls);
	stub->tls = trust(stub, "both", NULL);
	stub_start(stub);
	stub_open(stub, &old);
	greet(stub, &colleague, "colleague");
	stub_open(stub, &other_old);
	reload(stub, "both", NULL);
	stub_expect_silence(&old);
	reload(stub, "newer", NULL);
	expect_sent_away(&old, "certificate_untrusted");
	expect_sent_away(&other_old, "certificate_untrusted");
	stub_expect_silence(&colleague);
	peer_leave(&colleague);
}

static void who_is_on_a_new_list_is_sent_away_and_his_colleague_stays(void **state)
{
	struct stub *stub = *state;
	struct peer peer, colleague;

	certificates_make(&stub->certificates,
			  &(struct certificate_options){.name = "colleague", .issuer = "ca"});
	certificates_list(&stub->certificates,
			  &(struct list_options){.name = "list", .ca = "ca", .revoked = "client"});
	stub_start(stub);
	stub_open(stub, &peer);
	greet(stub, &colleague, "colleague");
	reload(stub, "ca", "list");
	expect_sent_away(&peer, "certificate_ended");
	stub_expect_silence(&colleague);
	peer_leave(&colleague);
}

static void who_shook_hands_before_a_reload_and_greets_after_it_is_judged_by_it(void **state)
{
	struct stub *stub = *state;
	struct peer early, witness;

	make_newer_ca(stub);
	tls_context_free(stub->tls);
	stub->tls = trust(stub, "both", NULL);
	stub_start(stub);
	stub_open(stub, &witness);
	stub_connect(stub, &early);
	reload(stub, "newer", NULL);
	expect_sent_away(&witness, "certificate_untrusted");
	stub_hello(&early, 1, 1, "test/1");
	expect_sent_away(&early, "certificate_untrusted");
}

static void a_reload_without_memory_changes_nothing_on_any_loop(void **state)
{
	enum { LOOPS = 4 };
	struct stub *stub = *state;
	struct tls_context *context;
	struct config *config;
	char why[CONFIG_WHY_LEN];
	struct peer peers[8];

	make_newer_ca(stub);
	assert_int_equal(config_load(&config, NULL, 0, why), STATUS_OK);
	stub->config->server_loops = LOOPS;
	stub_start(stub);
	for (int i = 0; i < 8; i++)
		stub_open(stub, &peers[i]);
	context = trust(stub, "newer", NULL);
	for (unsigned good = 0; good <= LOOPS; good++) {
		atomic_store(&allocations_left, good);
		assert_int_equal(front_reload(stub->front, config, context), STATUS_MEMORY);
		atomic_store(&allocations_left, UINT_MAX);
	}
	for (int i = 0; i < 8; i++)
		stub_expect_silence(&peers[i]);
	assert_int_equal(front_reload(stub->front, config, context), STATUS_OK);
	for (int i = 0; i < 8; i++)
		expect_sent_away(&peers[i], "certificate_untrusted");
	tls_context_free(context);
	config_free(config);
}

/* ---- accounts, and time ---- */

static void who_is_suspended_is_sent_away_soon_with_his_stream(void **state)
{
	struct stub *stub = *state;
	struct peer idle, streaming;

	stub_start(stub);
	stub_open(stub, &idle);
	stub_open(stub, &streaming);
	stub_ask(&streaming, RPC_log_list, 3, NULL, 0);
	peer_expect(&streaming, FRAME_ITEM, 3);
	stub_suspend(stub);
	expect_sent_away(&idle, "account_inactive");
	do
		peer_receive(&streaming);
	while (streaming.frame.kind == FRAME_ITEM);
	assert_string_equal(peer_error(&streaming, 0, STATUS_IDENTITY)->reason, "account_inactive");
	peer_leave(&streaming);
}

static void whose_certificate_ends_is_judged_again_then(void **state)
{
	struct stub *stub = *state;
	struct peer brief, peer;

	certificates_make(&stub->certificates, &(struct certificate_options){
						       .name = "brief", .issuer = "ca", .ends = 2});
	stub_start(stub);
	greet(stub, &brief, "brief");
	stub_open(stub, &peer);
	pthread_mutex_lock(&stub->lock);
	stub->suspended = true; /* but no account has changed: only time can tell */
	stub_changed(stub);
	expect_sent_away(&brief, "account_inactive");
	peer_leave(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stub_set_up, stub_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ca_that_is_taken_away_takes_its_own_and_nobody_else),
		TEST(who_is_on_a_new_list_is_sent_away_and_his_colleague_stays),
		TEST(who_shook_hands_before_a_reload_and_greets_after_it_is_judged_by_it),
		TEST(a_reload_without_memory_changes_nothing_on_any_loop),
		TEST(who_is_suspended_is_sent_away_soon_with_his_stream),
		TEST(whose_certificate_ends_is_judged_again_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
