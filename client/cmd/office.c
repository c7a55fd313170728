/* Offices: office add, list. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const struct column list_columns[] = {
	{N_("Code"), "code", "office.code", 0, NULL},
	{N_("Name"), "name", "office.name", COLUMN_CUT, NULL},
	{N_("Head office"), "head", "office.head", 0, NULL},
	{0},
};

static enum status tell_added(struct cli *cli, const void *message)
{
	const Pb__OfficeAddReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("office %s opened: %s\n"), reply->office->code,
			reply->office->name);
	return STATUS_OK;
}

static const struct operand_row add_operands[] = {
	{N_("CODE"), "code", false, false},
	{0},
};

static const struct option_row add_options[] = {
	{"name", 0, N_("NAME"), "name", N_("what people call it"), OPTION_REQUIRED},
	{0},
};

const struct command office_commands[] = {
	{
		.words = "office add",
		.alias = "机构 添加",
		.rpc = RPC_office_add,
		.operands = add_operands,
		.options = add_options,
		.notes = N_("The code is the first part of every number the office issues."),
		.examples = "dossier office add CD --name 成都分公司\n",
		.run = act_run,
		.tell = tell_added,
	},
	{
		.words = "office list",
		.alias = "机构 列表",
		.rpc = RPC_office_list,
		.columns = list_columns,
		.examples = "dossier office list\n",
		.run = query_list,
	},
	{0},
};
