/*
 * The pin of a head office: ten bytes that an enrolment code carries, so that whoever enrols by it
 * knows the right server and the right ledger without having seen either before.
 */
#ifndef COMMON_PIN_H
#define COMMON_PIN_H

#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define PIN_LEN 10 /* 80 bits: nobody makes a second head office that fits a code of one day */

/* The first bytes of SHA-256(SHA-256(CAs) || SHA-256(log key)): the CAs are all certificates of a
 * PEM file in DER, one behind the other, since all are trusted: were only the first pinned, anybody
 * in between could add one of his own. The log key is a SubjectPublicKeyInfo in DER. STATUS_INVALID
 * when the PEM has no certificate; STATUS_MEMORY. */
MUST_CHECK enum status pin_of(const void *ca_pem, size_t ca_len, const uint8_t *log_key,
			      size_t log_key_len, uint8_t pin[static PIN_LEN]);

#endif
