/* Ed25519 of RFC 8032: keys and verifying from OpenSSL, signing from libsodium, which takes less
 * than half the time. A key belongs to one thread at a time; verifying needs none. */
#ifndef COMMON_ED25519_H
#define COMMON_ED25519_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

#define ED25519_KEY_LEN 32
#define ED25519_SIGNATURE_LEN 64

struct ed25519; /* a private key, wiped when freed */

/* From PEM (PKCS#8, not encrypted), which the caller wipes. STATUS_INVALID when it is no Ed25519
 * key; STATUS_MEMORY. */
MUST_CHECK enum status ed25519_load(struct ed25519 **key, const char *pem, size_t len);

/* Makes a new one and appends its PEM, which the caller wipes. */
MUST_CHECK enum status ed25519_new(struct ed25519 **key, struct buf *pem);
void ed25519_free(struct ed25519 *key);

void ed25519_public(const struct ed25519 *key, uint8_t out[static ED25519_KEY_LEN]);

/* STATUS_MEMORY when it cannot be done. */
MUST_CHECK enum status ed25519_sign(const struct ed25519 *key, const void *message, size_t len,
				    uint8_t out[static ED25519_SIGNATURE_LEN]);

/* Takes any bytes: STATUS_PROOF when the signature is not this key's over this message. */
MUST_CHECK enum status ed25519_verify(const uint8_t key[static ED25519_KEY_LEN],
				      const void *message, size_t len,
				      const uint8_t signature[static ED25519_SIGNATURE_LEN]);

/* The raw key in a SubjectPublicKeyInfo in DER; STATUS_INVALID when that is no Ed25519 key. */
MUST_CHECK enum status ed25519_from_spki(const uint8_t *der, size_t len,
					 uint8_t out[static ED25519_KEY_LEN]);

#endif
