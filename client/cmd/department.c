/* Departments: department add, list. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const struct column list_columns[] = {
	{N_("Code"), "code", "department.code", 0, NULL},
	{N_("Name"), "name", "department.name", COLUMN_CUT, NULL},
	{N_("Office"), "office", "office", 0, NULL},
	{0},
};

static enum status tell_added(struct cli *cli, const void *message)
{
	const Pb__DepartmentAddReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("department %s set up: %s\n"), reply->department->code,
			reply->department->name);
	return STATUS_OK;
}

static const struct operand_row add_operands[] = {
	{N_("CODE"), "code", false, false},
	{0},
};

static const struct option_row add_options[] = {
	{"name", 0, N_("NAME"), "name", N_("what people call it"), OPTION_REQUIRED},
	{"office", 0, N_("CODE"), "office", N_("the office it is part of"), OPTION_REQUIRED},
	{0},
};

static const struct option_row list_options[] = {
	{"office", 0, N_("CODE"), "office", N_("of one office"), 0},
	{0},
};

const struct command department_commands[] = {
	{
		.words = "department add",
		.alias = "部门 添加",
		.rpc = RPC_department_add,
		.operands = add_operands,
		.options = add_options,
		.notes = N_("A keeper sees and hands in what is of his department, nothing else."),
		.examples = "dossier department add XS1 --name 销售一部 --office CD\n",
		.run = act_run,
		.tell = tell_added,
	},
	{
		.words = "department list",
		.alias = "部门 列表",
		.rpc = RPC_department_list,
		.options = list_options,
		.columns = list_columns,
		.examples = "dossier department list --office CD\n",
		.run = query_list,
	},
	{0},
};
