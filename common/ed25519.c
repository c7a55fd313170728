#include "common/ed25519.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX 256 /* a private key's is 119 bytes */

struct ed25519 {
	uint8_t pair[crypto_sign_SECRETKEYBYTES]; /* seed, public key */
};

static_assert(crypto_sign_SECRETKEYBYTES == 2 * ED25519_KEY_LEN &&
		      crypto_sign_BYTES == ED25519_SIGNATURE_LEN,
	      "as in RFC 8032");

/* Of a pair, which stays the caller's; NULL is passed through as `without`. */
static enum status unwrap(const EVP_PKEY *pair, enum status without, struct ed25519 **key)
{
	size_t seed_len = ED25519_KEY_LEN;
	size_t public_len = ED25519_KEY_LEN;

	ERR_clear_error();
	if (pair == NULL)
		return without;
	struct ed25519 *made = sodium_init() < 0 ? NULL : calloc(1, sizeof(*made));
	if (made == NULL)
		return STATUS_MEMORY;
	if (!EVP_PKEY_is_a(pair, "ED25519") ||
	    EVP_PKEY_get_raw_private_key(pair, made->pair, &seed_len) != 1 ||
	    EVP_PKEY_get_raw_public_key(pair, made->pair + ED25519_KEY_LEN, &public_len) != 1) {
		ed25519_free(made);
		ERR_clear_error();
		return STATUS_INVALID;
	}
	*key = made;
	return STATUS_OK;
}

/* A key under a passphrase is none for us: nobody is asked. */
static int no_passphrase_cb(char *to, int size, int writing, void *context)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

enum status ed25519_load(struct ed25519 **key, const char *pem, size_t len)
{
	if (len > INT_MAX)
		return STATUS_INVALID;
	BIO *from = BIO_new_mem_buf(pem, (int)len);
	if (from == NULL)
		return STATUS_MEMORY;
	EVP_PKEY *pair = PEM_read_bio_PrivateKey(from, NULL, no_passphrase_cb, NULL);
	BIO_free(from);
	enum status status = unwrap(pair, STATUS_INVALID, key);
	EVP_PKEY_free(pair); /* wipes it */
	return status;
}

static enum status append_pem(EVP_PKEY *pair, struct buf *pem)
{
	BIO *to = BIO_new(BIO_s_secmem());
	enum status status = STATUS_MEMORY;
	char *text;

	if (to != NULL && PEM_write_bio_PrivateKey(to, pair, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(to, &text);
		status = buf_append(pem, text, (size_t)len);
	}
	BIO_free(to);
	return status;
}

enum status ed25519_new(struct ed25519 **key, struct buf *pem)
{
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct ed25519 *made = NULL;
	enum status status = unwrap(pair, STATUS_MEMORY, &made);

	/* No growing on the way: what realloc() leaves behind could not be wiped. */
	if (status == STATUS_OK)
		status = buf_reserve(pem, PEM_MAX) == NULL ? STATUS_MEMORY : append_pem(pair, pem);
	EVP_PKEY_free(pair); /* wipes it */
	if (status != STATUS_OK) {
		ed25519_free(made);
		return status;
	}
	*key = made;
	return STATUS_OK;
}

void ed25519_free(struct ed25519 *key)
{
	if (key == NULL)
		return;
	sodium_memzero(key, sizeof(*key));
	free(key);
}

void ed25519_public(const struct ed25519 *key, uint8_t out[static ED25519_KEY_LEN])
{
	memcpy(out, key->pair + ED25519_KEY_LEN, ED25519_KEY_LEN);
}

enum status ed25519_sign(const struct ed25519 *key, const void *message, size_t len,
			 uint8_t out[static ED25519_SIGNATURE_LEN])
{
	return crypto_sign_detached(out, NULL, message, len, key->pair) == 0 ? STATUS_OK
									     : STATUS_MEMORY;
}

enum status ed25519_verify(const uint8_t key[static ED25519_KEY_LEN], const void *message,
			   size_t len, const uint8_t signature[static ED25519_SIGNATURE_LEN])
{
	EVP_PKEY *public =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, ED25519_KEY_LEN);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum status status = STATUS_MEMORY;

	if (public != NULL && context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1) {
		int right =
			EVP_DigestVerify(context, signature, ED25519_SIGNATURE_LEN, message, len);
		status = right == 1 ? STATUS_OK : STATUS_PROOF;
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	ERR_clear_error();
	return status;
}

enum status ed25519_from_spki(const uint8_t *der, size_t len, uint8_t out[static ED25519_KEY_LEN])
{
	/* RFC 8410: SEQUENCE, the algorithm's SEQUENCE and OID, BIT STRING without unused bits. */
	static const uint8_t head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
				       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

	if (len != sizeof(head) + ED25519_KEY_LEN || memcmp(der, head, sizeof(head)) != 0)
		return STATUS_INVALID;
	memcpy(out, der + sizeof(head), ED25519_KEY_LEN);
	return STATUS_OK;
}
