/*
 * The two ends of a TLS connection over a socket pair, for tests with cmocka. A stranger is driven
 * by OpenSSL itself, to do what common/tls.c never does. Header only: every function is static.
 */
#ifndef TESTS_LIB_TLS_PAIR_H
#define TESTS_LIB_TLS_PAIR_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "common/tls.h"
#include "tests/lib/certificates.h"

/* Two ends of a socket pair. A stranger is driven by OpenSSL itself, to do what tls.c never does.
 */
struct pair {
	struct certificates certificates;
	int fds[2];
	struct tls_options server_options; /* all zero: the usual */
	struct tls_context *server_context;
	struct tls_context *client_context;
	struct tls *server;
	struct tls *client;
	SSL_CTX *stranger_context;
	SSL *stranger;
};

CERTIFICATES_HERE int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	certificates_usual(&pair->certificates);
	*state = pair;
	return 0;
}

CERTIFICATES_HERE int tear_down(void **state)
{
	struct pair *pair = *state;

	tls_free(pair->server);
	tls_free(pair->client);
	SSL_free(pair->stranger);
	SSL_CTX_free(pair->stranger_context);
	tls_context_free(pair->server_context);
	tls_context_free(pair->client_context);
	close(pair->fds[0]);
	close(pair->fds[1]);
	certificates_end(&pair->certificates);
	free(pair);
	return 0;
}

/* What usually makes a context; good as long as certificates_path(). */
CERTIFICATES_HERE struct tls_options options_of(struct pair *pair, enum tls_side side,
						const char *name, const char *ca)
{
	return (struct tls_options){
		.side = side,
		.certificate = certificates_path(&pair->certificates, name, "pem"),
		.key = certificates_path(&pair->certificates, name, "key"),
		.ca = {certificates_path(&pair->certificates, ca, "pem")},
	};
}

CERTIFICATES_HERE void make_context_with(struct tls_context **context,
					 const struct tls_options *options)
{
	char why[TLS_ERROR_LEN];

	if (tls_context_new(context, options, why) != STATUS_OK)
		fail_msg("%s", why);
	assert_string_equal(why, "");
}

CERTIFICATES_HERE void make_context(struct pair *pair, struct tls_context **context,
				    enum tls_side side, const char *name, const char *ca)
{
	struct tls_options options = options_of(pair, side, name, ca);

	make_context_with(context, &options);
}

CERTIFICATES_HERE void make_sockets(struct pair *pair)
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair->fds), 0);
}

/* With what the test has set in server_options, or the usual. */
CERTIFICATES_HERE void make_server(struct pair *pair)
{
	make_sockets(pair);
	if (pair->server_options.certificate == NULL)
		pair->server_options = options_of(pair, TLS_SERVER, "server", "ca");
	make_context_with(&pair->server_context, &pair->server_options);
	pair->server = tls_new(pair->server_context, pair->fds[0], NULL);
	assert_non_null(pair->server);
}

CERTIFICATES_HERE void make_pair(struct pair *pair, const char *client, const char *host)
{
	make_server(pair);
	make_context(pair, &pair->client_context, TLS_CLIENT, client, "ca");
	pair->client = tls_new(pair->client_context, pair->fds[1], host);
	assert_non_null(pair->client);
}

CERTIFICATES_HERE void shake(struct pair *pair, enum tls_result *server, enum tls_result *client)
{
	*server = *client = TLS_WANT_READ;
	for (int i = 0; i < 10; i++) {
		if (*client == TLS_WANT_READ)
			*client = tls_handshake(pair->client);
		if (*server == TLS_WANT_READ)
			*server = tls_handshake(pair->server);
	}
}

CERTIFICATES_HERE void connect_pair(struct pair *pair)
{
	enum tls_result server, client;

	make_pair(pair, "client", "127.0.0.1");
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_DONE);
	assert_int_equal(client, TLS_DONE);
}

/* The server's verdict on a client with that certificate, and what it says about it. */
CERTIFICATES_HERE void expect_refused(struct pair *pair, const char *name, const char *sentence)
{
	enum tls_result server, client;
	char why[TLS_ERROR_LEN];

	make_pair(pair, name, "127.0.0.1");
	shake(pair, &server, &client);
	assert_int_equal(server, TLS_FAILED);
	tls_error(pair->server, why);
	assert_string_equal(why, sentence);
	assert_int_equal(tls_handshake(pair->server), TLS_FAILED);
}

CERTIFICATES_HERE void make_stranger(struct pair *pair, bool certificate)
{
	make_server(pair);
	pair->stranger_context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_alpn_protos(pair->stranger_context, (const unsigned char *)"\x09" TLS_ALPN, 10);
	if (certificate) {
		assert_int_equal(SSL_CTX_use_certificate_file(
					 pair->stranger_context,
					 certificates_path(&pair->certificates, "client", "pem"),
					 SSL_FILETYPE_PEM),
				 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(
					 pair->stranger_context,
					 certificates_path(&pair->certificates, "client", "key"),
					 SSL_FILETYPE_PEM),
				 1);
	}
}

CERTIFICATES_HERE enum tls_result shake_stranger(struct pair *pair)
{
	enum tls_result server = TLS_WANT_READ;

	pair->stranger = SSL_new(pair->stranger_context);
	SSL_set_fd(pair->stranger, pair->fds[1]);
	for (int i = 0; i < 10; i++) {
		ERR_clear_error();
		(void)SSL_connect(pair->stranger);
		if (server == TLS_WANT_READ)
			server = tls_handshake(pair->server);
	}
	return server;
}

#endif
