/*
 * Asking the person at the terminal; never when there is none. Passphrases are not shown, and not
 * taken from anything that other people could look into: no argument, no plain file.
 */
#ifndef CLIENT_CLI_PROMPT_H
#define CLIENT_CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/status.h"

struct cli;

/* Asks for one line; without the blanks around it. STATUS_USAGE when there is no terminal or no
 * answer: then nothing was said. */
MUST_CHECK enum status prompt_line(const char *question, char *to, size_t size);

/* The passphrase of the profile's key in *passphrase, which is cli->passphrase: from the file that
 * DOSSIER_PASSPHRASE_FILE names, else asked for, a new one twice. Once a run. Complains:
 * STATUS_USAGE, STATUS_INPUT. */
MUST_CHECK enum status prompt_passphrase(struct cli *cli, bool is_new, const char **passphrase);

#endif
