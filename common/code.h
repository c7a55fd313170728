/*
 * An enrolment code as people read it to each other: which secret, and which head office it is for.
 * Forty characters of Crockford's base32 (no I, L, O, U) and two that check them, in groups of
 * five. The server is never told a code before the pin was checked, and keeps its hash alone.
 *
 *   secret   120 random bits
 *   pin      80 bits of the head office: common/pin.h
 */
#ifndef COMMON_CODE_H
#define COMMON_CODE_H

#include <stdint.h>

#include "common/hash.h"
#include "common/pin.h"
#include "common/status.h"

#define CODE_SECRET_LEN 15
#define CODE_DIGITS 40   /* of secret and pin; two that check them follow */
#define CODE_TEXT_LEN 51 /* 42 characters, 8 dashes, NUL */

struct code {
	uint8_t secret[CODE_SECRET_LEN];
	uint8_t pin[PIN_LEN];
};

/* What is wrong with a text that should be a code. */
enum code_fault {
	CODE_OK,
	CODE_CHARACTER, /* one that no code has */
	CODE_SHORT,     /* something is missing */
	CODE_LONG,
	CODE_MISTYPED, /* the check characters do not agree */
};

/* A new one for that head office. */
void code_make(struct code *code, const uint8_t pin[static PIN_LEN]);

/* As it is shown: "7QK4M-2N8XR-..." */
void code_format(const struct code *code, char text[static CODE_TEXT_LEN]);

/* Takes what people make of it: either case, full width, O for 0, I and L for 1; dashes and blanks
 * anywhere. A wrong character, or two that changed places, is always noticed. */
MUST_CHECK enum code_fault code_parse(const char *text, struct code *code);

/* What the server keeps of it. */
void code_hash(const uint8_t secret[static CODE_SECRET_LEN], uint8_t out[static HASH_LEN]);

#endif
