/* Who am I, and how is the server: whoami, status. */
#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "common/date.h"
#include "proto/request.pb-c.h"

static const struct column whoami_columns[] = {
	{N_("Login"), "login", "principal.login", 0, NULL},
	{N_("Full name"), "name", "principal.name", 0, NULL},
	{N_("Role"), "role", "principal.role", 0, NULL},
	{N_("Office"), "office", "office.code", 0, NULL},
	{N_("Office name"), "office_name", "office.name", 0, NULL},
	{N_("State"), "state", "principal.state", 0, NULL},
	{N_("May"), "permissions", "permissions", 0, NULL},
	{0},
};

static const char *up_since(const ProtobufCMessage *message, enum style style, struct arena *arena)
{
	const Pb__StatusReply *status = (const Pb__StatusReply *)message;
	long long seconds = (status->now - status->started_at) / 1000000;

	if (style == STYLE_MACHINE)
		return arena_printf(arena, "%lld", seconds);
	return arena_printf(arena, _("%lld days %lld hours %lld minutes"), seconds / 86400,
			    seconds / 3600 % 24, seconds / 60 % 60);
}

static const struct column status_columns[] = {
	{N_("Server"), "server", "server", 0, NULL},
	{N_("Ledger"), "origin", "origin", 0, NULL},
	{N_("Entries"), "ledger_size", "ledger_size", COLUMN_ZERO, NULL},
	{N_("Root"), "ledger_root", "ledger_root", 0, NULL},
	{N_("Quarantine"), "quarantine", "quarantine", 0, NULL},
	{N_("Up for"), "up_seconds", NULL, 0, up_since},
	{N_("Time there"), "now", "now", 0, NULL},
	{N_("Connections"), "connections", "connections", COLUMN_ZERO, NULL},
	{N_("Items on loan"), "open_loans", "open_loans", COLUMN_ZERO, NULL},
	{N_("Overdue"), "overdue_loans", "overdue_loans", COLUMN_ZERO, NULL},
	{N_("Waits for you"), "approvals_waiting", "approvals_waiting", 0, NULL},
	{N_("Too long"), "approvals_overdue", "approvals_overdue", 0, NULL},
	{0},
};

static enum status status_run(struct cli *cli, const struct arguments *arguments)
{
	enum status status = query_show(cli, arguments);

	if (status == STATUS_OK)
		proof_warn_of_time(cli);
	return status;
}

const struct command session_commands[] = {
	{
		.words = "whoami",
		.alias = "我",
		.rpc = RPC_whoami,
		.columns = whoami_columns,
		.examples = "dossier whoami\n",
		.run = query_show,
	},
	{
		.words = "status",
		.alias = "状态",
		.rpc = RPC_status,
		.columns = status_columns,
		.examples = "dossier status\n"
			    "dossier status -o json\n",
		.run = status_run,
	},
	{0},
};
