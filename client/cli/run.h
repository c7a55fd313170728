/* From the words on the command line to the command that runs. */
#ifndef CLIENT_CLI_RUN_H
#define CLIENT_CLI_RUN_H

#include "client/cli/cli.h"

/* Finds the command, understands its options, runs it or shows its help. argv without the program's
 * name. Complains. */
MUST_CHECK enum status cli_run(struct cli *cli, char *argv[], size_t count);

#endif
