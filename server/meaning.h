/* What the words of text settings have to say; config.c asks for each before it is taken. */
#ifndef SERVER_MEANING_H
#define SERVER_MEANING_H

#include <stdbool.h>
#include <stddef.h>

/* What the setting at that offset of struct config must be, when value is not that; NULL when it
 * is, or may be any text. Static storage. */
const char *meaning_must_be(size_t offset, const char *value);

/* Whether it is the rule of an approval. */
bool meaning_is_rule(size_t offset);

#endif
