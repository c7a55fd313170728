/* Who has no certificate yet: gets in by dossier-enrol/1, and by nothing else. */
#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/tls_pair.h"

#define USUAL "\x09" TLS_ALPN
#define ENROL "\x0f" TLS_ALPN_ENROL

static void let_strangers_in(struct pair *pair)
{
	pair->server_options = options_of(pair, TLS_SERVER, "server", "ca");
	pair->server_options.enrol = true;
}

static void offer(struct pair *pair, const char *protocols)
{
	if (pair->stranger == NULL)
		assert_int_equal(SSL_CTX_set_alpn_protos(pair->stranger_context,
							 (const unsigned char *)protocols,
							 (unsigned)strlen(protocols)),
				 0);
	else
		assert_int_equal(SSL_set_alpn_protos(pair->stranger,
						     (const unsigned char *)protocols,
						     (unsigned)strlen(protocols)),
				 0);
}

static void expect_server_error(struct pair *pair, const char *sentence)
{
	char why[TLS_ERROR_LEN];

	tls_error(pair->server, why);
	assert_string_equal(why, sentence);
	assert_false(tls_is_stranger(pair->server));
}

/* A client of ours without any certificate, at a server that lets it in. */
static void enrol(struct pair *pair, bool server_allows, enum tls_result *server,
		  enum tls_result *client)
{
	struct tls_options options = {.side = TLS_CLIENT, .enrol = true};

	if (server_allows)
		let_strangers_in(pair);
	make_server(pair);
	make_context_with(&pair->client_context, &options);
	pair->client = tls_new(pair->client_context, pair->fds[1], "127.0.0.1");
	shake(pair, server, client);
}

static void a_stranger_gets_in_without_a_certificate_and_is_known_as_one(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;
	uint8_t identity[HASH_LEN];
	char bytes[8];
	size_t count;

	enrol(pair, true, &server, &client);
	assert_int_equal(server, TLS_DONE);
	assert_int_equal(client, TLS_DONE);
	assert_true(tls_is_stranger(pair->server));
	assert_true(tls_is_stranger(pair->client));
	assert_int_equal(tls_peer_identity(pair->server, identity), STATUS_IDENTITY);
	assert_int_equal(tls_write(pair->client, "hello", 5, &count), TLS_DONE);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_DONE);
	assert_memory_equal(bytes, "hello", 5);
}

static void a_server_that_was_not_told_to_lets_no_stranger_in(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;

	enrol(pair, false, &server, &client);
	assert_int_equal(server, TLS_FAILED);
	assert_int_equal(client, TLS_FAILED);
}

static void who_has_a_certificate_is_no_stranger_at_such_a_server(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;

	let_strangers_in(pair);
	make_pair(pair, "client", "127.0.0.1");
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_DONE);
	assert_int_equal(client, TLS_DONE);
	assert_false(tls_is_stranger(pair->server));
	assert_false(tls_is_stranger(pair->client));
}

static void the_usual_protocol_still_wants_a_certificate(void **state)
{
	struct pair *pair = *state;

	let_strangers_in(pair);
	make_stranger(pair, false);
	offer(pair, USUAL);
	assert_int_equal(shake_stranger(pair), TLS_FAILED);
	expect_server_error(pair, "peer did not return a certificate");
}

static void no_protocol_still_wants_a_certificate_and_is_refused_with_one(void **state)
{
	struct pair *pair = *state;

	let_strangers_in(pair);
	make_stranger(pair, false);
	SSL_CTX_set_alpn_protos(pair->stranger_context, NULL, 0);
	assert_int_equal(shake_stranger(pair), TLS_FAILED);
	expect_server_error(pair, "peer did not return a certificate");
}

