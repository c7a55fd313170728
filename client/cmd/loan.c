/* The counter: borrow, return, renew, loans, overdue. */
#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cli/refusal.h"
#include "client/cli/word.h"
#include "client/cmd/group.h"
#include "common/date.h"
#include "proto/request.pb-c.h"

const struct column loan_columns[] = {
	{N_("Item"), "item", "view.item", 0, NULL},
	{N_("Title"), "title", "view.title", COLUMN_CUT, NULL},
	{N_("Holder"), "borrower", "view.loan.borrower", COLUMN_CUT, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Lent at"), "lent_at", "view.loan.lent_at", 0, NULL},
	{N_("Due"), "due", "view.loan.due", 0, NULL},
	{N_("Overdue"), "overdue", "view.overdue", 0, NULL},
	{N_("Renewals"), "renewals", "view.loan.renewals", COLUMN_RIGHT, NULL},
	{N_("Lent by"), "clerk", "view.clerk", 0, NULL},
	{N_("Purpose"), "purpose", "view.loan.purpose", COLUMN_CUT, NULL},
	{0},
};

/* Says what an act did with one item, behind its number and title. */
typedef void say_loan(FILE *to, const Pb__Loan *loan, const char *due);

static void say_borrowed(FILE *to, const Pb__Loan *loan, const char *due)
{
	fprintf(to, _("lent to %s, due %s"), loan->borrower, due);
}

static void say_returned(FILE *to, const Pb__Loan *loan, const char *due)
{
	const struct word *condition = word_find(&pb__condition__descriptor, (int)loan->condition);

	fprintf(to, _("returned by %s (was due %s)"), loan->borrower, due);
	if (loan->returned_pages != 0 && loan->returned_pages != loan->pages)
		fprintf(to, _(", %u of %u pages"), loan->returned_pages, loan->pages);
	if (loan->condition != PB__CONDITION__OK && condition != NULL)
		fprintf(to, ": %s", _(condition->text));
}

static void say_renewed(FILE *to, const Pb__Loan *loan, const char *due)
{
	fprintf(to, _("%s keeps it until %s"), loan->borrower, due);
}

/* One line for each item; refusals on err. */
static enum status tell_outcomes(struct cli *cli, Pb__ItemOutcome **outcomes, size_t count,
				 say_loan *say)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < count; i++) {
		const Pb__ItemOutcome *one = outcomes[i];
		char due[DATE_TEXT_LEN];

		if (one->refusal != NULL) {
			fprintf(cli->err, "%s: ", one->item);
			refusal_write(cli->err, one->refusal, NULL);
			fputc('\n', cli->err);
			status = CLI_SOME_REFUSED;
		} else if (one->loan != NULL && !cli->quiet) {
			date_format(one->loan->due, due);
			fprintf(cli->out, "%s %s: ", one->item, one->title);
			say(cli->out, one->loan, due);
			fputc('\n', cli->out);
		}
	}
	return status;
}

static enum status tell_borrowed(struct cli *cli, const void *message)
{
	const Pb__BorrowReply *reply = message;

	return tell_outcomes(cli, reply->outcomes, reply->n_outcomes, say_borrowed);
}

static enum status tell_returned(struct cli *cli, const void *message)
{
	const Pb__ReturnReply *reply = message;

	return tell_outcomes(cli, reply->outcomes, reply->n_outcomes, say_returned);
}

static enum status tell_renewed(struct cli *cli, const void *message)
{
	const Pb__RenewReply *reply = message;

	return tell_outcomes(cli, reply->outcomes, reply->n_outcomes, say_renewed);
}

static const struct operand_row items_operand[] = {{N_("ITEM"), "items", true, false}, {0}};

#define EACH_OPTION                                                                                \
	{                                                                                          \
		"each", 0, NULL, "each", N_("do what can be done instead of all or none"), 0       \
	}

