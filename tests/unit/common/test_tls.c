#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/tls_pair.h"

static void both_sides_agree_and_bytes_pass_both_ways(void **state)
{
	struct pair *pair = *state;
	char bytes[16];
	size_t count;

	connect_pair(pair);
	assert_int_equal(tls_write(pair->client, "hello", 5, &count), TLS_DONE);
	assert_int_equal(count, 5);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_DONE);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_WANT_READ);
	assert_int_equal(tls_write(pair->server, "welcome", 7, &count), TLS_DONE);
	assert_int_equal(tls_read(pair->client, bytes, sizeof(bytes), &count), TLS_DONE);
	assert_memory_equal(bytes, "welcome", 7);
}

static void a_goodbye_is_heard_as_closed(void **state)
{
	struct pair *pair = *state;
	char bytes[16];
	size_t count;

	connect_pair(pair);
	tls_goodbye(pair->client);
	tls_goodbye(pair->client);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_CLOSED);
}

static void an_end_without_goodbye_is_a_failure(void **state)
{
	struct pair *pair = *state;
	char bytes[16];
	size_t count;

	connect_pair(pair);
	assert_int_equal(tls_write(pair->client, "half a fra", 10, &count), TLS_DONE);
	assert_int_equal(shutdown(pair->fds[1], SHUT_WR), 0);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_DONE);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_FAILED);
	assert_int_equal(tls_read(pair->server, bytes, sizeof(bytes), &count), TLS_FAILED);
}

static void writing_to_a_peer_that_went_away_fails_without_a_signal(void **state)
{
	struct pair *pair = *state;
	size_t count;

	connect_pair(pair);
	assert_int_equal(shutdown(pair->fds[1], SHUT_RD), 0);
	assert_int_equal(tls_write(pair->server, "hello", 5, &count), TLS_FAILED);
}

static void a_full_socket_asks_to_write_later_and_loses_nothing(void **state)
{
	struct pair *pair = *state;
	static char bytes[64 * 1024], back[64 * 1024];
	size_t count, written = 0, seen = 0;
	enum tls_result result;

	connect_pair(pair);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	while ((result = tls_write(pair->server, bytes + written % sizeof(bytes),
				   sizeof(bytes) - written % sizeof(bytes), &count)) == TLS_DONE)
		written += count;
	assert_int_equal(result, TLS_WANT_WRITE);
	while (tls_read(pair->client, back, sizeof(back), &count) == TLS_DONE) {
		for (size_t i = 0; i < count; i++)
			assert_int_equal(back[i], (char)((seen + i) % sizeof(bytes) * 7));
		seen += count;
	}
	result = tls_write(pair->server, bytes + written % sizeof(bytes),
			   sizeof(bytes) - written % sizeof(bytes), &count);
	assert_int_equal(result, TLS_DONE);
	assert_true(seen >= written);
}

static void the_identity_is_the_certificates_and_known_to_its_issuer(void **state)
{
	struct pair *pair = *state;
	uint8_t seen[HASH_LEN], issued[HASH_LEN], other[HASH_LEN];
	const char *names[] = {"client", "server"};

	connect_pair(pair);
	assert_int_equal(tls_peer_identity(pair->server, seen), STATUS_OK);
	assert_int_equal(tls_peer_identity(pair->client, other), STATUS_OK);
	assert_memory_not_equal(seen, other, HASH_LEN);
	for (int i = 0; i < 2; i++) {
		X509 *certificate = certificates_read(&pair->certificates, names[i]);
		unsigned char *der = NULL;
		int len = i2d_X509(certificate, &der);

		assert_int_equal(tls_certificate_identity(der, (size_t)len, issued), STATUS_OK);
		assert_memory_equal(issued, i == 0 ? seen : other, HASH_LEN);
		assert_int_equal(tls_certificate_identity(der, 20, issued), STATUS_INVALID);
		OPENSSL_free(der);
		X509_free(certificate);
	}
}

static void the_end_of_the_peers_certificate_is_told(void **state)
{
	struct pair *pair = *state;
	int64_t not_after = 0;

	connect_pair(pair);
	assert_int_equal(tls_peer_not_after(pair->server, &not_after), STATUS_OK);
	assert_in_range(not_after - time(NULL), 86400 - 60, 86400 + 60);
}

static void no_ticket_is_ever_sent(void **state)
{
	struct pair *pair = *state;
	char byte;
	size_t count;

	make_stranger(pair, true);
	assert_int_equal(shake_stranger(pair), TLS_DONE);
	assert_int_equal(tls_write(pair->server, "x", 1, &count), TLS_DONE);
	assert_int_equal(SSL_read(pair->stranger, &byte, 1), 1);
	assert_false(SSL_SESSION_is_resumable(SSL_get_session(pair->stranger)));
	assert_int_equal(SSL_version(pair->stranger), TLS1_3_VERSION);
}

static void a_context_lives_as_long_as_its_connections(void **state)
{
	struct pair *pair = *state;
	enum tls_result server, client;

	make_pair(pair, "client", "127.0.0.1");
	tls_context_free(pair->server_context);
	tls_context_free(pair->client_context);
	pair->server_context = pair->client_context = NULL;
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_agree_and_bytes_pass_both_ways),
		TEST(a_goodbye_is_heard_as_closed),
		TEST(an_end_without_goodbye_is_a_failure),
		TEST(writing_to_a_peer_that_went_away_fails_without_a_signal),
		TEST(a_full_socket_asks_to_write_later_and_loses_nothing),
		TEST(the_identity_is_the_certificates_and_known_to_its_issuer),
		TEST(the_end_of_the_peers_certificate_is_told),
		TEST(no_ticket_is_ever_sent),
		TEST(a_context_lives_as_long_as_its_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
