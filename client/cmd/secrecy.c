/* What is not for everybody: unmask, seal, unseal. */
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
	const Pb__UnmaskReply *reply = (const Pb__UnmaskReply *)message;

	(void)style;
	return contact_text(reply->view, arena);
}

static const struct column unmask_columns[] = {
	{N_("Number"), "number", "view.customer.number", 0, NULL},
	{N_("Name"), "name", "view.customer.name", 0, NULL},
	{N_("Contacts"), "contacts", NULL, 0, shown_contacts},
	{0},
};

static const struct column unseal_columns[] = {
	{N_("Number"), "number", "view.item.number", 0, NULL},
	{N_("Title"), "title", "view.item.title", 0, NULL},
	{N_("Kind"), "kind", "view.item.kind", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Place"), "place", "view.place", 0, NULL},
	{N_("In"), "parent", "view.parent", 0, NULL},
	{N_("Customer"), "customer", "view.customer", 0, NULL},
	{N_("Customer name"), "customer_name", "view.customer_name", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Pages"), "pages", "view.item.pages", 0, NULL},
	{N_("Secrecy"), "secrecy", "view.item.secrecy", 0, NULL},
	{N_("Original"), "original", "view.item.authenticity", 0, NULL},
	{N_("Medium"), "medium", "view.item.medium", 0, NULL},
	{N_("Natural key"), "ref", "view.item.ref", 0, NULL},
	{N_("Note"), "note", "view.item.note", 0, NULL},
	{0},
};

static enum status tell_sealed(struct cli *cli, const void *message)
{
	const Pb__ItemSealReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, reply->sealed ? _("%s is sealed now\n") : _("%s is open again\n"),
			reply->number);
	return STATUS_OK;
}

static const struct option_row unmask_options[] = {
	{"reason", 'r', N_("TEXT"), "reason", N_("what it is needed for"), OPTION_REQUIRED},
	{"approval", 'a', N_("APPROVAL"), "approval",
	 N_("an approval: shows identity documents and accounts, too"), 0},
	{0},
};

static const struct option_row seal_options[] = {
	{"reason", 'r', N_("TEXT"), "reason", N_("why"), OPTION_REQUIRED},
	{"lift", 0, NULL, "lift", N_("take the seal off, for good"), 0},
	{"approval", 'a', N_("APPROVAL"), "approval", N_("the approval to take it off"), 0},
	{0},
};

static const struct option_row unseal_options[] = {
	{"reason", 'r', N_("TEXT"), "reason", N_("what it is needed for"), OPTION_REQUIRED},
	{"approval", 'a', N_("APPROVAL"), "approval",
	 N_("the approval; the general manager needs none"), 0},
	{0},
};

static const struct operand_row customer_operand[] = {{N_("CUSTOMER"), "customer", false, false},
						      {0}};
static const struct operand_row item_operand[] = {{N_("ITEM"), "item", false, false}, {0}};

const struct command secrecy_commands[] = {
	{
		.words = "unmask",
		.alias = "解除掩码",
		.rpc = RPC_unmask,
		.operands = customer_operand,
		.options = unmask_options,
		.columns = unmask_columns,
		.notes = N_("Each time is entered in the log, with the reason, before anything is "
			    "shown."),
		.examples = "dossier unmask HQ-C-2026-00012 --reason 电话回访\n"
			    "dossier unmask HQ-C-2026-00012 --reason 核对身份 --approval "
			    "HQ-SP-2026-00003\n",
		.run = query_show,
	},
	{
		.words = "seal",
		.alias = "封存",
		.rpc = RPC_item_seal,
		.operands = item_operand,
		.options = seal_options,
		.notes = N_("Of a sealed item, and of all that is in it, only the number is shown. "
			    "It cannot be lent or changed."),
		.examples = "dossier seal HQ-KH-2026-000123 --reason 健康调查表封存\n"
			    "dossier seal HQ-KH-2026-000123 --lift --approval HQ-SP-2026-00004 "
			    "--reason 封存期满\n",
		.run = act_run,
		.tell = tell_sealed,
	},
	{
		.words = "unseal",
		.alias = "启封",
		.rpc = RPC_unseal,
		.operands = item_operand,
		.options = unseal_options,
		.columns = unseal_columns,
		.notes = N_("An approval is good for one look; the item stays sealed."),
		.examples = "dossier unseal HQ-KH-2026-000123 --reason 复核 --approval "
			    "HQ-SP-2026-00004\n",
		.run = query_show,
	},
	{0},
};
