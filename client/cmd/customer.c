/* Customers: customer add, show, list, edit. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/contact.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const char *shown_contacts(const ProtobufCMessage *message, enum style style,
				  struct arena *arena)
{
	const Pb__CustomerShowReply *reply = (const Pb__CustomerShowReply *)message;

	(void)style;
	return contact_text(reply->view, arena);
}

const struct column customer_columns[] = {
	{N_("Number"), "number", "view.customer.number", 0, NULL},
	{N_("Name"), "name", "view.customer.name", COLUMN_CUT, NULL},
	{N_("Kind"), "kind", "view.customer.kind", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Owner"), "owner", "view.owner", 0, NULL},
	{N_("Contact"), "contact", "view.customer.contacts.0.name", 0, NULL},
	{N_("Phone"), "phone", "view.customer.contacts.0.phone", 0, NULL},
	{N_("Natural key"), "ref", "view.customer.ref", 0, NULL},
	{N_("Department"), "department", "view.department", 0, NULL},
	{0},
};

static const struct column show_columns[] = {
	{N_("Number"), "number", "view.customer.number", 0, NULL},
	{N_("Name"), "name", "view.customer.name", 0, NULL},
	{N_("Kind"), "kind", "view.customer.kind", 0, NULL},
	{N_("Natural key"), "ref", "view.customer.ref", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Department"), "department", "view.department", 0, NULL},
	{N_("Owner"), "owner", "view.owner", 0, NULL},
	{N_("Contacts"), "contacts", NULL, 0, shown_contacts},
	{N_("Number of items"), "items", "items", COLUMN_ZERO, NULL},
	{N_("Note"), "note", "view.customer.note", 0, NULL},
	{N_("Version"), "version", "view.customer.version", 0, NULL},
	{N_("Erased"), "erased", "view.erasure.at", 0, NULL},
	{N_("By entry"), "erased_by", "view.erasure.sequence", 0, NULL},
	{N_("Why erased"), "erased_why", "view.erasure.reason", 0, NULL},
	{0},
};

static enum status tell_added(struct cli *cli, const void *message)
{
	const Pb__CustomerAddReply *reply = message;

	if (cli->quiet)
		fprintf(cli->out, "%s\n", reply->customer->number);
	else
		fprintf(cli->out, _("%s registered: %s\n"), reply->customer->number,
			reply->customer->name);
	return STATUS_OK;
}

static enum status tell_edited(struct cli *cli, const void *message)
{
	const Pb__CustomerEditReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("%s changed: %s, version %u\n"), reply->customer->number,
			reply->customer->name, reply->customer->version);
	return STATUS_OK;
}

#define DRAFT_OPTIONS                                                                              \
	{"kind", 0, N_("KIND"), "draft.kind", N_("company, person or institution"), 0},            \
		{"owner", 0, N_("LOGIN"), "draft.owner", N_("who looks after the customer"), 0},   \
		{"contact",                                                                        \
		 0,                                                                                \
		 N_("NAME"),                                                                       \
		 "draft.contacts.name",                                                            \
		 N_("whom to speak to; again for another one"),                                    \
		 0},                                                                               \
		{"phone", 0, N_("PHONE"), "draft.contacts.phone", N_("that contact's phone"), 0},  \
		{"address",                                                                        \
		 0,                                                                                \
		 N_("ADDRESS"),                                                                    \
		 "draft.contacts.address",                                                         \
		 N_("that contact's address"),                                                     \
		 0},                                                                               \
		{"id-number",                                                                      \
		 0,                                                                                \
		 N_("NUMBER"),                                                                     \
		 "draft.contacts.id_number",                                                       \
		 N_("that contact's identity document"),                                           \
		 0},                                                                               \
		{"account",                                                                        \
		 0,                                                                                \
		 N_("NUMBER"),                                                                     \
		 "draft.contacts.account",                                                         \
		 N_("that contact's bank account"),                                                \
		 0},                                                                               \
		{"ref",                                                                            \
		 0,                                                                                \
		 N_("KEY"),                                                                        \
		 "draft.ref",                                                                      \
		 N_("key from outside, such as the unified social credit code"),                   \
		 0},                                                                               \
		{"department",                                                                     \
		 0,                                                                                \
		 N_("CODE"),                                                                       \
		 "draft.department",                                                               \
		 N_("department of the office that keeps it"),                                     \
		 0},                                                                               \
	{                                                                                          \
		"note", 0, N_("TEXT"), "draft.note", N_("anything worth knowing"), 0               \
	}

static const struct option_row add_options[] = {
	DRAFT_OPTIONS,
	{"office", 0, N_("CODE"), "draft.office", N_("office that keeps it; default: yours"), 0},
	{0},
};

static const struct option_row edit_options[] = {
	{"name", 0, N_("NAME"), "draft.name", N_("the name from now on"), 0},
	DRAFT_OPTIONS,
	{"version", 0, N_("NUMBER"), "version", N_("refuse when it is no longer that version"), 0},
	{"approval", 0, N_("APPROVAL"), "approval", N_("of a change of important fields"), 0},
	{0},
};

static const struct option_row list_options[] = {
	{"name", 0, N_("TEXT"), "name", N_("names that begin so"), 0},
	{"office", 0, N_("CODE"), "office", N_("of one office"), 0},
	{"owner", 0, N_("LOGIN"), "owner", N_("looked after by one person"), 0},
	{"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0},
	{0},
};

static const struct operand_row name_operand[] = {{N_("NAME"), "draft.name", false, false}, {0}};
static const struct operand_row customer_operand[] = {{N_("CUSTOMER"), "customer", false, false},
						      {0}};

const struct command customer_commands[] = {
	{
		.words = "customer add",
		.alias = "客户 添加",
		.rpc = RPC_customer_add,
		.operands = name_operand,
		.options = add_options,
		.examples = "dossier customer add 成都锦江贸易有限公司 --contact 王芳 --phone "
			    "02886660000\n"
			    "dossier customer add 张三 --kind person\n",
		.run = act_run,
		.tell = tell_added,
	},
	{
		.words = "customer show",
		.alias = "客户 查看",
		.rpc = RPC_customer_show,
		.operands = customer_operand,
		.columns = show_columns,
		.examples = "dossier customer show HQ-C-2026-00012\n",
		.run = query_show,
	},
	{
		.words = "customer list",
		.alias = "客户 列表",
		.rpc = RPC_customer_list,
		.options = list_options,
		.columns = customer_columns,
		.examples = "dossier customer list --name 成都\n"
			    "dossier customer list --office CD -o csv\n",
		.run = query_list,
	},
	{
		.words = "customer edit",
		.alias = "客户 修改",
		.rpc = RPC_customer_edit,
		.operands = customer_operand,
		.options = edit_options,
		.notes = N_("Only what is given changes. Giving a contact replaces all contacts."),
		.examples = "dossier customer edit HQ-C-2026-00012 --owner wang.fang\n",
		.run = act_run,
		.tell = tell_edited,
	},
	{0},
};
