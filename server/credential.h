/*
 * A private key with its certificate, in memory: a CA's, the server's, a principal's; and what a CA
 * signs. The only home of X.509 making. Does not know directories (pki.h does) nor who may have
 * one. Threads: any, each with its own.
 */
#ifndef SERVER_CREDENTIAL_H
#define SERVER_CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/status.h"

#define CREDENTIAL_WHY_LEN 256
#define CREDENTIAL_SERIAL_LEN 16 /* 128 random bits: nobody can guess or repeat one */

struct credential;

/* What a new certificate says. */
struct certificate_text {
	const char *organization; /* may be NULL */
	const char *name;
	int64_t not_after;        /* seconds since the epoch */
	uint64_t principal;       /* for a client: goes in as dossier:principal:<id> */
	const char *const *hosts; /* for a server: names and addresses */
	size_t host_count;
	const struct credential *hosts_of; /* a server's, whose hosts it has, too; may be NULL */
};

enum credential_kind { CREDENTIAL_CA, CREDENTIAL_SERVER, CREDENTIAL_CLIENT };

/* Makes a P-256 key and a certificate for it, signed by issuer; a CA signs itself (issuer NULL).
 * STATUS_INVALID (a host that is none, a text that is too long) or STATUS_TLS, and a sentence in
 * why. */
MUST_CHECK enum status credential_new(struct credential **credential, enum credential_kind kind,
				      const struct credential *issuer,
				      const struct certificate_text *text,
				      char why[static CREDENTIAL_WHY_LEN]);

/* Makes a client's certificate for a key that is not ours: a SubjectPublicKeyInfo in DER. The
 * credential has no private key. */
MUST_CHECK enum status credential_certify(struct credential **credential,
					  const struct credential *issuer, const struct buf *key,
					  const struct certificate_text *text,
					  char why[static CREDENTIAL_WHY_LEN]);

/* From PEM: its first certificate. key may be NULL (then it can sign nothing); with it, it must be
 * the certificate's. Takes any bytes: STATUS_TLS and a sentence in why. */
MUST_CHECK enum status credential_load(struct credential **credential, const char *certificate,
				       const char *key, char why[static CREDENTIAL_WHY_LEN]);
void credential_free(struct credential *credential);

/* Appends PEM. Whoever has the key's bytes wipes them. key_pem: not of one loaded without its key.
 */
MUST_CHECK enum status credential_key_pem(const struct credential *credential, struct buf *to);
MUST_CHECK enum status credential_certificate_pem(const struct credential *credential,
						  struct buf *to);

/* Appends DER. */
MUST_CHECK enum status credential_certificate_der(const struct credential *credential,
						  struct buf *to);

/* Big-endian, padded with zeros. STATUS_INVALID when the serial is longer: not one of ours. */
MUST_CHECK enum status credential_serial(const struct credential *credential,
					 uint8_t out[static CREDENTIAL_SERIAL_LEN]);

/* SHA-256 of its public key, as SubjectPublicKeyInfo. */
MUST_CHECK enum status credential_key_hash(const struct credential *credential,
					   uint8_t out[static HASH_LEN]);

/* The organization that its subject names; "" when there is none or it does not fit. */
void credential_organization(const struct credential *credential, char *out, size_t size);

/* Who presents this certificate: as tls_peer_identity() says it. */
MUST_CHECK enum status credential_identity(const struct credential *credential,
					   uint8_t out[static HASH_LEN]);

/* When the certificate ends, seconds since the epoch. */
MUST_CHECK enum status credential_not_after(const struct credential *credential,
					    int64_t *not_after);

/* Appends the PEM of a new Ed25519 key, which has no certificate: for signing checkpoints. */
MUST_CHECK enum status credential_log_key(struct buf *to);

/* Appends the public part of a private key in PEM, as SubjectPublicKeyInfo in DER. */
MUST_CHECK enum status credential_public_key(const char *key_pem, struct buf *to);

/* What a CA takes back. */
struct revoked {
	uint8_t serial[CREDENTIAL_SERIAL_LEN];
	int64_t at; /* seconds since the epoch */
};

struct revoked_list {
	const struct revoked *rows; /* borrowed */
	size_t count;
	int64_t made; /* seconds since the epoch */
	int64_t ends; /* the next one must be there by then */
};

/* Appends the PEM of a list signed by the CA, which must have its key. */
MUST_CHECK enum status credential_crl(const struct credential *ca, const struct revoked_list *list,
				      struct buf *to, char why[static CREDENTIAL_WHY_LEN]);

#endif
