/* Archive items: item add, show, list, edit. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

const struct column item_columns[] = {
	{N_("Number"), "number", "view.item.number", 0, NULL},
	{N_("Title"), "title", "view.item.title", COLUMN_CUT, NULL},
	{N_("Kind"), "kind", "view.item.kind", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Holder"), "holder", "view.loan.loan.borrower", 0, NULL},
	{N_("Due"), "due", "view.loan.loan.due", 0, NULL},
	{N_("Place"), "place", "view.place", COLUMN_CUT, NULL},
	{N_("In"), "parent", "view.parent", 0, NULL},
	{N_("Customer"), "customer", "view.customer", 0, NULL},
	{N_("Department"), "department", "view.department", 0, NULL},
	{N_("Dated"), "dated", "view.item.dated", 0, NULL},
	{0},
};

static const struct column show_columns[] = {
	{N_("Number"), "number", "view.item.number", 0, NULL},
	{N_("Title"), "title", "view.item.title", 0, NULL},
	{N_("Kind"), "kind", "view.item.kind", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Holder"), "holder", "view.loan.loan.borrower", 0, NULL},
	{N_("Lent by"), "lent_by", "view.loan.clerk", 0, NULL},
	{N_("Lent at"), "lent_at", "view.loan.loan.lent_at", 0, NULL},
	{N_("Due"), "due", "view.loan.loan.due", 0, NULL},
	{N_("Overdue"), "overdue", "view.loan.overdue", 0, NULL},
	{N_("Purpose"), "purpose", "view.loan.loan.purpose", 0, NULL},
	{N_("Renewals"), "renewals", "view.loan.loan.renewals", 0, NULL},
	{N_("Place"), "place", "view.place", 0, NULL},
	{N_("In"), "parent", "view.parent", 0, NULL},
	{N_("Contents"), "contents", "contents", 0, NULL},
	{N_("Customer"), "customer", "view.customer", 0, NULL},
	{N_("Customer name"), "customer_name", "view.customer_name", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Department"), "department", "view.department", 0, NULL},
	{N_("Dated"), "dated", "view.item.dated", 0, NULL},
	{N_("Pages"), "pages", "view.item.pages", 0, NULL},
	{N_("Secrecy"), "secrecy", "view.item.secrecy", 0, NULL},
	{N_("Original"), "original", "view.item.authenticity", 0, NULL},
	{N_("Medium"), "medium", "view.item.medium", 0, NULL},
	{N_("Natural key"), "ref", "view.item.ref", 0, NULL},
	{N_("Note"), "note", "view.item.note", 0, NULL},
	{N_("Version"), "version", "view.item.version", 0, NULL},
	{N_("Erased"), "erased", "view.erasure.at", 0, NULL},
	{N_("By entry"), "erased_by", "view.erasure.sequence", 0, NULL},
	{N_("Why erased"), "erased_why", "view.erasure.reason", 0, NULL},
	{0},
};

static enum status tell_added(struct cli *cli, const void *message)
{
	const Pb__ItemAddReply *reply = message;

	if (cli->quiet)
		fprintf(cli->out, "%s\n", reply->item->number);
	else
		fprintf(cli->out, _("%s registered: %s\n"), reply->item->number,
			reply->item->title);
	return STATUS_OK;
}

static enum status tell_edited(struct cli *cli, const void *message)
{
	const Pb__ItemEditReply *reply = message;

	if (!cli->quiet)
		fprintf(cli->out, _("%s changed: %s, version %u\n"), reply->item->number,
			reply->item->title, reply->item->version);
	return STATUS_OK;
}

#define DRAFT_OPTIONS                                                                              \
	{"kind", 0, N_("KIND"), "draft.kind", N_("box, volume or piece"), 0},                      \
		{"customer",                                                                       \
		 0,                                                                                \
		 N_("CUSTOMER"),                                                                   \
		 "draft.customer",                                                                 \
		 N_("whose file it is; in a container its container's"),                           \
		 0},                                                                               \
		{"in", 0, N_("ITEM"), "draft.parent", N_("the box or volume that holds it"), 0},   \
		{"place", 0, N_("PLACE"), "draft.place", N_("where it stands"), 0},                \
		{"pages", 0, N_("NUMBER"), "draft.pages", N_("number of pages"), 0},               \
		{"secrecy",                                                                        \
		 0,                                                                                \
		 N_("LEVEL"),                                                                      \
		 "draft.secrecy",                                                                  \
		 N_("public, internal, confidential or secret"),                                   \
		 0},                                                                               \
		{"original", 0, N_("WORD"), "draft.authenticity", N_("original or copy"), 0},      \
		{"medium", 0, N_("WORD"), "draft.medium", N_("paper or electronic"), 0},           \
		{"ref", 0, N_("KEY"), "draft.ref", N_("key from outside, such as an old number"),  \
		 0},                                                                               \
		{"department",                                                                     \
		 0,                                                                                \
		 N_("CODE"),                                                                       \
		 "draft.department",                                                               \
		 N_("department of the office that keeps it"),                                     \
		 0},                                                                               \
		{"dated", 0, N_("DATE"), "draft.dated", N_("date of the document"), 0},            \
	{                                                                                          \
		"note", 0, N_("TEXT"), "draft.note", N_("anything worth knowing"), 0               \
	}

static const struct option_row add_options[] = {
	DRAFT_OPTIONS,
	{"office", 0, N_("CODE"), "draft.office", N_("office that keeps it; default: yours"), 0},
	{0},
};

static const struct option_row edit_options[] = {
	{"title", 0, N_("TITLE"), "draft.title", N_("the title from now on"), 0},
	DRAFT_OPTIONS,
	{"version", 0, N_("NUMBER"), "version", N_("refuse when it is no longer that version"), 0},
	{"approval", 0, N_("APPROVAL"), "approval",
	 N_("of a lower secrecy, or of calling an original a copy"), 0},
	{0},
};

static const struct option_row list_options[] = {
	{"customer", 0, N_("CUSTOMER"), "customer", N_("of one customer"), 0},
	{"in", 0, N_("ITEM"), "parent", N_("directly in one box or volume"), 0},
	{"office", 0, N_("CODE"), "office", N_("of one office"), 0},
	{"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0},
	{0},
};

static const struct operand_row title_operand[] = {{N_("TITLE"), "draft.title", false, false}, {0}};
static const struct operand_row item_operand[] = {{N_("ITEM"), "item", false, false}, {0}};

const struct command item_commands[] = {
	{
		.words = "item add",
		.alias = "档案 添加",
		.rpc = RPC_item_add,
		.operands = title_operand,
		.options = add_options,
		.examples =
			"dossier item add 2026年购销合同 --customer HQ-C-2026-00012 --kind volume "
			"--place A-03-2\n"
			"dossier item add 合同正本 --in HQ-KH-2026-000123 --pages 24\n",
		.run = act_run,
		.tell = tell_added,
	},
	{
		.words = "item show",
		.alias = "档案 查看",
		.rpc = RPC_item_show,
		.operands = item_operand,
		.columns = show_columns,
		.examples = "dossier item show HQ-KH-2026-000123\n",
		.run = query_show,
	},
	{
		.words = "item list",
		.alias = "档案 列表",
		.rpc = RPC_item_list,
		.options = list_options,
		.columns = item_columns,
		.examples = "dossier item list --customer HQ-C-2026-00012\n"
			    "dossier item list --in HQ-KH-2026-000123 -o json\n",
		.run = query_list,
	},
	{
		.words = "item edit",
		.alias = "档案 修改",
		.rpc = RPC_item_edit,
		.operands = item_operand,
		.options = edit_options,
		.notes = N_("Only what is given changes."),
		.examples = "dossier item edit HQ-KH-2026-000123 --place A-03-4\n",
		.run = act_run,
		.tell = tell_edited,
	},
	{0},
};
