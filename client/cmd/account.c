/* What becomes of an account: principal show, suspend, resume, close, handover; role set. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cli/word.h"
#include "client/cmd/group.h"
#include "client/cli/field.h"
#include "common/date.h"
#include "common/text.h"
#include "proto/request.pb-c.h"

/* ---- principal show ---- */

/* "valid until 2026-05-17; ended 2026-02-16" */
static const char *shown_certificates(const ProtobufCMessage *message, enum style style,
				      struct arena *arena)
{
	const Pb__PrincipalShowReply *reply = (const Pb__PrincipalShowReply *)message;
	const char *text = "";

	for (size_t i = 0; text != NULL && i < reply->n_certificates; i++) {
		const Pb__CertificateView *one = reply->certificates[i];
		const struct word *word =
			word_find(&pb__certificate_state__descriptor, (int)one->state);
		const char *state = word == NULL ? "?" : word->text;
		char date[DATE_TEXT_LEN];

		date_format(date_of_time(one->revoked_at != 0 ? one->revoked_at : one->ends,
					 FIELD_ZONE_MINUTES),
			    date);
		text = arena_printf(arena, "%s%s%s %s", text, i > 0 ? "; " : "",
				    style == STYLE_PEOPLE ? _(state) : state, date);
	}
	return text;
}

/* "3: HQ-C-2026-00001, ..." */
static const char *holding_text(const Pb__Holding *holding, struct arena *arena)
{
	const char *text = "";

	if (holding == NULL || holding->count == 0)
		return "";
	for (size_t i = 0; text != NULL && i < holding->n_first; i++)
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", holding->first[i]);
	if (text == NULL)
		return NULL;
	return arena_printf(arena, "%u: %s%s", holding->count, text,
			    holding->count > holding->n_first ? " …" : "");
}

#define SHOWN_HOLDING(name)                                                                        \
	static const char *shown_##name(const ProtobufCMessage *message, enum style style,         \
					struct arena *arena)                                       \
	{                                                                                          \
		(void)style;                                                                       \
		return holding_text(((const Pb__PrincipalShowReply *)message)->name, arena);       \
	}
SHOWN_HOLDING(loans)
SHOWN_HOLDING(customers)
SHOWN_HOLDING(asked)
SHOWN_HOLDING(delegations)
SHOWN_HOLDING(grants)
SHOWN_HOLDING(decides)

static const struct column show_columns[] = {
	{N_("Login"), "login", "principal.login", 0, NULL},
	{N_("Full name"), "name", "principal.name", 0, NULL},
	{N_("Role"), "role", "principal.role", 0, NULL},
	{N_("Office"), "office", "office", 0, NULL},
	{N_("Department"), "department", "department", 0, NULL},
	{N_("Unit"), "unit", "principal.unit", 0, NULL},
	{N_("Customer"), "customer", "customer", 0, NULL},
	{N_("State"), "state", "principal.state", 0, NULL},
	{N_("State since"), "state_since", "principal.state_since", 0, NULL},
	{N_("Reason"), "reason", "principal.state_reason", 0, NULL},
	{N_("Certificates"), "certificates", NULL, 0, shown_certificates},
	{N_("Code good until"), "code_expires_at", "code_expires_at", 0, NULL},
	{N_("Items on loan"), "loans", NULL, 0, shown_loans},
	{N_("Looks after"), "customers", NULL, 0, shown_customers},
	{N_("Asked for"), "asked", NULL, 0, shown_asked},
	{N_("Delegations"), "delegations", NULL, 0, shown_delegations},
	{N_("Grants"), "grants", NULL, 0, shown_grants},
	{N_("Is to decide"), "decides", NULL, 0, shown_decides},
	{0},
};

/* ---- state ---- */

static enum status ask_for(ProtobufCMessage *request, Pb__PrincipalState state)
{
	((Pb__PrincipalStateRequest *)(void *)request)->state = state;
	return STATUS_OK;
}

