/*
 * What a client has to know of a certificate in its files: the life it has, and how DER becomes
 * PEM. Judging who signed it is TLS's.
 */
#ifndef COMMON_CERTIFICATE_H
#define COMMON_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

#define CERTIFICATE_FILE_MAX (64u * 1024) /* bytes of PEM, far above a chain of ours */

/* Seconds since the epoch. */
struct certificate_life {
	int64_t begins;
	int64_t ends;
};

/* Of the first certificate in PEM. STATUS_INVALID when there is none. */
MUST_CHECK enum status certificate_life(const void *pem, size_t len, struct certificate_life *life);

/* Append PEM of what is in DER: a certificate, a SubjectPublicKeyInfo. STATUS_INVALID when it is
 * none, STATUS_MEMORY. */
MUST_CHECK enum status certificate_pem(const uint8_t *der, size_t len, struct buf *to);
MUST_CHECK enum status certificate_key_pem(const uint8_t *der, size_t len, struct buf *to);

#endif
