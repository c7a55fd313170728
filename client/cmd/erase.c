/* What is erased for ever: erase customer, erase item, erasures. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const struct column erasure_columns[] = {
	{N_("Entry"), "sequence", "erasure.sequence", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Time"), "time", "erasure.at", 0, NULL},
	{N_("Number"), "number", "erasure.number", 0, NULL},
	{N_("By"), "by", "by", 0, NULL},
	{N_("Approval"), "approval", "approval", 0, NULL},
	{N_("Approved by"), "approved_by", "approved_by", 0, NULL},
	{N_("Items"), "items", "erasure.items", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Entries"), "entries", "erasure.entries", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Reason"), "reason", "erasure.reason", COLUMN_CUT, NULL},
	{0},
};

static enum status tell_erased(struct cli *cli, const void *message)
{
	const Pb__Erasure *row = ((const Pb__EraseReply *)message)->erasure;

	if (!cli->quiet)
		fprintf(cli->out, _("%s erased, with %u items, in %u entries\n"), row->number,
			row->items, row->entries);
	return STATUS_OK;
}

/* Nobody brings it back: it has to be said twice. */
static enum status run_erase(struct cli *cli, const struct arguments *arguments)
{
	if (!arguments_has(arguments, "yes") && !arguments_has(arguments, "dry-run"))
		return cli_complain(cli, STATUS_USAGE,
				    _("nobody can bring back what is erased; look at it first with "
				      "--dry-run, then say --yes"));
	return act_run(cli, arguments);
}

static const struct option_row erase_options[] = {
	{"reason", 'r', N_("TEXT"), "reason", N_("why; this stays, so name nobody in it"),
	 OPTION_REQUIRED},
	{"approval", 'a', N_("APPROVAL"), "approval", N_("the approval; it is good for once"), 0},
	{"yes", 0, NULL, NULL, N_("yes, for ever"), 0},
	{0},
};

static const struct option_row list_options[] = {
	{"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0},
	{0},
};

static const struct operand_row customer_operand[] = {{N_("CUSTOMER"), "customer", false, false},
						      {0}};
static const struct operand_row item_operand[] = {{N_("ITEM"), "item", false, false}, {0}};

const struct command erase_commands[] = {
	{
		.words = "erase customer",
		.alias = "销毁 客户",
		.rpc = RPC_erase,
		.summary = N_("Erase all that is recorded of a customer, for ever"),
		.operands = customer_operand,
		.options = erase_options,
		.notes = N_("Names, contacts, titles, notes and reasons go from the state, from "
			    "its "
			    "snapshots and from the ledger itself; numbers and dates stay, and so "
			    "does every proof. What is on loan, still open to somebody by a grant, "
			    "or waiting for a decision is not erased."),
		.examples = "dossier request erase HQ-C-2026-00012 --reason 保管期限届满\n"
			    "dossier erase customer HQ-C-2026-00012 --reason 保管期限届满 "
			    "--approval HQ-SP-2026-00004 --dry-run\n"
			    "dossier erase customer HQ-C-2026-00012 --reason 保管期限届满 "
			    "--approval HQ-SP-2026-00004 --yes\n",
		.run = run_erase,
		.tell = tell_erased,
		.alone = true,
	},
	{
		.words = "erase item",
		.alias = "销毁 档案",
		.rpc = RPC_erase,
		.summary = N_("Erase all that is recorded of an item and of what is in it, for "
			      "ever"),
		.operands = item_operand,
		.options = erase_options,
		.examples = "dossier erase item HQ-KH-2026-000123 --reason 鉴定销毁 --approval "
			    "HQ-SP-2026-00005 --yes\n",
		.run = run_erase,
		.tell = tell_erased,
		.alone = true,
	},
	{
		.words = "erasures",
		.alias = "销毁清册",
		.rpc = RPC_erasure_list,
		.options = list_options,
		.columns = erasure_columns,
		.empty = N_("Nothing was erased."),
		.examples = "dossier erasures\n"
			    "dossier erasures -o csv\n",
		.run = query_list,
	},
	{0},
};