#define PREPARE_STATE(name, STATE)                                                                 \
	static enum status prepare_##name(struct cli *cli, const struct arguments *arguments,      \
					  ProtobufCMessage *request)                               \
	{                                                                                          \
		(void)cli;                                                                         \
		(void)arguments;                                                                   \
		return ask_for(request, PB__PRINCIPAL_STATE__##STATE);                             \
	}
PREPARE_STATE(suspend, SUSPENDED)
PREPARE_STATE(resume, ACTIVE)
PREPARE_STATE(close, CLOSED)

static enum status tell_state(struct cli *cli, const void *message)
{
	const Pb__PrincipalStateReply *reply = message;
	const struct word *word =
		word_find(&pb__principal_state__descriptor, (int)reply->principal->state);

	if (!cli->quiet)
		fprintf(cli->out, _("the account of %s (%s) is %s\n"), reply->principal->name,
			reply->principal->login, word == NULL ? "?" : _(word->text));
	return STATUS_OK;
}

/* ---- handover ---- */

static enum status tell_handover(struct cli *cli, const void *message)
{
	const Pb__HandoverReply *reply = message;

	if (cli->quiet)
		return STATUS_OK;
	for (size_t i = 0; i < reply->n_customers; i++)
		fprintf(cli->out, "%s\n", reply->customers[i]->number);
	fprintf(cli->out,
		_("handed over: %zu customers, %zu items on loan, %zu approvals; %zu delegations "
		  "ended\n"),
		reply->n_customers, reply->n_loans, reply->n_approvals, reply->n_delegations);
	if (reply->left == 0)
		fputs(_("nothing is left to hand over\n"), cli->out);
	return STATUS_OK;
}

static bool something_is_left(const void *message)
{
	return ((const Pb__HandoverReply *)message)->left > 0;
}

/* ---- role ---- */

static enum status tell_role(struct cli *cli, const void *message)
{
	const Pb__PrincipalRoleReply *reply = message;
	const struct word *word = word_find(&pb__role__descriptor, (int)reply->principal->role);

	if (!cli->quiet)
		fprintf(cli->out, _("%s (%s) is %s\n"), reply->principal->name,
			reply->principal->login, word == NULL ? "?" : _(word->text));
	return STATUS_OK;
}

/* ---- the commands ---- */

static const struct operand_row login_operand[] = {{N_("LOGIN"), "login", false, false}, {0}};
static const struct operand_row from_operand[] = {{N_("LOGIN"), "from", false, false}, {0}};

static const struct option_row reason_options[] = {
	{"reason", 0, N_("TEXT"), "reason", N_("why; it is kept"), OPTION_REQUIRED},
	{0},
};

static const struct option_row handover_options[] = {
	{"to", 0, N_("LOGIN"), "to", N_("the successor"), OPTION_REQUIRED},
	{"reason", 0, N_("TEXT"), "reason", N_("why; it is kept"), OPTION_REQUIRED},
	{0},
};

static const struct option_row role_options[] = {
	{"role", 'r', N_("ROLE"), "role", N_("the role from now on; see: dossier role list"), 0},
	{"office", 0, N_("CODE"), "office", N_("the office from now on"), 0},
	{"department", 0, N_("CODE"), "department", N_("the department from now on; -: none"), 0},
	{"reason", 0, N_("TEXT"), "reason", N_("why; it is kept"), OPTION_REQUIRED},
	{0},
};

const struct command account_commands[] = {
	{
		.words = "principal show",
		.alias = "人员 查看",
		.rpc = RPC_principal_show,
		.operands = login_operand,
		.columns = show_columns,
		.examples = "dossier principal show wang.fang\n",
		.run = query_show,
	},
	{
		.words = "principal suspend",
		.alias = "人员 停用",
		.rpc = RPC_principal_state,
		.summary = N_("Suspend an account: its open connections end within seconds"),
		.operands = login_operand,
		.options = reason_options,
		.examples = "dossier principal suspend wang.fang --reason 长期病假\n",
		.run = act_run,
		.prepare = prepare_suspend,
		.alone = true,
		.tell = tell_state,
	},
	{
		.words = "principal resume",
		.alias = "人员 恢复",
		.rpc = RPC_principal_state,
		.summary = N_("Let a suspended account work again"),
		.operands = login_operand,
		.options = reason_options,
		.examples = "dossier principal resume wang.fang --reason 返岗\n",
		.run = act_run,
		.prepare = prepare_resume,
		.alone = true,
		.tell = tell_state,
	},
	{
		.words = "principal close",
		.alias = "人员 注销",
		.rpc = RPC_principal_state,
		.summary = N_("Close an account for good"),
		.operands = login_operand,
		.options = reason_options,
		.notes =
			N_("Certificates are revoked, codes and grants no longer good, delegations "
			   "end. Customers, items on loan and approvals that wait have to be "
			   "handed over before. Nothing is deleted."),
		.examples = "dossier principal close wang.fang --reason 离职\n",
		.run = act_run,
		.prepare = prepare_close,
		.alone = true,
		.tell = tell_state,
	},
	{
		.words = "principal handover",
		.alias = "人员 移交",
		.rpc = RPC_handover,
		.operands = from_operand,
		.options = handover_options,
		.notes = N_(
			"Customers, items on loan and approvals that wait pass to the successor; "
			"delegations end. What is more than one act can hold is handed over "
			"by as many as it takes."),
		.examples = "dossier principal handover wang.fang --to li.na --reason 离职移交\n",
		.run = act_run,
		.more = something_is_left,
		.alone = true,
		.tell = tell_handover,
	},
	{
		.words = "role set",
		.alias = "角色 设置",
		.rpc = RPC_principal_role,
		.operands = login_operand,
		.options = role_options,
		.notes =
			N_("What is not given stays as it is; the department ends with the office. "
			   "Open connections of the person end within seconds."),
		.examples =
			"dossier role set wang.fang --role archivist --office HQ --reason 调岗\n",
		.run = act_run,
		.tell = tell_role,
	},
	{0},
};
