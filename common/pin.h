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

/* The first bytes of SHA-256(SHA-256(CA) || SHA-256(log key)): the CA is the first certificate of a
 * PEM file, hashed in DER; the log key a SubjectPublicKeyInfo in DER. STATUS_INVALID when the PEM
 * has no certificate. */
MUST_CHECK enum status pin_of(const void *ca_pem, size_t ca_len, const uint8_t *log_key,
			      size_t log_key_len, uint8_t pin[static PIN_LEN]);

#endif
