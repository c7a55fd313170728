/*
 * A private key with its certificate, in memory: the CA's, the server's, a principal's. The only
 * home of X.509 making. Does not know directories (pki.h does) nor who may have one.
 */
#ifndef SERVER_CREDENTIAL_H
#define SERVER_CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/status.h"

#define CREDENTIAL_WHY_LEN 256

struct credential;

/* What a new certificate says. */
struct certificate_text {
	const char *organization; /* may be NULL */
	const char *name;
	int64_t not_after;        /* seconds since the epoch */
	uint64_t principal;       /* for a client: goes in as dossier:principal:<id> */
	const char *const *hosts; /* for a server: names and addresses */
	size_t host_count;
};

enum credential_kind { CREDENTIAL_CA, CREDENTIAL_SERVER, CREDENTIAL_CLIENT };

/* Makes a P-256 key and a certificate for it, signed by issuer; a CA signs itself (issuer NULL).
 * STATUS_INVALID (a host that is none, a text that is too long) or STATUS_TLS, and a sentence in
 * why. */
MUST_CHECK enum status credential_new(struct credential **credential, enum credential_kind kind,
				      const struct credential *issuer,
				      const struct certificate_text *text,
				      char why[static CREDENTIAL_WHY_LEN]);

/* From PEM. key may be NULL (then it can sign nothing); with it, it must be the certificate's.
 * Takes any bytes: STATUS_TLS and a sentence in why. */
MUST_CHECK enum status credential_load(struct credential **credential, const char *certificate,
				       const char *key, char why[static CREDENTIAL_WHY_LEN]);
void credential_free(struct credential *credential);

/* Appends PEM. Whoever has the key's bytes wipes them. key_pem: not of one loaded without its key.
 */
MUST_CHECK enum status credential_key_pem(const struct credential *credential, struct buf *to);
MUST_CHECK enum status credential_certificate_pem(const struct credential *credential,
						  struct buf *to);

/* Who presents this certificate: as tls_peer_identity() says it. */
MUST_CHECK enum status credential_identity(const struct credential *credential,
					   uint8_t out[static HASH_LEN]);

/* When the certificate ends, seconds since the epoch. */
MUST_CHECK enum status credential_not_after(const struct credential *credential,
					    int64_t *not_after);

/* Appends the PEM of a new Ed25519 key, which has no certificate: for signing checkpoints. */
MUST_CHECK enum status credential_log_key(struct buf *to);

#endif
