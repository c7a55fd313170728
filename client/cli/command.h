/* Finding commands by their words, in English and Chinese, and what was meant when there is none.
 */
#ifndef CLIENT_CLI_COMMAND_H
#define CLIENT_CLI_COMMAND_H

#include <stddef.h>

#include "client/cli/option.h"

#define COMMAND_WORDS_MAX 3 /* of one command */

/* The command whose words are the first of argv; *used of them. NULL when there is none. */
const struct command *command_find(const struct command_group *groups, char *const argv[],
				   size_t count, size_t *used);

/* Goes through all commands in the order of help: i from 0 until NULL. */
const struct command *command_at(const struct command_group *groups, size_t i);

/* Its msgid of one line, its own or its RPC's. */
const char *command_summary(const struct command *command);

/* Says that there is no such command and what is nearest, or which words may follow. STATUS_USAGE.
 */
enum status command_unknown(struct cli *cli, char *const argv[], size_t count);

/* How many letters must be added, dropped, changed or swapped to make one word of the other. */
size_t word_distance(const char *one, const char *other);

/* Whether a distance is near enough for a word to be suggested. */
bool word_is_near(const char *word, size_t distance);

#endif
