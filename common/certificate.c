#include "common/certificate.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <time.h>

static bool seconds_of(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm parts = {0};

	if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	*seconds = timegm(&parts);
	return true;
}

enum status certificate_life(const void *pem, size_t len, struct certificate_life *life)
{
	BIO *from = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *certificate = from != NULL ? PEM_read_bio_X509(from, NULL, NULL, NULL) : NULL;
	bool read = certificate != NULL &&
		    seconds_of(X509_get0_notBefore(certificate), &life->begins) &&
		    seconds_of(X509_get0_notAfter(certificate), &life->ends);

	X509_free(certificate);
	BIO_free(from);
	ERR_clear_error();
	return read ? STATUS_OK : STATUS_INVALID;
}

/* Appends what a memory BIO has, when writing to it went well. */
static enum status take(BIO *from, bool written, struct buf *to)
{
	char *bytes = NULL;
	long len = written ? BIO_get_mem_data(from, &bytes) : 0;
	enum status status = len > 0 ? buf_append(to, bytes, (size_t)len) : STATUS_MEMORY;

	BIO_free(from);
	ERR_clear_error();
	return status;
}

enum status certificate_pem(const uint8_t *der, size_t len, struct buf *to)
{
	const unsigned char *at = der;
	X509 *certificate = len <= LONG_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
	BIO *pem = BIO_new(BIO_s_mem());
	bool whole = certificate != NULL && at == der + len;
	enum status status =
		take(pem, whole && pem != NULL && PEM_write_bio_X509(pem, certificate) == 1, to);

	X509_free(certificate);
	return whole ? status : STATUS_INVALID;
}

enum status certificate_key_pem(const uint8_t *der, size_t len, struct buf *to)
{
	const unsigned char *at = der;
	EVP_PKEY *key = len <= LONG_MAX ? d2i_PUBKEY(NULL, &at, (long)len) : NULL;
	BIO *pem = BIO_new(BIO_s_mem());
	bool whole = key != NULL && at == der + len;
	enum status status =
		take(pem, whole && pem != NULL && PEM_write_bio_PUBKEY(pem, key) == 1, to);

	EVP_PKEY_free(key);
	return whole ? status : STATUS_INVALID;
}
