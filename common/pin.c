#include "common/pin.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

#include "common/hash.h"

static void add_certificate(struct hash *hash, X509 *certificate)
{
	unsigned char *der = NULL;
	int len = i2d_X509(certificate, &der);

	if (len > 0)
		hash_add(hash, der, (size_t)len);
	OPENSSL_free(der);
}

/* All certificates of the PEM, one behind the other; false when there is none. */
static bool add_certificates(struct hash *hash, const void *pem, size_t len)
{
	BIO *from = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *certificate;
	bool any = false;

	while (from != NULL && (certificate = PEM_read_bio_X509(from, NULL, NULL, NULL)) != NULL) {
		add_certificate(hash, certificate);
		X509_free(certificate);
		any = true;
	}
	BIO_free(from);
	ERR_clear_error();
	return any;
}

enum status pin_of(const void *ca_pem, size_t ca_len, const uint8_t *log_key, size_t log_key_len,
		   uint8_t pin[static PIN_LEN])
{
	struct hash *hash = hash_new();
	uint8_t both[2 * HASH_LEN];
	uint8_t out[HASH_LEN];
	bool any;

	if (hash == NULL)
		return STATUS_MEMORY;
	hash_begin(hash);
	any = add_certificates(hash, ca_pem, ca_len);
	hash_end(hash, both);
	hash_free(hash);
	if (!any)
		return STATUS_INVALID;
	hash_of(log_key, log_key_len, both + HASH_LEN);
	hash_of(both, sizeof(both), out);
	memcpy(pin, out, PIN_LEN);
	return STATUS_OK;
}
