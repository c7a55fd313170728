/* Words of a line, quoted as a shell has it: 'plain', "plain with \" and \\", and \ before one. */
#ifndef CLIENT_CLI_SHELLWORDS_H
#define CLIENT_CLI_SHELLWORDS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/status.h"

/* Splits a line; *words ends with NULL and lives in the arena. A '#' where a word would begin
 * starts a comment. STATUS_INVALID: a quote is not closed. STATUS_MEMORY. */
MUST_CHECK enum status shellwords_split(const char *line, struct arena *arena, char ***words,
					size_t *count);

#endif
