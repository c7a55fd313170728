#include "common/ed25519.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/base64.h"
#include "common/hash.h"

/* Tests 1 to 3 of RFC 8032 section 7.1. */
static const struct {
	const char *secret, *public, *message, *signature;
} vectors[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
	 "1cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
	 "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
	 "984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	assert_int_equal(hex_decode(hex, out, len), STATUS_OK);
	return len;
}

/* A seed as PEM, written by hand. */
static struct ed25519 *key_of(const char *seed)
{
	uint8_t der[48] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
	char base64[BASE64_LEN(sizeof(der)) + 1], pem[160];
	struct ed25519 *key = NULL;

	unhex(seed, der + 16);
	base64_encode(der, sizeof(der), base64);
	int len = snprintf(pem, sizeof(pem),
			   "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", base64);
	assert_int_equal(ed25519_load(&key, pem, (size_t)len), STATUS_OK);
	return key;
}

static void the_rfc_s_signatures_are_made_and_verified(void **state)
{
	uint8_t public[32], message[4], signature[64], made[64], own[32];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct ed25519 *key = key_of(vectors[i].secret);
		size_t len = unhex(vectors[i].message, message);
		unhex(vectors[i].public, public);
		unhex(vectors[i].signature, signature);
		ed25519_public(key, own);
		assert_memory_equal(own, public, sizeof(own));
		assert_int_equal(ed25519_sign(key, message, len, made), STATUS_OK);
		assert_memory_equal(made, signature, sizeof(made));
		assert_int_equal(ed25519_verify(public, message, len, signature), STATUS_OK);
		ed25519_free(key);
	}
}

static void any_bit_turned_over_is_seen(void **state)
{
	uint8_t public[32], signature[64], message[2] = {0xaf, 0x82};

	(void)state;
	unhex(vectors[2].public, public);
	unhex(vectors[2].signature, signature);
	for (size_t i = 0; i < 8 * sizeof(signature); i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(ed25519_verify(public, message, 2, signature), STATUS_PROOF);
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * sizeof(public); i++) {
		public[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(ed25519_verify(public, message, 2, signature), STATUS_PROOF);
		public[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	message[0] ^= 1;
	assert_int_equal(ed25519_verify(public, message, 2, signature), STATUS_PROOF);
	assert_int_equal(ed25519_verify(public, message, 1, signature), STATUS_PROOF);
}

/* Adding the group's order to S gives another text of the same equation (RFC 8032 section 8.4). */
static void the_same_signature_written_otherwise_is_none(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
					  0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
					  0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	uint8_t public[32], signature[64];
	unsigned carry = 0;

	(void)state;
	unhex(vectors[0].public, public);
	unhex(vectors[0].signature, signature);
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(ed25519_verify(public, "", 0, signature), STATUS_PROOF);
}

static void a_new_key_s_pem_loads_as_the_same_key(void **state)
{
	struct buf pem = BUF_EMPTY;
	struct ed25519 *key, *again, *other;
	uint8_t public[32], same[32];

	(void)state;
	assert_int_equal(buf_append(&pem, "x", 1), STATUS_OK);
	assert_int_equal(ed25519_new(&key, &pem), STATUS_OK);
	buf_consume(&pem, 1);
	assert_int_equal(ed25519_load(&again, (const char *)buf_head(&pem), pem.len), STATUS_OK);
	ed25519_public(key, public);
	ed25519_public(again, same);
	assert_memory_equal(public, same, sizeof(public));
	buf_clear(&pem);
	assert_int_equal(ed25519_new(&other, &pem), STATUS_OK);
	ed25519_public(other, same);
	assert_memory_not_equal(public, same, sizeof(public));
	ed25519_free(key);
	ed25519_free(again);
	ed25519_free(other);
	buf_release(&pem);
}

static void other_keys_and_locked_ones_are_refused(void **state)
{
	EVP_PKEY *pairs[] = {EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"),
			     EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
			     EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
	struct ed25519 *key = NULL;
	char *text;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		BIO *to = BIO_new(BIO_s_mem());
		const EVP_CIPHER *lock = i == 2 ? EVP_aes_128_cbc() : NULL;
		assert_int_equal(
			PEM_write_bio_PKCS8PrivateKey(to, pairs[i], lock, "pass", 4, NULL, NULL),
			1);
		long len = BIO_get_mem_data(to, &text);
		assert_int_equal(ed25519_load(&key, text, (size_t)len), STATUS_INVALID);
		BIO_free(to);
		EVP_PKEY_free(pairs[i]);
	}
	assert_int_equal(ed25519_load(&key, "", 0), STATUS_INVALID);
	assert_int_equal(ed25519_load(&key, "garbage", 7), STATUS_INVALID);
	assert_null(key);
}

static void the_key_in_a_public_key_info_is_found_and_only_there(void **state)
{
	struct buf pem = BUF_EMPTY;
	struct ed25519 *key;
	uint8_t public[32], found[32];
	unsigned char *der = NULL;

	(void)state;
	assert_int_equal(ed25519_new(&key, &pem), STATUS_OK);
	ed25519_public(key, public);
	EVP_PKEY *pair = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, 32);
	int len = i2d_PUBKEY(pair, &der);
	assert_int_equal(len, 44);
	assert_int_equal(ed25519_from_spki(der, 44, found), STATUS_OK);
	assert_memory_equal(found, public, 32);
	assert_int_equal(ed25519_from_spki(der, 43, found), STATUS_INVALID);
	for (size_t i = 0; i < 12; i++) {
		der[i] ^= 1;
		assert_int_equal(ed25519_from_spki(der, 44, found), STATUS_INVALID);
		der[i] ^= 1;
	}
	OPENSSL_free(der);
	EVP_PKEY_free(pair);
	ed25519_free(key);
	buf_release(&pem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rfc_s_signatures_are_made_and_verified),
		cmocka_unit_test(any_bit_turned_over_is_seen),
		cmocka_unit_test(the_same_signature_written_otherwise_is_none),
		cmocka_unit_test(a_new_key_s_pem_loads_as_the_same_key),
		cmocka_unit_test(other_keys_and_locked_ones_are_refused),
		cmocka_unit_test(the_key_in_a_public_key_info_is_found_and_only_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
