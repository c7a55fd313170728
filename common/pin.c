#include "common/pin.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "common/hash.h"

static enum status hash_certificate(const void *pem, size_t len, uint8_t out[static HASH_LEN])
{
	BIO *from = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *certificate = from != NULL ? PEM_read_bio_X509(from, NULL, NULL, NULL) : NULL;
	unsigned char *der = NULL;
	int der_len = certificate != NULL ? i2d_X509(certificate, &der) : 0;

	if (der_len > 0)
		hash_of(der, (size_t)der_len, out);
	OPENSSL_free(der);
	X509_free(certificate);
	BIO_free(from);
	ERR_clear_error();
	return der_len > 0 ? STATUS_OK : STATUS_INVALID;
}

enum status pin_of(const void *ca_pem, size_t ca_len, const uint8_t *log_key, size_t log_key_len,
		   uint8_t pin[static PIN_LEN])
{
	uint8_t both[2 * HASH_LEN];
	uint8_t hash[HASH_LEN];
	enum status status = hash_certificate(ca_pem, ca_len, both);

	if (status != STATUS_OK)
		return status;
	hash_of(log_key, log_key_len, both + HASH_LEN);
	hash_of(both, sizeof(both), hash);
	memcpy(pin, hash, PIN_LEN);
	return STATUS_OK;
}
