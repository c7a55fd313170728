/* help, manual, completion, version. */
#include "client/cli/help.h"

#include <string.h>

#include "client/cli/command.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

#define VALUES_MAX 200 /* more are no help to who completes */

static enum status help_run(struct cli *cli, const struct arguments *arguments)
{
	bool man = arguments_has(arguments, "man");
	const struct command *command;
	size_t used;

	if (arguments->operand_count == 0 && !man) {
		help_overview(cli);
		return STATUS_OK;
	}
	if (arguments->operand_count == 0) {
		help_manual(cli, NULL);
		return STATUS_OK;
	}
	command = command_find(cli->groups, (char *const *)arguments->operands,
			       arguments->operand_count, &used);
	if (command == NULL)
		return command_unknown(cli, (char *const *)arguments->operands,
				       arguments->operand_count);
	if (man)
		help_manual(cli, command);
	else
		help_command(cli, command);
	return STATUS_OK;
}

static enum status manual_run(struct cli *cli, const struct arguments *arguments)
{
	(void)arguments;
	help_manual(cli, NULL);
	return STATUS_OK;
}

static enum status version_run(struct cli *cli, const struct arguments *arguments)
{
	(void)arguments;
	help_version(cli);
	return STATUS_OK;
}

/* ---- completion ---- */

static const struct column loan_values[] = {{"", "number", "view.item", 0, NULL}, {0}};
static const struct column item_values[] = {{"", "number", "view.item.number", 0, NULL}, {0}};
static const struct column customer_values[] = {{"", "number", "view.customer.number", 0, NULL},
						{0}};
static const struct column office_values[] = {{"", "code", "office.code", 0, NULL}, {0}};
static const struct column grant_values[] = {{"", "number", "view.grant.number", 0, NULL}, {0}};
static const struct column approval_values[] = {{"", "number", "view.approval.number", 0, NULL},
						{0}};

/* Numbers to complete with, one a line. A name's beginning finds customers. */
static enum status list_values(struct cli *cli, const char *kind, const char *text)
{
	Pb__LoanListRequest loans = PB__LOAN_LIST_REQUEST__INIT;
	Pb__ItemListRequest items = PB__ITEM_LIST_REQUEST__INIT;
	Pb__CustomerListRequest customers = PB__CUSTOMER_LIST_REQUEST__INIT;
	Pb__OfficeListRequest offices = PB__OFFICE_LIST_REQUEST__INIT;
	Pb__GrantListRequest grants = PB__GRANT_LIST_REQUEST__INIT;
	Pb__ApprovalListRequest approvals = PB__APPROVAL_LIST_REQUEST__INIT;
	bool is_number = strchr(text, '-') != NULL;

	cli->format = FORMAT_TABLE;
	cli->quiet = true;
	loans.limit = items.limit = customers.limit = grants.limit = approvals.limit = VALUES_MAX;
	approvals.mine = strcmp(kind, "asked") == 0;
	customers.name = is_number ? "" : text;
	if (strcmp(kind, "loans") == 0)
		return query_stream(cli, NULL, RPC_loan_list, &loans.base, loan_values, false);
	if (strcmp(kind, "items") == 0)
		return query_stream(cli, NULL, RPC_item_list, &items.base, item_values, false);
	if (strcmp(kind, "customers") == 0)
		return query_stream(cli, NULL, RPC_customer_list, &customers.base, customer_values,
				    false);
	if (strcmp(kind, "offices") == 0)
		return query_stream(cli, NULL, RPC_office_list, &offices.base, office_values,
				    false);
	if (strcmp(kind, "grants") == 0)
		return query_stream(cli, NULL, RPC_grant_list, &grants.base, grant_values, false);
	if (strcmp(kind, "approvals") == 0 || approvals.mine)
		return query_stream(cli, NULL, RPC_approval_list, &approvals.base, approval_values,
				    false);
	return STATUS_OK;
}

static enum status completion_run(struct cli *cli, const struct arguments *arguments)
{
	size_t count = arguments->operand_count;

	if (strcmp(arguments->operands[0], "values") != 0)
		return help_completion(cli, arguments->operands[0]);
	if (count < 2)
		return STATUS_OK;
	return list_values(cli, arguments->operands[1], count > 2 ? arguments->operands[2] : "");
}

static const struct operand_row word_operand[] = {{N_("COMMAND"), NULL, true, true}, {0}};
static const struct operand_row shell_operand[] = {{N_("SHELL"), NULL, true, false}, {0}};
static const struct option_row help_options[] = {
	{"man", 0, NULL, NULL, N_("as roff, for man(1)"), 0},
	{0},
};

const struct command help_commands[] = {
	{
		.words = "help",
		.alias = "帮助",
		.summary = N_("Show help on a command"),
		.operands = word_operand,
		.options = help_options,
		.examples = "dossier help borrow\n",
		.run = help_run,
	},
	{
		.words = "manual",
		.alias = "手册",
		.summary = N_("Write the manual page as roff"),
		.examples = "dossier manual | man -l -\n",
		.run = manual_run,
	},
	{
		.words = "completion",
		.summary = N_("Write a completion script for bash, zsh or fish"),
		.operands = shell_operand,
		.examples = "dossier completion bash > "
			    "~/.local/share/bash-completion/completions/dossier\n",
		.run = completion_run,
	},
	{
		.words = "version",
		.alias = "版本",
		.summary = N_("Show the version"),
		.examples = "dossier version\n",
		.run = version_run,
	},
	{0},
};
