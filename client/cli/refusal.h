/* Refusals as sentences: what, why, who, since when, and what to do next. */
#ifndef CLIENT_CLI_REFUSAL_H
#define CLIENT_CLI_REFUSAL_H

#include <stdio.h>

#include "client/cli/option.h"
#include "proto/wire.pb-c.h"

struct cli;

/* Writes what was refused and why, in one line without its end. command (may be NULL) is what the
 * refused field is named after: --for rather than borrower. */
void refusal_write(FILE *to, const Pb__Refusal *refusal, const struct command *command);

/* Writes the next step; false when there is none to advise. */
bool refusal_write_next(FILE *to, const Pb__Refusal *refusal, const struct command *command);

/* Both, on cli->err, and where the ledger has it. Returns the refusal's status. */
enum status refusal_print(struct cli *cli, const Pb__Refusal *refusal,
			  const struct command *command);

/* The same for the only answer to a command: with -o json the facts on cli->out besides. */
enum status refusal_answer(struct cli *cli, const Pb__Refusal *refusal,
			   const struct command *command);

#endif
