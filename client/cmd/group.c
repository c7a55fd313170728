#include "client/cmd/group.h"

#include "client/cli/lang.h"

static const struct command_group groups[] = {
	{N_("The counter"), loan_commands},
	{N_("Items"), item_commands},
	{N_("Customers"), customer_commands},
	{N_("Approvals"), ask_commands},
	{NULL, approval_commands},
	{NULL, delegation_commands},
	{N_("What is not for everybody"), secrecy_commands},
	{N_("What is to be forgotten"), erase_commands},
	{NULL, confidential_commands},
	{N_("Access from outside"), grant_commands},
	{NULL, papers_commands},
	{NULL, views_commands},
	{N_("What happened"), log_commands},
	{N_("What is proven"), receipt_commands},
	{NULL, receipt_verify_commands},
	{NULL, ledger_commands},
	{NULL, ledger_export_commands},
	{NULL, ledger_verify_commands},
	{NULL, rekey_commands},
	{NULL, receipt_anchor_commands},
	{NULL, witness_commands},
	{NULL, witness_list_commands},
	{N_("Many at once"), import_commands},
	{NULL, export_commands},
	{NULL, batch_commands},
	{N_("Offices and people"), office_commands},
	{NULL, department_commands},
	{NULL, principal_commands},
	{NULL, account_commands},
	{NULL, role_commands},
	{N_("This connection"), enroll_commands},
	{NULL, session_commands},
	{NULL, config_commands},
	{N_("Help"), help_commands},
	{0},
};

const struct command_group *group_all(void)
{
	return groups;
}