static const struct option_row borrow_options[] = {
	{"for", 'f', N_("PERSON"), "borrower", N_("who takes it: login or name"), OPTION_REQUIRED},
	{"purpose", 'p', N_("TEXT"), "purpose", N_("what for"), OPTION_REQUIRED},
	{"external", 'x', NULL, "external", N_("the person is from outside: name and unit"), 0},
	{"until", 'u', N_("DATE"), "until", N_("2026-03-01, tomorrow, +15d; default: by the rule"),
	 0},
	{"approval", 0, N_("APPROVAL"), "approval",
	 N_("of an original that leaves the house; again for another item"), 0},
	EACH_OPTION,
	{0},
};

static const struct option_row return_options[] = {
	{"pages", 0, N_("NUMBER"), "pages", N_("pages counted at return"), 0},
	{"condition", 0, N_("WORD"), "condition", N_("ok, missing or damaged"), 0},
	{"note", 0, N_("TEXT"), "note", N_("anything worth knowing"), 0},
	EACH_OPTION,
	{0},
};

static const struct option_row renew_options[] = {
	{"until", 'u', N_("DATE"), "until", N_("2026-03-01, +15d; default: by the rule"), 0},
	EACH_OPTION,
	{0},
};

#define LIST_OPTIONS                                                                               \
	{"for", 'f', N_("PERSON"), "borrower", N_("of one person: login or name"), 0},             \
		{"office", 0, N_("CODE"), "office", N_("of one office"), 0},                       \
		{"customer", 0, N_("CUSTOMER"), "customer", N_("of one customer's items"), 0},     \
	{                                                                                          \
		"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0                        \
	}

static const struct option_row loans_options[] = {
	{"overdue", 0, NULL, "overdue", N_("only what should be back"), 0},
	LIST_OPTIONS,
	{0},
};

static const struct option_row overdue_options[] = {LIST_OPTIONS, {0}};

const struct command loan_commands[] = {
	{
		.words = "borrow",
		.alias = "借",
		.rpc = RPC_borrow,
		.operands = items_operand,
		.options = borrow_options,
		.notes = N_("Lending a box or volume lends what is in it."),
		.examples = "dossier borrow HQ-KH-2026-000123 --for wang.fang --purpose 续签合同\n"
			    "dossier borrow HQ-KH-2026-000123 HQ-KH-2026-000124 --for wang.fang "
			    "--purpose 审计 --until +7d\n"
			    "dossier 借 HQ-KH-2026-000123 --for '李明 诚信律师事务所' --external "
			    "--purpose 诉讼\n",
		.run = act_run,
		.tell = tell_borrowed,
	},
	{
		.words = "return",
		.alias = "还",
		.rpc = RPC_return,
		.operands = items_operand,
		.options = return_options,
		.examples =
			"dossier return HQ-KH-2026-000123\n"
			"dossier return HQ-KH-2026-000123 --pages 24 --condition damaged --note "
			"封面破损\n",
		.run = act_run,
		.tell = tell_returned,
	},
	{
		.words = "renew",
		.alias = "续借",
		.rpc = RPC_renew,
		.operands = items_operand,
		.options = renew_options,
		.examples = "dossier renew HQ-KH-2026-000123\n",
		.run = act_run,
		.tell = tell_renewed,
	},
	{
		.words = "loans",
		.alias = "在借",
		.rpc = RPC_loan_list,
		.options = loans_options,
		.columns = loan_columns,
		.empty = N_("Nothing is on loan."),
		.examples = "dossier loans --for wang.fang\n"
			    "dossier loans --overdue -o csv\n",
		.run = query_list,
	},
	{
		.words = "overdue",
		.alias = "逾期",
		.rpc = RPC_loan_list,
		.summary = N_("List what should be back"),
		.options = overdue_options,
		.columns = loan_columns,
		.empty = N_("Nothing is overdue."),
		.preset = "overdue",
		.examples = "dossier overdue --office CD\n",
		.run = query_list,
	},
	{0},
};
