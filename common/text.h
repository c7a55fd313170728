/* Text rules that both ends share: what is well-formed, and how wide it is on a terminal. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* What text_check() found. */
enum text_fault { TEXT_OK, TEXT_NOT_UTF8, TEXT_CONTROL };

/* Well-formed UTF-8 (no surrogates, nothing overlong) without NUL, control characters (line feed
 * and tab included), or bidirectional overrides. */
enum text_fault text_check(const char *text, size_t len);

/* Columns on a terminal: 2 for a wide character, 0 for a combining one. Text that is not UTF-8
 * counts a column a byte. */
size_t text_width(const char *text);

/* True for NULL and "". */
bool text_empty(const char *text);

#endif
