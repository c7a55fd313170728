/* People who use the system: principal add, code, list. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/newcode.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const struct column list_columns[] = {
	{N_("Login"), "login", "principal.login", 0, NULL},
	{N_("Full name"), "name", "principal.name", COLUMN_CUT, NULL},
	{N_("Office"), "office", "office", 0, NULL},
	{N_("Department"), "department", "department", 0, NULL},
	{N_("Role"), "role", "principal.role", 0, NULL},
	{N_("State"), "state", "principal.state", 0, NULL},
	{N_("Unit"), "unit", "principal.unit", COLUMN_CUT, NULL},
	{0},
};

static enum status tell_added(struct cli *cli, const void *message)
{
	const Pb__PrincipalAddReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("%s registered: %s\n"), reply->principal->login,
			reply->principal->name);
	newcode_tell(cli, reply->principal->login, reply->enrolment);
	return STATUS_OK;
}

static enum status prepare_add(struct cli *cli, const struct arguments *arguments,
			       ProtobufCMessage *request)
{
	if (arguments_has(arguments, "no-code"))
		return STATUS_OK;
	return newcode_make(cli, arguments_has(arguments, "dry-run"),
			    &((Pb__PrincipalAddRequest *)(void *)request)->code_hash);
}

static enum status tell_code(struct cli *cli, const void *message)
{
	const Pb__PrincipalCodeReply *reply = message;

	if (!cli->quiet && reply->n_revoked > 0)
		fprintf(cli->out, _("Certificates of %s that are revoked: %zu\n"),
			reply->principal->login, reply->n_revoked);
	if (!cli->quiet && reply->n_withdrawn > 0)
		fputs(_("The earlier code is no longer good\n"), cli->out);
	newcode_tell(cli, reply->principal->login, reply->enrolment);
	return STATUS_OK;
}

static enum status prepare_code(struct cli *cli, const struct arguments *arguments,
				ProtobufCMessage *request)
{
	return newcode_make(cli, arguments_has(arguments, "dry-run"),
			    &((Pb__PrincipalCodeRequest *)(void *)request)->code_hash);
}

static const struct operand_row add_operands[] = {
	{N_("LOGIN"), "login", false, false},
	{0},
};

static const struct option_row add_options[] = {
	{"name", 0, N_("NAME"), "name", N_("the person's name"), OPTION_REQUIRED},
	{"role", 'r', N_("ROLE"), "role",
	 N_("clerk, archivist, keeper, salesperson, approver, general-manager, auditor, officer, "
	    "operator, "
	    "lawyer, authority, organisation, party or witness"),
	 OPTION_REQUIRED},
	{"office", 0, N_("CODE"), "office", N_("where the person works"), OPTION_REQUIRED},
	{"department", 0, N_("CODE"), "department", N_("of that office"), 0},
	{"unit", 0, N_("NAME"), "unit", N_("law firm, court or company of somebody from outside"),
	 0},
	{"customer", 0, N_("CUSTOMER"), "customer", N_("the customer that the organisation is"), 0},
	{"no-code", 0, NULL, NULL, N_("make no one-time code now"), 0},
	{0},
};

static const struct option_row code_options[] = {
	{"lost", 0, NULL, "lost",
	 N_("the person's machine is lost: its certificates are revoked as well"), 0},
	{0},
};

static const struct option_row list_options[] = {
	{"office", 0, N_("CODE"), "office", N_("of one office"), 0},
	{0},
};

const struct command principal_commands[] = {
	{
		.words = "principal add",
		.alias = "人员 添加",
		.rpc = RPC_principal_add,
		.operands = add_operands,
		.options = add_options,
		.notes = N_("Shows a one-time code, with which the person enrolls: dossier enroll. "
			    "Read it out over the telephone or hand it over on paper; it is shown "
			    "only once, and nobody can look it up again."),
		.examples = "dossier principal add wang.fang --name 王芳 --role clerk --office CD\n"
			    "dossier principal add liu.gang --name 刘刚 --role lawyer --unit "
			    "四川锦城律师事务所 --office CD\n",
		.run = act_run,
		.prepare = prepare_add,
		.tell = tell_added,
	},
	{
		.words = "principal code",
		.alias = "人员 发码",
		.rpc = RPC_principal_code,
		.operands = add_operands,
		.options = code_options,
		.notes = N_("For who got no code yet, has let it end, or works on one more "
			    "machine. An earlier code that was not used is no longer good. With "
			    "--lost nobody can use the person's machines any more; connections "
			    "that are open end within seconds."),
		.examples = "dossier principal code wang.fang\n"
			    "dossier principal code wang.fang --lost\n",
		.run = act_run,
		.prepare = prepare_code,
		.alone = true,
		.tell = tell_code,
	},
	{
		.words = "principal list",
		.alias = "人员 列表",
		.rpc = RPC_principal_list,
		.options = list_options,
		.columns = list_columns,
		.examples = "dossier principal list --office CD\n",
		.run = query_list,
	},
	{0},
};
