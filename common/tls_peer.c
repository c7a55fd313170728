/* Who is at the other end: the part of common/tls.h that reads certificates. */
#include "common/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "common/buf.h"
#include "common/tls_context.h"

/* Appends what an i2d function gives; false when it fails. */
static bool add_der(struct buf *to, unsigned char *der, int len)
{
	enum status status = STATUS_MEMORY;

	if (len > 0)
		status = buf_append(to, der, (size_t)len);
	OPENSSL_free(der);
	return status == STATUS_OK;
}

static bool add_key_hash(struct buf *to, X509 *certificate)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	uint8_t hash[HASH_LEN];

	if (len > 0)
		hash_of(der, (size_t)len, hash);
	OPENSSL_free(der);
	return len > 0 && buf_append(to, hash, sizeof(hash)) == STATUS_OK;
}

static enum status identity_of(X509 *certificate, uint8_t *out)
{
	struct buf name = BUF_EMPTY;
	unsigned char *issuer = NULL, *serial = NULL;
	int issuer_len = i2d_X509_NAME(X509_get_issuer_name(certificate), &issuer);
	int serial_len = i2d_ASN1_INTEGER(X509_get_serialNumber(certificate), &serial);
	bool whole = add_der(&name, issuer, issuer_len);

	whole = add_der(&name, serial, serial_len) && whole;
	whole = whole && add_key_hash(&name, certificate);
	if (whole)
		hash_of(buf_head(&name), name.len, out);
	buf_release(&name);
	ERR_clear_error();
	return whole ? STATUS_OK : STATUS_MEMORY;
}

enum status tls_peer_identity(const struct tls *tls, uint8_t out[static HASH_LEN])
{
	X509 *certificate = tls_peer(tls);

	return certificate == NULL ? STATUS_IDENTITY : identity_of(certificate, out);
}

enum status tls_certificate_identity(const uint8_t *der, size_t len, uint8_t out[static HASH_LEN])
{
	const unsigned char *at = der;
	X509 *certificate = len > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)len);
	enum status status = certificate == NULL ? STATUS_INVALID : identity_of(certificate, out);

	X509_free(certificate);
	ERR_clear_error();
	return status;
}

enum status tls_peer_not_after(const struct tls *tls, int64_t *not_after)
{
	const X509 *certificate = tls_peer(tls);
	struct tm time = {0};

	if (certificate == NULL)
		return STATUS_IDENTITY;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1)
		return STATUS_INVALID;
	*not_after = (int64_t)timegm(&time);
	return STATUS_OK;
}

/* ---- a server that was not verified in the handshake ---- */

static enum status refuse(char *why, const char *reason)
{
	(void)snprintf(why, TLS_ERROR_LEN, "%s", reason);
	ERR_clear_error();
	return STATUS_TLS;
}

/* All certificates in the bytes; NULL when there is none, or something that is none. */
static X509_STORE *store_of(const void *pem, size_t len)
{
	BIO *from = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509_STORE *store = X509_STORE_new();
	int count = 0;
	X509 *ca;

	while (from != NULL && store != NULL &&
	       (ca = PEM_read_bio_X509(from, NULL, NULL, NULL)) != NULL) {
		count = X509_STORE_add_cert(store, ca) == 1 ? count + 1 : INT_MIN;
		X509_free(ca);
	}
	BIO_free(from);
	if (count > 0)
		return store;
	X509_STORE_free(store);
	return NULL;
}

enum status tls_peer_chains_to(const struct tls *tls, const void *ca, size_t len, const char *host,
			       char why[static TLS_ERROR_LEN])
{
	X509 *certificate = tls_peer(tls);
	X509_STORE *store = store_of(ca, len);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	enum status status = STATUS_TLS;
	bool is_name;

	if (certificate == NULL)
		(void)refuse(why, "the server has shown no certificate");
	else if (store == NULL)
		(void)refuse(why, "what the server calls its CA is no certificate");
	else if (context == NULL ||
		 X509_STORE_CTX_init(context, store, certificate, tls_peer_chain(tls)) != 1 ||
		 !tls_expect_host(X509_STORE_CTX_get0_param(context), host, &is_name) ||
		 X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) != 1)
		(void)refuse(why, "the server's certificate cannot be judged");
	else {
		tls_judge_strictly(context);
		status = X509_verify_cert(context) == 1
				 ? STATUS_OK
				 : refuse(why, X509_verify_cert_error_string(
						       X509_STORE_CTX_get_error(context)));
	}
	ERR_clear_error();
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return status;
}
