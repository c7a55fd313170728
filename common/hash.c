#include "common/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The algorithm is fetched once: looking it up costs more than hashing a short text. */
struct hash {
	EVP_MD *algorithm;   /* owned */
	EVP_MD_CTX *context; /* owned */
};

struct hash *hash_new(void)
{
	struct hash *hash = calloc(1, sizeof(*hash));

	if (hash == NULL)
		return NULL;
	hash->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	hash->context = EVP_MD_CTX_new();
	if (hash->algorithm == NULL || hash->context == NULL) {
		hash_free(hash);
		return NULL;
	}
	return hash;
}

void hash_free(struct hash *hash)
{
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->context);
	EVP_MD_free(hash->algorithm);
	free(hash);
}

/* Once the algorithm is there SHA-256 cannot fail; going on with a wrong hash would be worse. */
static void demand(int success)
{
	if (success != 1)
		abort();
}

void hash_begin(struct hash *hash)
{
	demand(EVP_DigestInit_ex2(hash->context, hash->algorithm, NULL));
}

void hash_add(struct hash *hash, const void *bytes, size_t len)
{
	demand(EVP_DigestUpdate(hash->context, bytes, len));
}

void hash_end(struct hash *hash, uint8_t out[static HASH_LEN])
{
	demand(EVP_DigestFinal_ex(hash->context, out, NULL));
}

void hash_of(const void *bytes, size_t len, uint8_t out[static HASH_LEN])
{
	demand(EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL));
}

/* Salts are short and many, and RAND_bytes() is slow to begin: each thread keeps some in store.
 * What is given out is wiped, and a forked child forgets the store, so nothing is given twice. */
#define POOL_SIZE 1024

struct pool {
	uint8_t bytes[POOL_SIZE];
	size_t left; /* at the end of bytes */
};

static _Thread_local struct pool pool;
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;

static void pool_forget(void)
{
	OPENSSL_cleanse(&pool, sizeof(pool));
}

static void pool_watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, pool_forget) != 0)
		abort();
}

static void pool_fill(void)
{
	(void)pthread_once(&pool_once, pool_watch_forks); /* cannot fail */
	demand(RAND_bytes(pool.bytes, POOL_SIZE));
	pool.left = POOL_SIZE;
}

void random_bytes(void *to, size_t len)
{
	if (len > POOL_SIZE / 4) {
		demand(RAND_bytes_ex(NULL, to, len, 0));
		return;
	}
	if (len > pool.left)
		pool_fill();
	uint8_t *from = pool.bytes + POOL_SIZE - pool.left;
	memcpy(to, from, len);
	OPENSSL_cleanse(from, len);
	pool.left -= len;
}

void hex_encode(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum status hex_decode(const char *hex, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
		if (low < 0)
			return STATUS_INVALID;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return hex[2 * len] == '\0' ? STATUS_OK : STATUS_INVALID;
}
