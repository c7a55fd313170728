/* Help and the manual, made from the tables of commands. */
#ifndef CLIENT_CLI_HELP_H
#define CLIENT_CLI_HELP_H

#include "client/cli/cli.h"

/* Name and version on cli->out. */
void help_version(struct cli *cli);

/* All commands by group, on cli->out. */
void help_overview(struct cli *cli);

/* One command: examples first, then usage, what it does and its options. */
void help_command(struct cli *cli, const struct command *command);

/* "dossier borrow ITEM... --for PERSON [OPTIONS]" without its end. */
void help_usage(FILE *to, const struct command *command);

/* dossier(1) as roff on cli->out; only: a command of which alone it is to speak, or NULL. */
void help_manual(struct cli *cli, const struct command *only);

/* A completion script for a shell, "bash", "zsh" or "fish", on cli->out. STATUS_USAGE for others.
 */
MUST_CHECK enum status help_completion(struct cli *cli, const char *shell);

#endif