static void who_offers_both_protocols_must_show_a_certificate(void **state)
{
	static const char *const offers[] = {USUAL ENROL, ENROL USUAL, ENROL ENROL USUAL};

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct pair *pair = *state;

		let_strangers_in(pair);
		make_stranger(pair, false);
		offer(pair, offers[i]);
		assert_int_equal(shake_stranger(pair), TLS_FAILED);
		expect_server_error(pair, "peer did not return a certificate");
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

/* The first hello asks for enrolment, the second, after a HelloRetryRequest, for the other. */
static void change_mind(struct pair *pair, const char *second)
{
	let_strangers_in(pair);
	make_stranger(pair, false);
	offer(pair, ENROL);
	assert_int_equal(SSL_CTX_set1_groups_list(pair->stranger_context, "P-384:P-256"), 1);
	pair->stranger = SSL_new(pair->stranger_context);
	SSL_set_fd(pair->stranger, pair->fds[1]);
	assert_int_equal(SSL_connect(pair->stranger), -1);
	assert_int_equal(tls_handshake(pair->server), TLS_WANT_READ);
	assert_int_equal(SSL_set_alpn_protos(pair->stranger, (const unsigned char *)second,
					     (unsigned)strlen(second)),
			 0);
}

static enum tls_result go_on(struct pair *pair)
{
	enum tls_result server = TLS_WANT_READ;

	for (int i = 0; i < 10; i++) {
		ERR_clear_error();
		(void)SSL_connect(pair->stranger);
		if (server == TLS_WANT_READ)
			server = tls_handshake(pair->server);
	}
	return server;
}

static void a_change_of_mind_in_the_second_hello_wants_a_certificate_again(void **state)
{
	struct pair *pair = *state;

	change_mind(pair, USUAL);
	assert_int_equal(go_on(pair), TLS_FAILED);
	expect_server_error(pair, "peer did not return a certificate");
}

static void a_second_hello_without_protocol_is_refused(void **state)
{
	struct pair *pair = *state;

	change_mind(pair, "");
	assert_int_equal(go_on(pair), TLS_FAILED);
	assert_false(tls_is_stranger(pair->server));
}

static void a_second_hello_that_still_wants_to_enrol_gets_in(void **state)
{
	struct pair *pair = *state;

	change_mind(pair, ENROL);
	assert_int_equal(go_on(pair), TLS_DONE);
	assert_true(tls_is_stranger(pair->server));
}

/* ---- what the client makes of the server afterwards ---- */

static char *read_pem(struct pair *pair, const char *name, size_t *len)
{
	FILE *file = certificates_open(&pair->certificates, name, "pem", "r");
	char *text = calloc(1, 8192);

	*len = fread(text, 1, 8191, file);
	fclose(file);
	return text;
}

static void expect_chain(struct pair *pair, const char *ca, const char *host, const char *sentence)
{
	char why[TLS_ERROR_LEN] = "";
	size_t len;
	char *pem = read_pem(pair, ca, &len);
	enum status status = tls_peer_chains_to(pair->client, pem, len, host, why);

	assert_int_equal(status, sentence == NULL ? STATUS_OK : STATUS_TLS);
	if (sentence != NULL)
		assert_string_equal(why, sentence);
	free(pem);
}

static void the_server_is_verified_under_the_ca_that_was_got_meanwhile(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;
	char why[TLS_ERROR_LEN];

	enrol(pair, true, &server, &client);
	assert_int_equal(client, TLS_DONE);
	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "other", .ca = true});
	expect_chain(pair, "ca", "127.0.0.1", NULL);
	expect_chain(pair, "ca", "127.0.0.2", "IP address mismatch");
	expect_chain(pair, "ca", "archive.example.com", "hostname mismatch");
	expect_chain(pair, "other", "127.0.0.1", "unable to get local issuer certificate");
	assert_int_equal(tls_peer_chains_to(pair->client, "nonsense", 8, "127.0.0.1", why),
			 STATUS_TLS);
	assert_string_equal(why, "what the server calls its CA is no certificate");
}

static void a_client_certificate_does_not_make_a_server_for_a_stranger(void **state)
{
	struct pair *pair = *state;
	struct tls_options options = {.side = TLS_CLIENT, .enrol = true};
	enum tls_result server, client;

	pair->server_options = options_of(pair, TLS_SERVER, "client", "ca");
	pair->server_options.enrol = true;
	make_server(pair);
	make_context_with(&pair->client_context, &options);
	pair->client = tls_new(pair->client_context, pair->fds[1], "127.0.0.1");
	shake(pair, &server, &client);
	assert_int_equal(client, TLS_DONE);
	expect_chain(pair, "ca", "127.0.0.1", "unsuitable certificate purpose");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stranger_gets_in_without_a_certificate_and_is_known_as_one),
		TEST(a_server_that_was_not_told_to_lets_no_stranger_in),
		TEST(who_has_a_certificate_is_no_stranger_at_such_a_server),
		TEST(the_usual_protocol_still_wants_a_certificate),
		TEST(no_protocol_still_wants_a_certificate_and_is_refused_with_one),
		TEST(who_offers_both_protocols_must_show_a_certificate),
		TEST(a_change_of_mind_in_the_second_hello_wants_a_certificate_again),
		TEST(a_second_hello_without_protocol_is_refused),
		TEST(a_second_hello_that_still_wants_to_enrol_gets_in),
		TEST(the_server_is_verified_under_the_ca_that_was_got_meanwhile),
		TEST(a_client_certificate_does_not_make_a_server_for_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
