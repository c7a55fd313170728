#include "common/csr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

#define PASSPHRASE_ROUNDS 600000 /* of PBKDF2 with HMAC-SHA-256: some tenths of a second */

/* ---- the client's side ---- */

/* Appends what is in a memory BIO, unless something failed before. */
static enum status take(BIO *from, bool whole, struct buf *to)
{
	char *bytes = NULL;
	long len = whole ? BIO_get_mem_data(from, &bytes) : 0;

	return len > 0 ? buf_append(to, bytes, (size_t)len) : STATUS_MEMORY;
}

static bool write_locked(BIO *pem, EVP_PKEY *key, const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_SIG *locked = NULL;
	bool done;

	if (plain != NULL)
		locked = PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase, (int)strlen(passphrase),
				       NULL, 0, PASSPHRASE_ROUNDS, plain);
	done = locked != NULL && PEM_write_bio_PKCS8(pem, locked) == 1;
	X509_SIG_free(locked);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return done;
}

static enum status add_key_pem(EVP_PKEY *key, const char *passphrase, struct buf *to)
{
	BIO *pem = BIO_new(BIO_s_secmem());
	enum status status = STATUS_MEMORY;

	if (pem != NULL && buf_reserve(to, CSR_KEY_PEM_MAX) != NULL) {
		bool written = passphrase != NULL ? write_locked(pem, key, passphrase)
						  : PEM_write_bio_PrivateKey(pem, key, NULL, NULL,
									     0, NULL, NULL) == 1;
		status = take(pem, written, to);
	}
	BIO_free(pem);
	return status;
}

/* The subject stays empty: the server decides what a certificate says. */
static enum status add_request(EVP_PKEY *key, struct buf *to)
{
	X509_REQ *request = X509_REQ_new();
	BIO *der = BIO_new(BIO_s_mem());
	bool whole = request != NULL && der != NULL &&
		     X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
		     X509_REQ_set_pubkey(request, key) == 1 &&
		     X509_REQ_sign(request, key, EVP_sha256()) > 0 &&
		     i2d_X509_REQ_bio(der, request) == 1;
	enum status status = take(der, whole, to);

	BIO_free(der);
	X509_REQ_free(request);
	return status;
}

enum status csr_make(const char *passphrase, struct buf *key_pem, struct buf *request)
{
	if (passphrase != NULL &&
	    (passphrase[0] == '\0' || strlen(passphrase) > CSR_PASSPHRASE_MAX))
		return STATUS_INVALID;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	enum status status = STATUS_MEMORY;
	if (key != NULL)
		status = add_key_pem(key, passphrase, key_pem);
	if (status == STATUS_OK)
		status = add_request(key, request);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return status;
}

bool csr_key_is_locked(const void *pem, size_t len)
{
	static const char pkcs8[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
	static const char older[] = "Proc-Type: 4,ENCRYPTED";

	return memmem(pem, len, pkcs8, sizeof(pkcs8) - 1) != NULL ||
	       memmem(pem, len, older, sizeof(older) - 1) != NULL;
}

/* ---- the server's side ---- */

struct kind {
	int signature; /* the only one that is taken with such a key */
	size_t len;    /* of the SubjectPublicKeyInfo */
	size_t head_len;
	uint8_t head[27]; /* how it begins: algorithm, curve, form of the point */
};

static const struct kind kinds[] = {
	{NID_ecdsa_with_SHA256, 91, 27, {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
					 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
					 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04}},
	{NID_ED25519,
	 44,
	 12,
	 {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}},
};

/* Names the curve and gives its point in full, as we would write it ourselves: no other form of the
 * same key is let through, because a certificate is known by the hash of its key's bytes. */
static const struct kind *kind_of(const uint8_t *key, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (len == kinds[i].len && memcmp(key, kinds[i].head, kinds[i].head_len) == 0)
			return &kinds[i];
	return NULL;
}

static enum status take_key(X509_REQ *request, struct buf *to)
{
	unsigned char *key = NULL;
	int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &key);
	const struct kind *kind = len > 0 ? kind_of(key, (size_t)len) : NULL;
	EVP_PKEY *public_key = X509_REQ_get0_pubkey(request);
	enum status status = STATUS_INVALID;

	if (kind != NULL && public_key != NULL &&
	    X509_REQ_get_signature_nid(request) == kind->signature &&
	    X509_REQ_verify(request, public_key) == 1)
		status = buf_append(to, key, (size_t)len);
	OPENSSL_free(key);
	return status;
}

enum status csr_public_key(const uint8_t *request, size_t len, struct buf *key)
{
	const unsigned char *at = request;
	X509_REQ *read = len <= CSR_MAX ? d2i_X509_REQ(NULL, &at, (long)len) : NULL;
	enum status status = STATUS_INVALID;

	if (read != NULL && at == request + len)
		status = take_key(read, key);
	X509_REQ_free(read);
	ERR_clear_error();
	return status;
}
