/* What is refused, and that it is refused for that reason. */
#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/tls_pair.h"

static void a_client_of_another_ca_is_refused(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "other-ca", .ca = true});
	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "foreign", .issuer = "other-ca"});
	expect_refused(pair, "foreign", "unable to get local issuer certificate");
}

static void a_self_signed_client_is_refused(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates, &(struct certificate_options){.name = "self"});
	expect_refused(pair, "self", "self-signed certificate");
}

static void an_expired_client_is_refused(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){
				  .name = "late", .issuer = "ca", .begins = -200, .ends = -100});
	expect_refused(pair, "late", "certificate has expired");
}

static void a_client_whose_certificate_is_not_yet_valid_is_refused(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){
				  .name = "early", .issuer = "ca", .begins = 1000, .ends = 2000});
	expect_refused(pair, "early", "certificate is not yet valid");
}

static void a_servers_certificate_does_not_make_a_client(void **state)
{
	expect_refused(*state, "server", "unsuitable certificate purpose");
}

static void a_cas_own_certificate_does_not_make_a_client(void **state)
{
	struct pair *pair = *state;

	certificates_make(&pair->certificates,
			  &(struct certificate_options){.name = "sub", .issuer = "ca", .ca = true});
	expect_refused(pair, "sub", "invalid CA certificate");
}

static void a_client_without_certificate_is_refused(void **state)
{
	make_stranger(*state, false);
	assert_int_equal(shake_stranger(*state), TLS_FAILED);
}

static void tls_1_2_is_refused(void **state)
{
	struct pair *pair = *state;
	char why[TLS_ERROR_LEN];

	make_stranger(pair, true);
	SSL_CTX_set_max_proto_version(pair->stranger_context, TLS1_2_VERSION);
	assert_int_equal(shake_stranger(pair), TLS_FAILED);
	tls_error(pair->server, why);
	assert_string_equal(why, "unsupported protocol");
}

static void another_alpn_is_refused(void **state)
{
	struct pair *pair = *state;

	make_stranger(pair, true);
	SSL_CTX_set_alpn_protos(pair->stranger_context, (const unsigned char *)"\x02h2", 3);
	assert_int_equal(shake_stranger(pair), TLS_FAILED);
}

static void no_alpn_is_refused(void **state)
{
	struct pair *pair = *state;
	char why[TLS_ERROR_LEN];

	make_stranger(pair, true);
	SSL_CTX_set_alpn_protos(pair->stranger_context, NULL, 0);
	assert_int_equal(shake_stranger(pair), TLS_FAILED);
	tls_error(pair->server, why);
	assert_string_equal(why, "the peer does not speak dossier/1");
}

static void a_server_with_another_address_is_refused_by_the_client(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;

	make_pair(pair, "client", "127.0.0.2");
	shake(pair, &server, &client);
	assert_int_equal(client, TLS_FAILED);
}

