/*
 * Acts: requests that change something. Each is journalled before it is sent, its outcome told, its
 * receipt kept. An act whose outcome is not known stays in the journal and is settled at the next
 * start.
 */
#ifndef CLIENT_CLI_ACT_H
#define CLIENT_CLI_ACT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cli/option.h"
#include "client/lib/client.h"
#include "common/status.h"

struct cli;
struct journal_act;
struct journal_owner;

/* Runs a command of lane WRITE. Complains, or refuses in words. */
MUST_CHECK enum status act_run(struct cli *cli, const struct arguments *arguments);

/* Whether the server says that it is in quarantine: then no act is sent to it. Its word may be a
 * lie, and an act that it does all the same would be proven by a ledger that nobody has joined to
 * the one that is known. */
bool act_is_held(const struct cli *cli);

/* Notes the act in the journal and puts it on its way; journal_sync() must come before the next
 * flush. Complains; STATUS_QUARANTINE when acts are held. */
MUST_CHECK enum status act_send(struct cli *cli, const struct journal_act *act,
				uint64_t *request_id);

/* Whether an answer leaves open what happened: then the act stays in the journal. */
bool act_is_open(enum status status);

/* Takes a final answer: journal and receipt. Warns when the receipt cannot be kept. */
void act_close(struct cli *cli, const uint8_t key[static FRAME_KEY_LEN],
	       const struct client_answer *answer);

/* Files an entry with its proof among the receipts. Complains with the sentence when it cannot:
 * what it is about stands all the same. */
void act_keep_receipt(struct cli *cli, uint16_t rpc, const Pb__Receipt *receipt,
		      const char *failure);

/* Number of the entry that a receipt is for; false when there is no receipt. */
bool act_sequence(const struct client_answer *answer, uint64_t *sequence);

/* Says on cli->out what an answered act did (never a refusal of the whole): its command's tell().
 * Returns what that returns; without a command or words for it STATUS_OK. */
enum status act_tell(struct cli *cli, const struct command *command,
		     const struct client_answer *answer);

/* The same in one line, lines joined by "; "; also of a refusal. To be freed; NULL: out of memory.
 * *status is the act's, or a refusal's in it. */
char *act_line(struct cli *cli, const struct command *command, const struct client_answer *answer,
	       enum status *status);

/* The command that does an RPC; NULL when none does. */
const struct command *act_command(const struct cli *cli, uint16_t rpc);

/* Settles what killed clients left unfinished, saying so on cli->err. Complains. */
MUST_CHECK enum status act_settle(struct cli *cli, const char *directory,
				  const struct journal_owner *owner);

#endif
