/* SHA-256 and random bytes, from OpenSSL. Threads: a struct hash belongs to one thread. */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define HASH_LEN 32

struct hash; /* a running SHA-256, reusable: hash_begin() starts it anew */

/* NULL when memory is out. */
struct hash *hash_new(void);
void hash_free(struct hash *hash);

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t len);
void hash_end(struct hash *hash, uint8_t out[static HASH_LEN]);

/* One piece, with a context of the calling thread's own making: for where speed does not matter.
 * Aborts if OpenSSL has no SHA-256 (a broken installation). */
void hash_of(const void *bytes, size_t len, uint8_t out[static HASH_LEN]);

/* Cryptographic random bytes, quick for short ones: each thread keeps some in store, which a forked
 * child forgets. Aborts if there is no randomness to be had. */
void random_bytes(void *to, size_t len);

/* Lower-case hex and NUL: out has 2 * len + 1 bytes. */
void hex_encode(const uint8_t *bytes, size_t len, char *out);

/* Of exactly 2 * len hex digits; STATUS_INVALID otherwise. */
MUST_CHECK enum status hex_decode(const char *hex, uint8_t *out, size_t len);

#endif
