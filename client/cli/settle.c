/* What act.h says of settling. */
#include "client/cli/act.h"

#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "common/rpc.h"

#define TOLD_MAX 5 /* of what was settled; more is only counted */

struct settled {
	struct cli *cli;
	FILE *lines; /* of the first ones */
	size_t count;
	enum status not_now; /* why the rest has to wait, or STATUS_OK */
};

static void note_settled(struct settled *settled, const struct journal_act *act,
			 const struct client_answer *answer)
{
	struct cli *cli = settled->cli;
	const struct rpc *rpc = rpc_find(act->rpc);
	const struct command *command = act_command(cli, act->rpc);
	FILE *to = settled->lines;
	uint64_t sequence;
	enum status status;
	char *line;

	if (settled->count++ >= TOLD_MAX)
		return;
	line = act_line(cli, command, answer, &status);
	fprintf(to, "  %s: %s", command != NULL ? command->words : rpc->name,
		line != NULL && line[0] != '\0' ? line : _(status_text(answer->status)));
	if (act_sequence(answer, &sequence))
		fprintf(to, _(" (entry %llu)"), (unsigned long long)sequence);
	fputc('\n', to);
	free(line);
}

static void tell_settled(const struct settled *settled, const char *lines)
{
	FILE *err = settled->cli->err;

	if (settled->count == 0)
		return;
	if (settled->count == 1)
		fputs(_("An act from before the interruption is settled:\n"), err);
	else
		fprintf(err, _("%zu acts from before the interruption are settled:\n"),
			settled->count);
	fputs(lines, err);
	if (settled->count > TOLD_MAX)
		fprintf(err, _("  ... and %zu more\n"), settled->count - TOLD_MAX);
}

/* Whether the answer to a repeated act says what became of it. "Busy" and its like say only that
 * this try came to nothing: an earlier one may have been done. */
static bool is_decision(enum status status)
{
	enum exit_code code = status_exit(status);

	return code != EXIT_UNREACHABLE && code != EXIT_UNKNOWN && code != EXIT_PROOF;
}

/* The server can do nothing for some time, and did not look whether it was done before. */
static bool is_not_now(enum status status)
{
	return status == STATUS_QUARANTINE || status == STATUS_STORAGE_FULL;
}

static enum status repeat(void *context, const struct journal_act *act)
{
	struct settled *settled = context;
	struct cli *cli = settled->cli;
	struct client_answer answer;
	uint64_t request_id;
	enum status status;

	if (act_is_held(cli))
		return settled->not_now = STATUS_QUARANTINE;
	status = client_send_packed(cli->client, (enum rpc_number)act->rpc, act->request, act->len,
				    act->key, 0, &request_id);
	if (status == STATUS_OK)
		status = client_receive(cli->client, &answer);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (answer.status == STATUS_PROOF)
		return proof_refute(cli, &answer);
	if (is_not_now(answer.status))
		return settled->not_now = answer.status;
	if (!is_decision(answer.status))
		return cli_complain(cli, answer.status, "%s", _(status_text(answer.status)));
	act_close(cli, act->key, &answer);
	note_settled(settled, act, &answer);
	return STATUS_OK;
}

enum status act_settle(struct cli *cli, const char *directory, const struct journal_owner *owner)
{
	char *lines = NULL;
	size_t len;
	struct settled settled = {cli, open_memstream(&lines, &len), 0, STATUS_OK};
	size_t foreign;
	enum status status;

	if (settled.lines == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	status = journal_settle(directory, owner, repeat, &settled, &foreign);
	tell_settled(&settled, fclose(settled.lines) == 0 ? lines : "");
	free(lines);
	if (foreign > 0 && !cli->quiet)
		fprintf(cli->err,
			_("%zu unfinished journals of another person or server are in %s\n"),
			foreign, directory);
	/* What was done before is not undone by it, and looking still works. */
	if (settled.not_now != STATUS_OK) {
		fprintf(settled.cli->err,
			_("What became of acts from before an interruption stays unknown for now: "
			  "%s. They stay in the journal and are asked for again.\n"),
			_(status_text(status)));
		return STATUS_OK;
	}
	if (status == STATUS_STORAGE || status == STATUS_STORAGE_FULL)
		return cli_complain(cli, STATUS_SYSTEM, _("the journals in %s cannot be read"),
				    directory);
	return status;
}