static void plain_text_is_refused(void **state)
{
	struct pair *pair = *state;

	make_server(pair);
	assert_int_equal(write(pair->fds[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
	assert_int_equal(tls_handshake(pair->server), TLS_FAILED);
}

static void a_hello_that_claims_to_be_long_is_refused_at_its_first_bytes(void **state)
{
	static const uint8_t head[] = {22, 3, 1, 0x40, 0, 1, 0, 0x40, 1};
	struct pair *pair = *state;
	char why[TLS_ERROR_LEN];

	make_server(pair);
	for (size_t i = 0; i < sizeof(head); i++) {
		assert_int_equal(tls_handshake(pair->server), TLS_WANT_READ);
		assert_int_equal(write(pair->fds[1], head + i, 1), 1);
	}
	assert_int_equal(tls_handshake(pair->server), TLS_FAILED);
	tls_error(pair->server, why);
	assert_string_equal(why, "the client's hello is too long");
}

static void a_handshake_cut_anywhere_waits_and_then_fails(void **state)
{
	struct pair *pair = *state;
	uint8_t hello[2048];
	ssize_t len;

	make_pair(pair, "client", "127.0.0.1");
	assert_int_equal(tls_handshake(pair->client), TLS_WANT_READ);
	len = read(pair->fds[0], hello, sizeof(hello));
	assert_true(len > 100);
	for (ssize_t cut = 0; cut < len; cut += 7) {
		struct tls *server;
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		server = tls_new(pair->server_context, fds[0], NULL);
		assert_int_equal(write(fds[1], hello, (size_t)cut), cut);
		assert_int_equal(tls_handshake(server), TLS_WANT_READ);
		close(fds[1]);
		assert_int_equal(tls_handshake(server), TLS_FAILED);
		tls_free(server);
		close(fds[0]);
	}
}

/* All of it in one piece, as the socket would bring it. */
static void send_key_updates(struct pair *pair, int count)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *bytes;
	long len;

	SSL_set0_wbio(pair->stranger, out);
	for (int i = 0; i < count; i++) {
		assert_int_equal(SSL_key_update(pair->stranger, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(pair->stranger), 1);
	}
	assert_int_equal(SSL_write(pair->stranger, "x", 1), 1);
	len = BIO_get_mem_data(out, &bytes);
	assert_int_equal(write(pair->fds[1], bytes, (size_t)len), len);
}

static void a_flood_of_key_updates_is_a_failure_and_a_few_are_not(void **state)
{
	struct pair *pair = *state;
	char bytes[16];
	size_t count;

	make_stranger(pair, true);
	assert_int_equal(shake_stranger(pair), TLS_DONE);
	send_key_updates(pair, 5);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_DONE);
	send_key_updates(pair, 4000);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_FAILED);
}

static void a_key_of_another_certificate_gives_no_context(void **state)
{
	struct pair *pair = *state;
	struct tls_context *context = NULL;
	struct tls_options options = options_of(pair, TLS_SERVER, "server", "ca");
	char why[TLS_ERROR_LEN];

	options.key = certificates_path(&pair->certificates, "client", "key");
	assert_int_equal(tls_context_new(&context, &options, why), STATUS_TLS);
	assert_non_null(strstr(why, "key"));
	assert_null(context);
}

static void a_missing_or_empty_file_gives_no_context(void **state)
{
	struct pair *pair = *state;
	static const char *const parts[3][3] = {
		{"none", "server", "ca"}, {"server", "none", "ca"}, {"server", "server", "none"}};

	for (int empty = 0; empty < 2; empty++) {
		for (int i = 0; i < 3; i++) {
			struct tls_context *context = NULL;
			char why[TLS_ERROR_LEN];

			struct tls_options options =
				options_of(pair, TLS_SERVER, parts[i][0], parts[i][2]);

			options.key = certificates_path(&pair->certificates, parts[i][1], "key");
			assert_int_equal(tls_context_new(&context, &options, why), STATUS_TLS);
			assert_non_null(strstr(why, "none"));
		}
		fclose(certificates_open(&pair->certificates, "none", "pem", "w"));
		fclose(certificates_open(&pair->certificates, "none", "key", "w"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_client_of_another_ca_is_refused),
		TEST(a_self_signed_client_is_refused),
		TEST(an_expired_client_is_refused),
		TEST(a_client_whose_certificate_is_not_yet_valid_is_refused),
		TEST(a_servers_certificate_does_not_make_a_client),
		TEST(a_cas_own_certificate_does_not_make_a_client),
		TEST(a_client_without_certificate_is_refused),
		TEST(tls_1_2_is_refused),
		TEST(another_alpn_is_refused),
		TEST(no_alpn_is_refused),
		TEST(a_server_with_another_address_is_refused_by_the_client),
		TEST(plain_text_is_refused),
		TEST(a_hello_that_claims_to_be_long_is_refused_at_its_first_bytes),
		TEST(a_handshake_cut_anywhere_waits_and_then_fails),
		TEST(a_flood_of_key_updates_is_a_failure_and_a_few_are_not),
		TEST(a_key_of_another_certificate_gives_no_context),
		TEST(a_missing_or_empty_file_gives_no_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
