#include "common/csr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

static EVP_PKEY *read_key(const struct buf *pem, const char *passphrase)
{
	BIO *from = BIO_new_mem_buf(buf_head(pem), (int)pem->len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(from, NULL, NULL,
						passphrase != NULL ? (void *)(uintptr_t)passphrase
								   : (void *)(uintptr_t) "");
	BIO_free(from);
	return key;
}

/* A request by OpenSSL for that key, as another program would make it. */
static size_t request_for(EVP_PKEY *key, EVP_PKEY *signer, const EVP_MD *digest, uint8_t *to)
{
	X509_REQ *request = X509_REQ_new();
	unsigned char *at = to;
	assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
				   (const unsigned char *)"somebody else", -1, -1, 0);
	assert_true(X509_REQ_sign(request, signer, digest) > 0);
	int len = i2d_X509_REQ(request, NULL);
	assert_true(len > 0 && (size_t)len <= CSR_MAX);
	i2d_X509_REQ(request, &at);
	X509_REQ_free(request);
	return (size_t)len;
}

static void expect(const uint8_t *request, size_t len, enum status expected)
{
	struct buf key = BUF_EMPTY;
	assert_int_equal(csr_public_key(request, len, &key), expected);
	assert_true((key.len > 0) == (expected == STATUS_OK));
	buf_release(&key);
}

static void expect_key(EVP_PKEY *key, const EVP_MD *digest, enum status expected)
{
	uint8_t request[CSR_MAX];
	expect(request, request_for(key, key, digest, request), expected);
	EVP_PKEY_free(key);
}

static void the_request_carries_the_key_that_was_made(void **state)
{
	(void)state;
	struct buf pem = BUF_EMPTY, request = BUF_EMPTY, public_key = BUF_EMPTY;
	assert_int_equal(csr_make(NULL, &pem, &request), STATUS_OK);
	assert_false(csr_key_is_locked(buf_head(&pem), pem.len));
	assert_int_equal(csr_public_key(buf_head(&request), request.len, &public_key), STATUS_OK);
	EVP_PKEY *key = read_key(&pem, NULL);
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	assert_int_equal(len, public_key.len);
	assert_memory_equal(der, buf_head(&public_key), public_key.len);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	buf_release(&pem);
	buf_release(&request);
	buf_release(&public_key);
}

static void a_locked_key_opens_with_its_passphrase_alone(void **state)
{
	(void)state;
	struct buf pem = BUF_EMPTY, request = BUF_EMPTY;
	assert_int_equal(csr_make("档案室 42", &pem, &request), STATUS_OK);
	assert_true(csr_key_is_locked(buf_head(&pem), pem.len));
	assert_null(read_key(&pem, "档案室 43"));
	EVP_PKEY *key = read_key(&pem, "档案室 42");
	assert_non_null(key);
	EVP_PKEY_free(key);
	buf_release(&pem);
	buf_release(&request);
}

static void a_passphrase_is_neither_empty_nor_longer_than_can_be_read(void **state)
{
	(void)state;
	struct buf pem = BUF_EMPTY, request = BUF_EMPTY;
	char text[CSR_PASSPHRASE_MAX + 2];
	assert_int_equal(csr_make("", &pem, &request), STATUS_INVALID);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(csr_make(text, &pem, &request), STATUS_INVALID);
	assert_int_equal(pem.len + request.len, 0);
	text[CSR_PASSPHRASE_MAX] = '\0';
	assert_int_equal(csr_make(text, &pem, &request), STATUS_OK);
	EVP_PKEY *key = read_key(&pem, text);
	assert_non_null(key);
	EVP_PKEY_free(key);
	buf_release(&pem);
	buf_release(&request);
}

static void p256_and_ed25519_are_taken(void **state)
{
	(void)state;
	expect_key(EVP_EC_gen("P-256"), EVP_sha256(), STATUS_OK);
	expect_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, STATUS_OK);
}

static void every_other_kind_of_key_is_refused(void **state)
{
	(void)state;
	expect_key(EVP_EC_gen("P-384"), EVP_sha256(), STATUS_INVALID);
	expect_key(EVP_EC_gen("secp256k1"), EVP_sha256(), STATUS_INVALID);
	expect_key(EVP_RSA_gen(2048), EVP_sha256(), STATUS_INVALID);
	expect_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL, STATUS_INVALID);
}

static void a_weak_digest_is_refused(void **state)
{
	(void)state;
	expect_key(EVP_EC_gen("P-256"), EVP_sha1(), STATUS_INVALID);
}

static void a_curve_that_is_spelled_out_and_a_compressed_point_are_refused(void **state)
{
	(void)state;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
	expect_key(key, EVP_sha256(), STATUS_INVALID);
	key = EVP_EC_gen("P-256");
	assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
	expect_key(key, EVP_sha256(), STATUS_INVALID);
}

static void a_request_signed_by_another_key_is_refused(void **state)
{
	(void)state;
	uint8_t request[CSR_MAX];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *other = EVP_EC_gen("P-256");
	expect(request, request_for(key, other, EVP_sha256(), request), STATUS_INVALID);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void every_changed_byte_every_cut_and_every_tail_is_refused(void **state)
{
	(void)state;
	struct buf pem = BUF_EMPTY, request = BUF_EMPTY;
	uint8_t bytes[CSR_MAX + 1] = {0};
	assert_int_equal(csr_make(NULL, &pem, &request), STATUS_OK);
	size_t len = request.len;
	memcpy(bytes, buf_head(&request), len);
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 1;
		expect(bytes, len, STATUS_INVALID);
		bytes[i] ^= 1;
		expect(bytes, i, STATUS_INVALID);
	}
	expect(bytes, len + 1, STATUS_INVALID);
	expect(bytes, sizeof(bytes), STATUS_INVALID);
	expect(bytes, len, STATUS_OK);
	buf_release(&pem);
	buf_release(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_carries_the_key_that_was_made),
		cmocka_unit_test(a_locked_key_opens_with_its_passphrase_alone),
		cmocka_unit_test(a_passphrase_is_neither_empty_nor_longer_than_can_be_read),
		cmocka_unit_test(p256_and_ed25519_are_taken),
		cmocka_unit_test(every_other_kind_of_key_is_refused),
		cmocka_unit_test(a_weak_digest_is_refused),
		cmocka_unit_test(a_curve_that_is_spelled_out_and_a_compressed_point_are_refused),
		cmocka_unit_test(a_request_signed_by_another_key_is_refused),
		cmocka_unit_test(every_changed_byte_every_cut_and_every_tail_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
