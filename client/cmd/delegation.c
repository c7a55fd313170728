/* Deciding for another: delegate, delegation list and end. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "common/date.h"
#include "proto/request.pb-c.h"

static const struct column delegation_columns[] = {
	{N_("Number"), "number", "view.delegation.id", 0, NULL},
	{N_("For whom"), "from", "view.from", 0, NULL},
	{N_("Decides"), "to", "view.to", 0, NULL},
	{N_("From"), "from_date", "view.delegation.from_date", 0, NULL},
	{N_("Until"), "until_date", "view.delegation.until_date", 0, NULL},
	{N_("Today"), "active", "view.active", 0, NULL},
	{N_("Ended"), "ended", "view.delegation.ended", 0, NULL},
	{N_("Reason"), "reason", "view.delegation.reason", COLUMN_CUT, NULL},
	{0},
};

static enum status tell_delegated(struct cli *cli, const void *message)
{
	const Pb__DelegationView *view = ((const Pb__DelegationAddReply *)message)->view;
	char from[DATE_TEXT_LEN];
	char until[DATE_TEXT_LEN];

	date_format(view->delegation->from_date, from);
	date_format(view->delegation->until_date, until);
	if (cli->quiet)
		fprintf(cli->out, "%llu\n", (unsigned long long)view->delegation->id);
	else
		fprintf(cli->out, _("%s decides for you from %s until %s: delegation %llu\n"),
			view->to, from, until, (unsigned long long)view->delegation->id);
	return STATUS_OK;
}

static enum status tell_ended(struct cli *cli, const void *message)
{
	const Pb__DelegationView *view = ((const Pb__DelegationEndReply *)message)->view;

	if (!cli->quiet)
		fprintf(cli->out, _("delegation %llu ended: %s decides for you no more\n"),
			(unsigned long long)view->delegation->id, view->to);
	return STATUS_OK;
}

static const struct operand_row delegate_operand[] = {{N_("LOGIN"), "to", false, false}, {0}};
static const struct operand_row delegation_operand[] = {
	{N_("DELEGATION"), "delegation", false, false}, {0}};

static const struct option_row delegate_options[] = {
	{"from", 0, N_("DATE"), "from_date", N_("first day; default: today"), 0},
	{"until", 'u', N_("DATE"), "until_date", N_("last day"), OPTION_REQUIRED},
	{"reason", 0, N_("TEXT"), "reason", N_("why you are away"), OPTION_REQUIRED},
	{0},
};

static const struct option_row delegation_options[] = {
	{"all", 0, NULL, "all", N_("also those that are over"), 0},
	{0},
};

const struct command delegation_commands[] = {
	{
		.words = "delegate",
		.alias = "委托",
		.rpc = RPC_delegation_add,
		.operands = delegate_operand,
		.options = delegate_options,
		.notes = N_(
			"Both days are included. What was delegated to you cannot be passed on."),
		.examples = "dossier delegate li.na --from 2026-03-02 --until 2026-03-13 --reason "
			    "出差\n",
		.run = act_run,
		.tell = tell_delegated,
	},
	{
		.words = "delegation list",
		.alias = "委托 列表",
		.rpc = RPC_delegation_list,
		.options = delegation_options,
		.columns = delegation_columns,
		.empty = N_("Nobody decides for another."),
		.examples = "dossier delegation list\n",
		.run = query_list,
	},
	{
		.words = "delegation end",
		.alias = "委托 结束",
		.rpc = RPC_delegation_end,
		.operands = delegation_operand,
		.examples = "dossier delegation end 3\n",
		.run = act_run,
		.tell = tell_ended,
	},
	{0},
};
