/* What a credential is as bytes: the part of server/credential.h that writes and reads them. */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/tls.h"
#include "server/credential_inside.h"

int credential_no_passphrase_cb(char *to, int size, int writing, void *context)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

enum status credential_load(struct credential **credential, const char *certificate,
			    const char *key, char why[static CREDENTIAL_WHY_LEN])
{
	struct credential *loaded = calloc(1, sizeof(*loaded));
	BIO *from = BIO_new_mem_buf(certificate, -1);
	BIO *key_from = BIO_new_mem_buf(key != NULL ? key : "", -1);
	enum status status = STATUS_OK;
	if (loaded == NULL || from == NULL || key_from == NULL) {
		status = credential_openssl_fail(why, "a certificate cannot be read");
		goto out;
	}
	loaded->certificate = PEM_read_bio_X509(from, NULL, credential_no_passphrase_cb, NULL);
	if (loaded->certificate == NULL) {
		status = credential_openssl_fail(why, "a certificate cannot be read");
		goto out;
	}
	if (key == NULL)
		goto out;
	loaded->key = PEM_read_bio_PrivateKey(key_from, NULL, credential_no_passphrase_cb, NULL);
	if (loaded->key == NULL)
		status = credential_openssl_fail(why, "a key cannot be read");
	else if (X509_check_private_key(loaded->certificate, loaded->key) != 1)
		status = credential_openssl_fail(why, "a key is not its certificate's");
out:
	BIO_free(key_from);
	BIO_free(from);
	if (status == STATUS_OK)
		*credential = loaded;
	else
		credential_free(loaded);
	return status;
}

/* Appends what was written to pem, and frees that. */
static enum status take_pem(BIO *pem, int written, struct buf *to)
{
	char *bytes = NULL;
	long len = pem != NULL && written == 1 ? BIO_get_mem_data(pem, &bytes) : 0;
	enum status status = len > 0 ? buf_append(to, bytes, (size_t)len) : STATUS_MEMORY;
	BIO_free(pem);
	ERR_clear_error();
	return status;
}

static enum status key_pem(EVP_PKEY *key, struct buf *to)
{
	BIO *pem = BIO_new(BIO_s_secmem());
	int written = 0;
	if (pem != NULL && key != NULL)
		written = PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	return take_pem(pem, written, to);
}

enum status credential_key_pem(const struct credential *credential, struct buf *to)
{
	return key_pem(credential->key, to);
}

enum status credential_certificate_pem(const struct credential *credential, struct buf *to)
{
	BIO *pem = BIO_new(BIO_s_mem());
	return take_pem(pem, pem != NULL ? PEM_write_bio_X509(pem, credential->certificate) : 0,
			to);
}

enum status credential_log_key(struct buf *to)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	enum status status = key_pem(key, to);
	EVP_PKEY_free(key);
	return status;
}

enum status credential_certificate_der(const struct credential *credential, struct buf *to)
{
	unsigned char *der = NULL;
	int len = i2d_X509(credential->certificate, &der);
	enum status status = len > 0 ? buf_append(to, der, (size_t)len) : STATUS_MEMORY;
	OPENSSL_free(der);
	ERR_clear_error();
	return status;
}

enum status credential_identity(const struct credential *credential, uint8_t out[static HASH_LEN])
{
	struct buf der = BUF_EMPTY;
	enum status status = credential_certificate_der(credential, &der);
	if (status == STATUS_OK)
		status = tls_certificate_identity(buf_head(&der), der.len, out);
	buf_release(&der);
	return status;
}

enum status credential_key_hash(const struct credential *credential, uint8_t out[static HASH_LEN])
{
	unsigned char *key = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(credential->certificate), &key);
	if (len > 0)
		hash_of(key, (size_t)len, out);
	OPENSSL_free(key);
	ERR_clear_error();
	return len > 0 ? STATUS_OK : STATUS_MEMORY;
}

enum status credential_serial(const struct credential *credential,
			      uint8_t out[static CREDENTIAL_SERIAL_LEN])
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(credential->certificate), NULL);
	int written = number != NULL ? BN_bn2binpad(number, out, CREDENTIAL_SERIAL_LEN) : -1;
	BN_free(number);
	ERR_clear_error();
	return written == CREDENTIAL_SERIAL_LEN ? STATUS_OK : STATUS_INVALID;
}

void credential_organization(const struct credential *credential, char *out, size_t size)
{
	X509_NAME *name = X509_get_subject_name(credential->certificate);
	int at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
	unsigned char *text = NULL;
	int len = entry != NULL ? ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) : -1;
	out[0] = '\0';
	if (len >= 0 && (size_t)len < size)
		memcpy(out, text, (size_t)len + 1);
	OPENSSL_free(text);
	ERR_clear_error();
}

enum status credential_public_key(const char *key_pem, struct buf *to)
{
	BIO *from = BIO_new_mem_buf(key_pem, -1);
	EVP_PKEY *key = from != NULL ? PEM_read_bio_PrivateKey(from, NULL,
							       credential_no_passphrase_cb, NULL)
				     : NULL;
	unsigned char *der = NULL;
	int len = key != NULL ? i2d_PUBKEY(key, &der) : 0;
	enum status status = len > 0 ? buf_append(to, der, (size_t)len) : STATUS_TLS;
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	BIO_free(from);
	ERR_clear_error();
	return status;
}

enum status credential_not_after(const struct credential *credential, int64_t *not_after)
{
	struct tm end;
	if (ASN1_TIME_to_tm(X509_get0_notAfter(credential->certificate), &end) != 1)
		return STATUS_TLS;
	*not_after = timegm(&end);
	return STATUS_OK;
}
