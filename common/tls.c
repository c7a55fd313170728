#include "common/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/tls_context.h"

#define CLIENT_HELLO_MAX (16 * 1024) /* OpenSSL would reserve 128 KiB on the peer's word */
#define HANDSHAKE_MAX (64 * 1024)    /* all that a peer may send before we know it */
#define HELLO_LENGTH_END 9           /* record header, handshake type, its 24-bit length */
#define EMPTY_READS_MAX 4 /* pieces of the stream in a row without data, as KeyUpdate makes */

struct tls {
	SSL *ssl;                    /* owned */
	struct tls_context *context; /* owned: one reference */
	int fd;                      /* borrowed */
	bool ready;                  /* the handshake is over */
	bool failed;
	bool stranger;     /* TLS_ALPN_ENROL was agreed */
	bool goodbye;      /* was said */
	bool starved;      /* the last read found the socket empty */
	bool eof;          /* the peer's end, with or without goodbye */
	uint32_t received; /* during the handshake */
	uint8_t head[HELLO_LENGTH_END];
	int error;           /* errno of the first failure, 0 when none */
	unsigned long cause; /* OpenSSL's, 0 when none */
	const char *why;     /* our own reason, or NULL; static storage */
};

/* ---- the socket, as OpenSSL sees it: never raises SIGPIPE, counts what a stranger sends ---- */

static int io_refuse(struct tls *tls, const char *why)
{
	tls->why = why;
	return -1;
}

static int io_count(struct tls *tls, const uint8_t *bytes, size_t len)
{
	uint32_t hello;

	for (size_t i = 0; i < len && tls->received + i < HELLO_LENGTH_END; i++)
		tls->head[tls->received + i] = bytes[i];
	if (len > HANDSHAKE_MAX - tls->received)
		return io_refuse(tls, "the handshake is too long");
	tls->received += (uint32_t)len;
	if (tls->context->side == TLS_SERVER && tls->received >= HELLO_LENGTH_END) {
		hello = (uint32_t)tls->head[6] << 16 | (uint32_t)tls->head[7] << 8 | tls->head[8];
		if (hello > CLIENT_HELLO_MAX)
			return io_refuse(tls, "the client's hello is too long");
	}
	return 0;
}

static int io_read(BIO *bio, char *to, int size)
{
	struct tls *tls = BIO_get_data(bio);
	ssize_t got = recv(tls->fd, to, (size_t)size, 0);

	BIO_clear_retry_flags(bio);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
		tls->starved = true;
		BIO_set_retry_read(bio);
		return -1;
	}
	if (got < 0) {
		tls->error = errno;
		return -1;
	}
	if (got == 0) {
		tls->eof = true;
		return 0;
	}
	if (!tls->ready && io_count(tls, (const uint8_t *)to, (size_t)got) != 0)
		return -1;
	return (int)got;
}

static int io_write(BIO *bio, const char *from, int len)
{
	struct tls *tls = BIO_get_data(bio);
	ssize_t sent = send(tls->fd, from, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_retry_write(bio);
	else if (sent < 0)
		tls->error = errno;
	return (int)sent;
}

static long io_control(BIO *bio, int command, long number, void *pointer)
{
	const struct tls *tls = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_FLUSH)
		return 1;
	return command == BIO_CTRL_EOF && tls != NULL && tls->eof;
}

BIO_METHOD *tls_io_new(void)
{
	BIO_METHOD *io = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");

	if (io == NULL)
		return NULL;
	if (BIO_meth_set_read(io, io_read) == 1 && BIO_meth_set_write(io, io_write) == 1 &&
	    BIO_meth_set_ctrl(io, io_control) == 1)
		return io;
	BIO_meth_free(io);
	return NULL;
}

/* ---- connections ---- */

bool tls_expect_host(X509_VERIFY_PARAM *expected, const char *host, bool *is_name)
{
	*is_name = X509_VERIFY_PARAM_set1_ip_asc(expected, host) != 1;
	if (!*is_name)
		return true;
	ERR_clear_error();
	X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1;
}

static bool expect_host(SSL *ssl, const char *host)
{
	bool is_name;

	return tls_expect_host(SSL_get0_param(ssl), host, &is_name) &&
	       (!is_name || SSL_set_tlsext_host_name(ssl, host) == 1);
}

struct tls *tls_new(struct tls_context *context, int fd, const char *host)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio;

	ERR_clear_error();
	if (tls == NULL)
		return NULL;
	tls->fd = fd;
	tls->context = tls_context_retain(context);
	tls->ssl = SSL_new(context->ssl);
	bio = BIO_new(context->io);
	if (tls->ssl == NULL || bio == NULL)
		goto fail;
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	bio = NULL;
	if (host != NULL && !expect_host(tls->ssl, host))
		goto fail;
	if (context->side == TLS_SERVER)
		SSL_set_accept_state(tls->ssl);
	else
		SSL_set_connect_state(tls->ssl);
	return tls;
fail:
	BIO_free(bio);
	tls_free(tls);
	return NULL;
}

void tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	tls_context_free(tls->context);
	free(tls);
}

static enum tls_result tls_refuse(struct tls *tls, const char *why)
{
	tls->failed = true;
	tls->why = why;
	return TLS_FAILED;
}

/* The one place where OpenSSL's outcomes become ours. Directly after the call, on its thread. */
static enum tls_result tls_outcome(struct tls *tls, int returned)
{
	switch (SSL_get_error(tls->ssl, returned)) {
	case SSL_ERROR_NONE:
		return TLS_DONE;
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		tls->failed = true;
		tls->cause = ERR_peek_last_error();
		ERR_clear_error();
		return TLS_FAILED;
	}
}

static bool alpn_is(const struct tls *tls, const char *wanted)
{
	const unsigned char *name;
	unsigned int len;

	SSL_get0_alpn_selected(tls->ssl, &name, &len);
	return len == strlen(wanted) && memcmp(name, wanted, len) == 0;
}

/* Whatever the callbacks of the handshake decided: who speaks TLS_ALPN has shown a certificate. */
static enum tls_result judge_handshake(struct tls *tls)
{
	if (tls->context->enrol && alpn_is(tls, TLS_ALPN_ENROL)) {
		tls->stranger = true;
		return TLS_DONE;
	}
	if (!alpn_is(tls, TLS_ALPN) || (tls->context->enrol && tls->context->side == TLS_CLIENT))
		return tls_refuse(tls, "the peer does not speak " TLS_ALPN);
	if (SSL_get0_peer_certificate(tls->ssl) == NULL ||
	    SSL_get_verify_result(tls->ssl) != X509_V_OK)
		return tls_refuse(tls, "the peer's certificate was not verified");
	return TLS_DONE;
}

enum tls_result tls_handshake(struct tls *tls)
{
	enum tls_result result;

	if (tls->failed)
		return TLS_FAILED;
	ERR_clear_error();
	result = tls_outcome(tls, SSL_do_handshake(tls->ssl));
	if (result == TLS_CLOSED)
		return tls_refuse(tls, "the peer left during the handshake");
	if (result != TLS_DONE)
		return result;
	result = judge_handshake(tls);
	tls->ready = result == TLS_DONE;
	return result;
}

bool tls_is_stranger(const struct tls *tls)
{
	return tls->stranger;
}

X509 *tls_peer(const struct tls *tls)
{
	return SSL_get0_peer_certificate(tls->ssl);
}

STACK_OF(X509) * tls_peer_chain(const struct tls *tls)
{
	return SSL_get_peer_cert_chain(tls->ssl);
}

bool tls_came_by(const struct tls *tls, const struct tls_context *context)
{
	return tls->context == context;
}

/* Without SSL_MODE_AUTO_RETRY a call ends when OpenSSL's buffer is used up and held no data, so
 * that a peer cannot keep us inside. The socket may have more, so the caller must not wait yet. */
enum tls_result tls_read(struct tls *tls, void *to, size_t size, size_t *got)
{
	enum tls_result result;

	if (tls->failed)
		return TLS_FAILED;
	for (int empty = 0; empty < EMPTY_READS_MAX; empty++) {
		ERR_clear_error();
		tls->starved = false;
		result = tls_outcome(tls, SSL_read_ex(tls->ssl, to, size, got));
		if (result != TLS_WANT_READ || tls->starved)
			return result;
	}
	return tls_refuse(tls, "the peer sends records without data");
}

bool tls_waiting(const struct tls *tls)
{
	return !tls->failed && SSL_has_pending(tls->ssl) == 1;
}

enum tls_result tls_write(struct tls *tls, const void *from, size_t len, size_t *sent)
{
	if (tls->failed)
		return TLS_FAILED;
	ERR_clear_error();
	return tls_outcome(tls, SSL_write_ex(tls->ssl, from, len, sent));
}

void tls_goodbye(struct tls *tls)
{
	if (!tls->ready || tls->failed || tls->goodbye)
		return;
	tls->goodbye = true;
	ERR_clear_error();
	(void)SSL_shutdown(tls->ssl); /* a peer that does not hear it sees the end anyway */
	ERR_clear_error();
}

/* ---- what went wrong ---- */

bool tls_turned_away(const struct tls *tls)
{
	return tls->failed && tls->received == 0 && (tls->eof || tls->error != 0);
}

void tls_error(const struct tls *tls, char out[static TLS_ERROR_LEN])
{
	long verified = SSL_get_verify_result(tls->ssl);
	const char *reason = ERR_reason_error_string(tls->cause);
	char errors[128];

	if (tls->why != NULL)
		reason = tls->why;
	else if (verified != X509_V_OK && SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE)
		reason = X509_verify_cert_error_string(verified);
	else if (reason == NULL && tls->error != 0)
		reason = strerror_r(tls->error, errors, sizeof(errors));
	else if (reason == NULL)
		reason = "the peer left without goodbye";
	(void)snprintf(out, TLS_ERROR_LEN, "%s", reason);
}
