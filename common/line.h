/*
 * Lines, and what stands in them, as the C2SP text formats have it: each line ends in a newline,
 * numbers are decimal without leading zeroes, hashes are base64. Takes any bytes.
 */
#ifndef COMMON_LINE_H
#define COMMON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/status.h"

/* One line, without its newline; borrowed. */
struct line {
	const char *text;
	size_t len;
};

/* Cuts the first line off the text. False when no ended line is left. */
bool line_next(const char **text, size_t *left, struct line *line);

/* Whether it begins with the word and a space: then the line is what follows. */
bool line_skip(struct line *line, const char *word);

/* Whether it is that text, to the byte. */
bool line_is(const struct line *line, const char *text);

/* STATUS_INVALID when it is no number or more than 64 bits. */
MUST_CHECK enum status line_number(const struct line *line, uint64_t *number);

/* STATUS_INVALID when it is not the base64 of exactly one hash. */
MUST_CHECK enum status line_hash(const struct line *line, uint8_t hash[static HASH_LEN]);

/* Append a line, with its newline. */
MUST_CHECK enum status line_add(struct buf *to, const char *text);
MUST_CHECK enum status line_add_hash(struct buf *to, const uint8_t hash[static HASH_LEN]);

#endif
