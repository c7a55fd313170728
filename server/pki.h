/*
 * The identity directory: the CAs, the server's own key and certificate, the log key, and which
 * certificates were issued to whom. What is there is never overwritten but by a rotation, which
 * keeps the old one under a name with its time. Knows files; X.509 itself is in credential.h.
 * Threads: any, each call reads the files anew; founding and rotating by one at a time.
 *
 *   identity/               0700, every file 0600
 *     ca-cert.pem           signs servers and staff; the first        ca-key.pem
 *                           certificate issues, all are trusted
 *     outsider-ca-cert.pem  signs outsiders, likewise                 outsider-ca-key.pem
 *     server-cert.pem       what clients check                        server-key.pem
 *     log-key.pem           Ed25519, signs checkpoints; others beside it: server/logkey.h
 *     crl.pem               lists of revoked certificates, one for each CA
 *     issued/<identity>     one line "<principal> <not after> <serial> <when issued>": binds a
 *                           certificate at its first login
 */
#ifndef SERVER_PKI_H
#define SERVER_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/pin.h"
#include "common/status.h"

#define PKI_WHY_LEN 512
#define PKI_SERIAL_LEN 16

#define PKI_CA_KEY "ca-key.pem"
#define PKI_CA_CERTIFICATE "ca-cert.pem"
#define PKI_OUTSIDER_CA_KEY "outsider-ca-key.pem"
#define PKI_OUTSIDER_CA_CERTIFICATE "outsider-ca-cert.pem"
#define PKI_SERVER_KEY "server-key.pem"
#define PKI_SERVER_CERTIFICATE "server-cert.pem"
#define PKI_LOG_KEY "log-key.pem"
#define PKI_CRL "crl.pem"

#define PKI_CA_DAYS 3652    /* 10 years */
#define PKI_SERVER_DAYS 730 /* 2 years, never beyond the CA */
#define PKI_CLIENT_DAYS 90  /* what staff gets when nothing else is said */
#define PKI_CLIENT_DAYS_MAX 3650

/* Makes the directory if need be and all seven keys and certificates in it. The server's
 * certificate has localhost, 127.0.0.1, ::1 and the hosts given. STATUS_CONFLICT when one of the
 * files is there: then nothing was made. After another failure nothing of ours is left. Always a
 * sentence in why. */
MUST_CHECK enum status pki_found(const char *identity_dir, const char *origin,
				 const char *const *hosts, size_t host_count,
				 char why[static PKI_WHY_LEN]);

/* What a person gets to carry home. */
struct pki_order {
	uint64_t principal;
	const char *login;   /* the certificate's name; decides nothing */
	unsigned days;       /* 1 to PKI_CLIENT_DAYS_MAX; cut where the CA ends */
	const char *origin;  /* name of the ledger */
	const char *out_dir; /* made here; must not exist */
	const char *address; /* of the server, for dossier.conf */
	uint16_t port;
};

/* Makes a key and a certificate in a new directory (0700): key.pem, cert.pem, ca.pem, log.vkey
 * (the ledger's key as clients pin it) and dossier.conf, all 0600. It is entered under issued/,
 * durably, before any of them is written. STATUS_CONFLICT when out_dir is there, STATUS_INVALID for
 * an order that makes no sense; after a failure out_dir is gone. */
MUST_CHECK enum status pki_issue(const char *identity_dir, const struct pki_order *order,
				 char why[static PKI_WHY_LEN]);

/* What is entered of a certificate under issued/. has_serial is false, issued_at 0 in entries of
 * older versions. */
struct pki_issued {
	uint64_t principal;
	int64_t not_after; /* seconds since the epoch */
	int64_t issued_at; /* microseconds since the epoch */
	bool has_serial;
	uint8_t serial[PKI_SERIAL_LEN];
};

/* To whom a certificate was issued, and when it ends. STATUS_NOT_FOUND when it was not by us,
 * STATUS_CORRUPT when the entry makes no sense. */
MUST_CHECK enum status pki_issued(const char *identity_dir, const uint8_t identity[static HASH_LEN],
				  struct pki_issued *issued);

/* The identity of the certificate in a PEM file: what tls_peer_identity() says of who presents it.
 */
MUST_CHECK enum status pki_certificate_identity(const char *path, uint8_t identity[static HASH_LEN],
						char why[static PKI_WHY_LEN]);

/* ---- enrolment: the key is made elsewhere ---- */

struct pki_request {
	const uint8_t *csr; /* PKCS#10 in DER, any bytes; only its key is taken */
	size_t csr_len;
	bool outsider; /* signed by the outsiders' CA */
	uint64_t principal;
	const char *login; /* the certificate's name; decides nothing */
	int64_t not_after; /* seconds since the epoch; cut where the CA ends */
};

struct pki_signed {
	struct buf certificate; /* DER, owned */
	uint8_t identity[HASH_LEN];
	uint8_t key_hash[HASH_LEN];
	uint8_t serial[PKI_SERIAL_LEN];
	int64_t not_after; /* seconds since the epoch */
};

/* Signs a client's certificate; enters it nowhere. STATUS_INVALID when the request is not right or
 * its certificate would have ended, STATUS_NOT_FOUND when there is no such CA; a sentence in why,
 * and then nothing to release. */
MUST_CHECK enum status pki_sign(const char *identity_dir, const struct pki_request *request,
				struct pki_signed *out, char why[static PKI_WHY_LEN]);

/* Frees what is in it; fine when that is nothing. */
void pki_signed_release(struct pki_signed *made);

/* What a stranger may know of a head office, and what a code pins of it. */
struct pki_facts {
	struct buf ca_pem;  /* owned; all that ca-cert.pem has */
	struct buf log_key; /* owned; SubjectPublicKeyInfo in DER */
	uint8_t pin[PIN_LEN];
};

/* STATUS_NOT_FOUND, STATUS_TLS (a damaged file) and a sentence in why: then nothing to release. */
MUST_CHECK enum status pki_get_facts(const char *identity_dir, struct pki_facts *facts,
				     char why[static PKI_WHY_LEN]);

/* Frees what is in it; fine when that is nothing. */
void pki_facts_release(struct pki_facts *facts);

#endif
