/* Base64 of RFC 4648 section 4, padded, without line ends; decoding takes only what encoding would
 * have written. */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

/* Characters for len bytes, without a NUL. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Writes BASE64_LEN(len) characters, then a NUL. */
void base64_encode(const uint8_t *bytes, size_t len, char *out);

/* Decodes text_len characters to at most size bytes. STATUS_INVALID when they are not the base64 of
 * anything, or of more. */
MUST_CHECK enum status base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size,
				     size_t *len);

#endif
