/*
 * What the files common/tls*.c share, and nobody else: contexts and connections from inside.
 * Those are the only home of OpenSSL's SSL calls.
 */
#ifndef COMMON_TLS_CONTEXT_H
#define COMMON_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/tls.h"

struct tls_context {
	SSL_CTX *ssl;   /* owned */
	BIO_METHOD *io; /* owned; how its connections reach their sockets */
	enum tls_side side;
	bool enrol; /* see struct tls_options */
	atomic_int references;
};

/* How OpenSSL reads and writes the socket of a struct tls; NULL when memory is out. */
BIO_METHOD *tls_io_new(void);

/* The certificate that the peer has shown, or NULL, and what it sent with it; borrowed. */
X509 *tls_peer(const struct tls *tls);
STACK_OF(X509) * tls_peer_chain(const struct tls *tls);

/* Whether it was made from that context. */
bool tls_came_by(const struct tls *tls, const struct tls_context *context);

/* A certificate must be host's, a name or an address. False when memory is out. */
bool tls_expect_host(X509_VERIFY_PARAM *expected, const char *host, bool *is_name);

/* How deep a chain may be, how strong its keys, and who may stand at its end: for a verification
 * outside a handshake, the same as inside. */
void tls_judge_strictly(X509_STORE_CTX *verification);

/* The part of it that OpenSSL lets pass: a CA's own certificate as a peer's. A verify callback. */
int tls_judge_certificate(int good, X509_STORE_CTX *verification);

#endif
