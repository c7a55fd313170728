/* Access for people from outside: grant request, list, show, revoke. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/grant_text.h"
#include "client/cmd/group.h"

/* ---- what is shown ---- */

static const struct column list_columns[] = {
	{N_("Grant number"), "number", "view.grant.number", 0, NULL},
	{N_("Login"), "principal", "view.principal", 0, NULL},
	{N_("Full name"), "name", "view.name", COLUMN_CUT, NULL},
	{N_("Role"), "role", "view.role", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Matter"), "matter", "view.grant.matter", COLUMN_CUT, NULL},
	{N_("Access until"), "until", NULL, 0, grant_shown_until},
	{N_("Looks"), "views", "view.views", COLUMN_RIGHT, NULL},
	{0},
};

static const struct column show_columns[] = {
	{N_("Grant number"), "number", "view.grant.number", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Login"), "principal", "view.principal", 0, NULL},
	{N_("Full name"), "name", "view.name", 0, NULL},
	{N_("Role"), "role", "view.role", 0, NULL},
	{N_("Unit"), "unit", "view.unit", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Matter"), "matter", "view.grant.matter", 0, NULL},
	{N_("Case number"), "case", "view.grant.case_number", 0, NULL},
	{N_("Acts for"), "represented", "view.grant.represented", 0, NULL},
	{N_("Purpose"), "purpose", "view.grant.purpose", 0, NULL},
	{N_("Came by"), "channel", "view.grant.channel", 0, NULL},
	{N_("Everything"), "everything", "view.grant.everything", 0, NULL},
	{N_("Customers"), "customers", "view.customers", 0, NULL},
	{N_("Items"), "items", "view.items", 0, NULL},
	{N_("Series"), "series", "view.grant.series", 0, NULL},
	{N_("Customers as named"), "named_customers", "view.grant.named_customers", 0, NULL},
	{N_("Items as named"), "named_items", "view.grant.named_items", 0, NULL},
	{N_("Documents from"), "dated_from", "view.grant.dated_from", 0, NULL},
	{N_("Documents until"), "dated_until", "view.grant.dated_until", 0, NULL},
	{N_("Kinds"), "kinds", "view.grant.kinds", 0, NULL},
	{N_("Allowed"), "actions", "view.grant.actions", 0, NULL},
	{N_("Access from"), "from", "view.grant.not_before", 0, NULL},
	{N_("Access until"), "until", NULL, 0, grant_shown_until},
	{N_("Looks at most"), "views_max", "view.grant.views_max", 0, NULL},
	{N_("Looks"), "views", "view.views", COLUMN_ZERO, NULL},
	{N_("Last look"), "last_at", "view.last_at", 0, NULL},
	{N_("Papers"), "papers", NULL, 0, grant_shown_papers},
	{N_("Papers missing"), "missing", NULL, 0, grant_shown_missing},
	{N_("Approval"), "approval", "view.approval", 0, NULL},
	{N_("Recorded by"), "asked_by", "view.asked_by", 0, NULL},
	{N_("Revoked at"), "revoked_at", "view.grant.revoked_at", 0, NULL},
	{N_("Why revoked"), "revoked_reason", "view.grant.revoked_reason", 0, NULL},
	{0},
};

/* ---- what was done ---- */

static enum status tell_requested(struct cli *cli, const void *message)
{
	const Pb__GrantRequestReply *reply = message;
	const char *until = grant_until(reply->grant, &cli->arena);

	if (cli->quiet) {
		fprintf(cli->out, "%s\n", reply->grant->number);
		return STATUS_OK;
	}
	fprintf(cli->out, _("%s requested: %s, until %s\n"), reply->grant->number,
		reply->grant->matter, until == NULL ? "?" : until);
	if (reply->opened != NULL && reply->opened->approval != NULL)
		fprintf(cli->out, _("Approval %s is asked for\n"), reply->opened->approval->number);
	else
		fputs(_("Next, show your papers at the office\n"), cli->out);
	return STATUS_OK;
}

static enum status tell_revoked(struct cli *cli, const void *message)
{
	const Pb__GrantRevokeReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("%s revoked: %s\n"), reply->grant->number,
			reply->grant->matter);
	return STATUS_OK;
}

/* ---- commands ---- */

static const struct operand_row matter_operand[] = {{N_("MATTER"), "matter", false, false}, {0}};
static const struct operand_row grant_operand[] = {{N_("GRANT"), "grant", false, false}, {0}};

static const struct option_row request_options[] = {
	{"customer", 0, N_("CUSTOMER"), "customers", N_("a customer; again for another one"), 0},
	{"item", 0, N_("ITEM"), "items", N_("an item and what is in it; again for another one"), 0},
	{"series", 0, N_("TEXT"), "series", N_("items whose numbers begin so"), 0},
	{"everything", 0, NULL, "everything", N_("all records; for auditors only"), 0},
	{"purpose", 'p', N_("TEXT"), "purpose", N_("what for"), OPTION_REQUIRED},
	{"case", 0, N_("TEXT"), "case_number", N_("number of the case"), 0},
	{"acts-for", 0, N_("TEXT"), "represented", N_("whom a lawyer acts for"), 0},
	{"for", 'f', N_("LOGIN"), "principal", N_("who is to have access; default: you"), 0},
	{"came-by", 0, N_("WORD"), "channel", N_("counter or letter, of what you record"), 0},
	{"dated-from", 0, N_("DATE"), "dated_from", N_("only documents of that day or later"), 0},
	{"dated-until", 0, N_("DATE"), "dated_until", N_("only documents of that day or before"),
	 0},
	{"kind", 0, N_("KIND"), "kinds", N_("only boxes, volumes or pieces"), 0},
	{"allow", 0, N_("WORD"), "actions",
	 N_("list, read, page or copy-out; again for another one; default: list and read"), 0},
	{"from", 0, N_("DATE"), "from", N_("first day of access; default: at once"), 0},
	{"until", 'u', N_("DATE"), "until", N_("last day of access; default: by the rule"), 0},
	{"looks", 0, N_("NUMBER"), "views_max", N_("so many looks at most"), 0},
	{0},
};

static const struct option_row list_options[] = {
	{"for", 'f', N_("LOGIN"), "principal", N_("of one person"), 0},
	{"office", 0, N_("CODE"), "office", N_("of one office"), 0},
	{"state", 0, N_("WORD"), "state",
	 N_("only those; requested, papers-missing, awaiting-approval, in-force ..."), 0},
	{"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0},
	{0},
};

static const struct option_row revoke_options[] = {
	{"reason", 0, N_("TEXT"), "reason", N_("why"), OPTION_REQUIRED},
	{0},
};

const struct command grant_commands[] = {
	{
		.words = "grant request",
		.alias = "授权 申请",
		.rpc = RPC_grant_request,
		.operands = matter_operand,
		.options = request_options,
		.notes = N_("What you ask for yourself is looked up when your papers are checked; "
			    "until it is approved you are not told what there is."),
		.examples =
			"dossier grant request 合同纠纷 --acts-for 锦江贸易 --customer "
			"HQ-C-2026-00012 --purpose 代理诉讼\n"
			"dossier grant request 税务稽查 --for liu.jun --came-by letter --customer "
			"HQ-C-2026-00012 --dated-from 2024-01-01 --purpose 稽查取证\n",
		.run = act_run,
		.tell = tell_requested,
	},
	{
		.words = "grant list",
		.alias = "授权 列表",
		.rpc = RPC_grant_list,
		.options = list_options,
		.columns = list_columns,
		.empty = N_("No grants."),
		.examples = "dossier grant list --state awaiting-approval\n"
			    "dossier grant list --for lin.hao\n",
		.run = query_list,
	},
	{
		.words = "grant show",
		.alias = "授权 查看",
		.rpc = RPC_grant_show,
		.operands = grant_operand,
		.columns = show_columns,
		.examples = "dossier grant show HQ-SQ-2026-00003\n",
		.run = query_show,
	},
	{
		.words = "grant revoke",
		.alias = "授权 撤销",
		.rpc = RPC_grant_revoke,
		.operands = grant_operand,
		.options = revoke_options,
		.notes = N_("It holds at once, also for lists that are running."),
		.examples = "dossier grant revoke HQ-SQ-2026-00003 --reason 委托已解除\n",
		.run = act_run,
		.tell = tell_revoked,
	},
	{0},
};
