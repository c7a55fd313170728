/*
 * TLS 1.3 with certificates on both sides, over a connected socket that the caller owns and has
 * made non-blocking: PROTOCOL.md section 2. The only home of OpenSSL's SSL calls. No resumption, no
 * early data, no older version. A struct tls belongs to one thread; a context may be shared.
 */
#ifndef COMMON_TLS_H
#define COMMON_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/status.h"

#define TLS_ALPN "dossier/1"
#define TLS_ALPN_ENROL "dossier-enrol/1" /* for who has no certificate yet */
#define TLS_ERROR_LEN 256
#define TLS_CA_FILES 2

struct tls_context; /* settings, key and trusted CA; reference-counted */
struct tls;         /* one connection */

enum tls_side { TLS_CLIENT, TLS_SERVER };

enum tls_result {
	TLS_DONE,
	TLS_WANT_READ,  /* call again when the socket can be read */
	TLS_WANT_WRITE, /* call again when the socket can be written */
	TLS_CLOSED,     /* the peer said goodbye properly */
	TLS_FAILED,     /* anything else, also an end without goodbye; call only tls_free() */
};

/* What a certificate that was good once is now. */
enum tls_verdict {
	TLS_TRUSTED,
	TLS_OVER,      /* revoked, or its time has passed */
	TLS_UNTRUSTED, /* no CA that is trusted vouches for it any more */
	TLS_UNJUDGED,  /* memory is out: it has to be asked again */
};

/* What a context is built from; names of PEM files. */
struct tls_options {
	enum tls_side side;
	const char *certificate; /* own, with its chain */
	const char *key;
	const char *passphrase;       /* of the key; NULL: it has none */
	const char *ca[TLS_CA_FILES]; /* all certificates in them are trusted; NULL: none */
	const char *crl;              /* enforced when it is there; NULL: none is looked for */
	bool crl_required;            /* no context without it */

	/* A server lets strangers in by TLS_ALPN_ENROL, of whom no certificate is asked; by any
	 * other way it is. A client is such a stranger: it has no certificate and no CA, and must
	 * ask tls_peer_chains_to() before it believes anything or tells a secret. */
	bool enrol;
};

/* Builds a context. Tests that key and certificate agree. STATUS_TLS and a sentence in why, which
 * says so when the key wants a passphrase or another one. */
MUST_CHECK enum status tls_context_new(struct tls_context **context,
				       const struct tls_options *options,
				       char why[static TLS_ERROR_LEN]);
struct tls_context *tls_context_retain(struct tls_context *context);
void tls_context_free(struct tls_context *context);

/* A connection over fd (borrowed). For a client, host is the name or address that the server's
 * certificate must have; NULL for a server. NULL when memory is out. */
struct tls *tls_new(struct tls_context *context, int fd, const char *host);

/* Frees; never sends. NULL is fine. */
void tls_free(struct tls *tls);

/* TLS_DONE once both sides have agreed, on our version and ALPN, and the peer's certificate is
 * verified, unless tls_is_stranger(). */
enum tls_result tls_handshake(struct tls *tls);

/* True when TLS_ALPN_ENROL was agreed: the server does not know the client, the client has not
 * verified the server. From TLS_DONE of the handshake on. */
bool tls_is_stranger(const struct tls *tls);

/* At most size bytes; TLS_DONE and *got > 0, or why not. More may be waiting inside: read until it
 * is not TLS_DONE. */
enum tls_result tls_read(struct tls *tls, void *to, size_t size, size_t *got);

/* True while bytes that the socket no longer has wait inside: nothing will wake us for them. */
bool tls_waiting(const struct tls *tls);

/* TLS_DONE and *sent > 0 (perhaps fewer than len), or why not. After TLS_WANT_* the next write must
 * begin with the same bytes. */
enum tls_result tls_write(struct tls *tls, const void *from, size_t len, size_t *sent);

/* Says goodbye, once, without waiting for the peer's. */
void tls_goodbye(struct tls *tls);

/* Who the peer is: SHA-256(issuer name DER || serial DER || SHA-256(public key DER)), the key as
 * SubjectPublicKeyInfo. Never a name in the certificate. STATUS_IDENTITY when there is no peer
 * certificate. */
MUST_CHECK enum status tls_peer_identity(const struct tls *tls, uint8_t out[static HASH_LEN]);

/* The same of a certificate in DER, for whoever issues it. STATUS_INVALID when it is none. */
MUST_CHECK enum status tls_certificate_identity(const uint8_t *der, size_t len,
						uint8_t out[static HASH_LEN]);

/* When the peer's certificate ends, seconds since the epoch. */
MUST_CHECK enum status tls_peer_not_after(const struct tls *tls, int64_t *not_after);

/* What a client's certificate is by the CAs and lists of another context. Milder than a handshake:
 * a list of revoked certificates that is missing or signed by another key says nothing against who
 * is in already, and one that is too old counts for whom it names. Who came in by this very
 * context, or as a stranger without a certificate, is trusted as he was. Costs a signature or two
 * to verify. */
enum tls_verdict tls_judge_again(const struct tls *tls, const struct tls_context *context);

/* For a client that came as a stranger: whether the server's certificate is valid, for a server and
 * for this host, under one of the CAs in these PEM bytes. STATUS_TLS and a sentence in why. */
MUST_CHECK enum status tls_peer_chains_to(const struct tls *tls, const void *ca, size_t len,
					  const char *host, char why[static TLS_ERROR_LEN]);

/* Whether a handshake failed because the peer ended the connection before it said anything. */
bool tls_turned_away(const struct tls *tls);

/* One sentence about the last TLS_FAILED, without secrets. */
void tls_error(const struct tls *tls, char out[static TLS_ERROR_LEN]);

#endif
