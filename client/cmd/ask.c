/* Asking for an approval: request sensitive, unseal, loan, edit, item-edit, erase. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/word.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

/* Who decides first. */
static const char *first_level(const Pb__Approval *row)
{
	const struct word *word = row->n_levels == 0 ? NULL
						     : word_find(&pb__approval_level__descriptor,
								 (int)row->levels[0]);

	return word == NULL ? "" : _(word->text);
}

static enum status tell_asked(struct cli *cli, const void *message)
{
	const Pb__Approval *row = ((const Pb__ApprovalRequestReply *)message)->opened->approval;

	if (cli->quiet)
		fprintf(cli->out, "%s\n", row->number);
	else
		fprintf(cli->out, _("%s asked for: it waits for the %s\n"), row->number,
			first_level(row));
	return STATUS_OK;
}

static const struct operand_row customer_operand[] = {{N_("CUSTOMER"), "subject", false, false},
						      {0}};
static const struct operand_row item_operand[] = {{N_("ITEM"), "subject", false, false}, {0}};
static const struct operand_row record_operand[] = {{N_("NUMBER"), "subject", false, false}, {0}};
#define REASON_OPTION                                                                              \
	{                                                                                          \
		"reason", 0, N_("TEXT"), "reason", N_("why it is needed"), OPTION_REQUIRED         \
	}

static const struct option_row request_options[] = {REASON_OPTION, {0}};

static const struct option_row loan_options[] = {
	{"for", 'f', N_("PERSON"), "borrower",
	 N_("who is to have it: name and unit, as later in borrow"), OPTION_REQUIRED},
	REASON_OPTION,
	{0},
};

static const struct option_row edit_options[] = {
	{"name", 0, N_("NAME"), "draft.name", N_("the name from now on"), 0},
	{"kind", 0, N_("KIND"), "draft.kind", N_("company, person or institution"), 0},
	{"owner", 0, N_("LOGIN"), "draft.owner", N_("who looks after the customer"), 0},
	{"contact", 0, N_("NAME"), "draft.contacts.name",
	 N_("whom to speak to; again for another one"), 0},
	{"phone", 0, N_("PHONE"), "draft.contacts.phone", N_("that contact's phone"), 0},
	{"address", 0, N_("ADDRESS"), "draft.contacts.address", N_("that contact's address"), 0},
	{"ref", 0, N_("KEY"), "draft.ref",
	 N_("key from outside, such as the unified social credit code"), 0},
	{"note", 0, N_("TEXT"), "draft.note", N_("anything worth knowing"), 0},
	REASON_OPTION,
	{0},
};

static const struct option_row item_edit_options[] = {
	{"secrecy", 0, N_("LEVEL"), "item_draft.secrecy",
	 N_("public, internal, confidential or secret"), 0},
	{"original", 0, N_("WORD"), "item_draft.authenticity", N_("original or copy"), 0},
	{"title", 0, N_("TITLE"), "item_draft.title", N_("the title from now on"), 0},
	{"pages", 0, N_("NUMBER"), "item_draft.pages", N_("number of pages"), 0},
	{"medium", 0, N_("WORD"), "item_draft.medium", N_("paper or electronic"), 0},
	{"dated", 0, N_("DATE"), "item_draft.dated", N_("date of the document"), 0},
	{"note", 0, N_("TEXT"), "item_draft.note", N_("anything worth knowing"), 0},
	REASON_OPTION,
	{0},
};

const struct command ask_commands[] = {
	{
		.words = "request sensitive",
		.alias = "申请 查询",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to see a customer's sensitive data once"),
		.operands = customer_operand,
		.options = request_options,
		.preset = "kind",
		.preset_value = "sensitive",
		.examples = "dossier request sensitive HQ-C-2026-00012 --reason 客户来函核对账号\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{
		.words = "request unseal",
		.alias = "申请 启封",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to open a sealed item once"),
		.operands = item_operand,
		.options = request_options,
		.preset = "kind",
		.preset_value = "unseal",
		.examples = "dossier request unseal HQ-KH-2026-000123 --reason 诉讼举证\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{
		.words = "request loan",
		.alias = "申请 外借",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to lend an original to somebody from outside"),
		.operands = item_operand,
		.options = loan_options,
		.preset = "kind",
		.preset_value = "loan",
		.notes = N_("Once it is approved: dossier borrow ... --external --approval NUMBER, "
			    "with the same person."),
		.examples = "dossier request loan HQ-KH-2026-000123 --for '李明 诚信律师事务所' "
			    "--reason 开庭质证\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{
		.words = "request edit",
		.alias = "申请 修改",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to change important fields of a customer"),
		.operands = customer_operand,
		.options = edit_options,
		.preset = "kind",
		.preset_value = "edit",
		.notes =
			N_("Once it is approved: dossier customer edit ... --approval NUMBER, with "
			   "the same changes."),
		.examples = "dossier request edit HQ-C-2026-00012 --name 成都锦江商贸有限公司 "
			    "--reason 工商更名\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{
		.words = "request item-edit",
		.alias = "申请 更正",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to lower an item's secrecy, or to call an original a copy"),
		.operands = item_operand,
		.options = item_edit_options,
		.preset = "kind",
		.preset_value = "item-edit",
		.notes = N_("Once it is approved: dossier item edit ... --approval NUMBER, with "
			    "the same changes."),
		.examples = "dossier request item-edit HQ-KH-2026-000123 --secrecy internal "
			    "--reason 保密期限届满\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{
		.words = "request erase",
		.alias = "申请 销毁",
		.rpc = RPC_approval_request,
		.summary = N_("Ask to erase a customer or an item for ever"),
		.operands = record_operand,
		.options = request_options,
		.preset = "kind",
		.preset_value = "erase",
		.notes = N_("Once it is approved: dossier erase ... --approval NUMBER."),
		.examples = "dossier request erase HQ-C-2026-00012 --reason 保管期限届满\n",
		.run = act_run,
		.tell = tell_asked,
	},
	{0},
};
