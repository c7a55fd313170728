/*
 * What common/tls.c and common/tls_context.c share, and nobody else: a context from inside. With
 * those two the only home of OpenSSL's SSL calls.
 */
#ifndef COMMON_TLS_CONTEXT_H
#define COMMON_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "common/tls.h"

struct tls_context {
	SSL_CTX *ssl;   /* owned */
	BIO_METHOD *io; /* owned; how its connections reach their sockets */
	enum tls_side side;
	atomic_int references;
};

/* How OpenSSL reads and writes the socket of a struct tls; NULL when memory is out. */
BIO_METHOD *tls_io_new(void);

#endif
