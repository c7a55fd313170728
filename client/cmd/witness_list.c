/* Who co-signs, and whose word is enough: witness list, ledger policy. */
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cmd/group.h"
#include "client/cmd/witness_policy.h"

static const struct column witness_columns[] = {
	{N_("Witness"), "login", "login", 0, NULL},
	{N_("Active"), "active", "active", 0, NULL},
	{N_("Co-signed"), "size", "size", COLUMN_RIGHT, NULL},
	{N_("At"), "time", "time", 0, NULL},
	{N_("Entry"), "entry", "witness.entry", COLUMN_RIGHT, NULL},
	{0},
};

static void tell_anchored(struct cli *cli, const Pb__LedgerStatusReply *reply)
{
	fprintf(cli->out, _("%u of %u active witnesses must co-sign.\n"), reply->needed,
		witness_policy_active(reply));
	if (reply->anchored_size > 0)
		fprintf(cli->out, _("Anchored: %llu of %llu entries.\n"),
			(unsigned long long)reply->anchored_size, (unsigned long long)reply->size);
	else
		fputs(_("No head is anchored yet.\n"), cli->out);
}

static enum status list_run(struct cli *cli, const struct arguments *arguments)
{
	const Pb__LedgerStatusReply *reply;
	struct list list;
	enum status status = witness_policy_ask(cli, false, &reply);

	if (status != STATUS_OK)
		return status;
	status = list_begin(&list, cli, arguments->command->columns, false);
	list.empty = arguments->command->empty;
	for (size_t i = 0; i < reply->n_witnesses && status == STATUS_OK; i++)
		status = list_item(&list, &reply->witnesses[i]->base);
	if (status == STATUS_OK)
		status = list_end(&list, true);
	list_release(&list);
	if (status != STATUS_OK)
		return cli_complain(cli, status, _("the list cannot be written"));
	if (cli->format == FORMAT_TABLE && !cli->quiet)
		tell_anchored(cli, reply);
	return STATUS_OK;
}

static enum status policy_run(struct cli *cli, const struct arguments *arguments)
{
	struct buf policy = BUF_EMPTY;
	enum status status = witness_policy_make(cli, &policy);

	(void)arguments;
	if (status == STATUS_OK)
		fwrite(buf_head(&policy), 1, policy.len, cli->out);
	buf_release(&policy);
	return status;
}

const struct command witness_list_commands[] = {
	{
		.words = "witness list",
		.alias = "见证 列表",
		.summary = N_("List who co-signs heads of the ledger, and how far"),
		.columns = witness_columns,
		.empty = N_("Nobody co-signs yet."),
		.examples = "dossier witness list\n",
		.run = list_run,
	},
	{
		.words = "ledger policy",
		.alias = "总账 见证策略",
		.summary =
			N_("Print whose signatures are enough, for who verifies without a server"),
		.notes = N_("A policy of C2SP tlog-policy: the ledger's key, the witnesses, each "
			    "proven by its entry, and how many of them must have co-signed. How "
			    "many, and whether witnesses are missing from it, is what the server "
			    "says: nothing proves that. Read it before you rely on it: are these "
			    "people and machines that do not depend on each other, and enough of "
			    "them? Keep it where head office cannot change it."),
		.examples = "dossier ledger policy > ledger.policy\n"
			    "dossier ledger verify --policy ledger.policy 1234.tlog-proof\n",
		.run = policy_run,
	},
	{0},
};
