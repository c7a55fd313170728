/*
 * A key that never leaves its machine, and the request (PKCS#10) to certify it: the client makes
 * both, the server reads the request and believes nothing in it but the key. Does not know files,
 * nor who asks. Threads: any.
 */
#ifndef COMMON_CSR_H
#define COMMON_CSR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

#define CSR_MAX 2048u            /* bytes of a request; ours have about 200 */
#define CSR_PASSPHRASE_MAX 1023u /* bytes; what OpenSSL takes when it reads a key */
#define CSR_KEY_PEM_MAX 4096u    /* bytes of a key's PEM, far above what we write */

/* Makes a P-256 key: appends its PEM (PKCS#8, with AES-256 under the passphrase when there is one)
 * and a request in DER. The buffer for the key gets its room beforehand; whoever has it wipes it.
 * STATUS_INVALID when the passphrase is empty or too long. */
MUST_CHECK enum status csr_make(const char *passphrase, struct buf *key_pem, struct buf *request);

/* Whether these bytes of a key's PEM want a passphrase. */
bool csr_key_is_locked(const void *pem, size_t len);

/* The public key in a request, as SubjectPublicKeyInfo in DER, appended. Takes any bytes.
 * STATUS_INVALID unless they are exactly one request, the key is P-256 or Ed25519, and the request
 * is signed by it (P-256 with SHA-256). */
MUST_CHECK enum status csr_public_key(const uint8_t *request, size_t len, struct buf *key);

#endif
