/* Approvals: approvals, approval show, approve, decline, withdraw. */
#include "common/approval.h"

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cli/word.h"
#include "client/cmd/group.h"
#include "common/date.h"
#include "common/text.h"
#include "proto/request.pb-c.h"

/* ---- what is shown ---- */

static const Pb__ApprovalView *view_of(const ProtobufCMessage *message)
{
	return message->descriptor == &pb__approval_show_reply__descriptor
		       ? ((const Pb__ApprovalShowReply *)message)->view
		       : ((const Pb__ApprovalListReply *)message)->view;
}

static const char *word_text(const ProtobufCEnumDescriptor *type, int number, enum style style)
{
	const struct word *word = word_find(type, number);

	if (word == NULL)
		return "";
	return style == STYLE_PEOPLE ? _(word->text) : word->text;
}

static const char *shown_kind(const ProtobufCMessage *message, enum style style,
			      struct arena *arena)
{
	const Pb__ApprovalView *view = view_of(message);
	const struct approval_spec *spec = view == NULL ? NULL : approval_find_word(view->kind);

	(void)arena;
	if (spec == NULL)
		return view == NULL ? "" : view->kind;
	return style == STYLE_PEOPLE ? _(spec->title) : spec->word;
}

/* Expired is no state that is kept. */
static const char *shown_state(const ProtobufCMessage *message, enum style style,
			       struct arena *arena)
{
	const Pb__ApprovalView *view = view_of(message);

	(void)arena;
	if (view == NULL || view->approval == NULL)
		return "";
	if (view->expired)
		return style == STYLE_PEOPLE ? _("expired") : "expired";
	return word_text(&pb__approval_state__descriptor, (int)view->approval->state, style);
}

static const char *shown_inputs(const ProtobufCMessage *message, enum style style,
				struct arena *arena)
{
	const Pb__ApprovalView *view = view_of(message);
	const char *text = "";

	(void)style;
	if (view == NULL || view->approval == NULL)
		return "";
	for (size_t i = 0; text != NULL && i < view->approval->n_inputs; i++)
		text = arena_printf(arena, "%s%s%s=%s", text, i > 0 ? ", " : "",
				    view->approval->inputs[i]->name,
				    view->approval->inputs[i]->value);
	return text;
}

/* "2026-03-01 09:30:00 luo.hua (for zhou.zong): approved, 同意" */
static const char *decision_text(const Pb__DecisionView *one, enum style style, struct arena *arena)
{
	const Pb__Decision *decision = one->decision;
	char time[DATE_TIME_TEXT_LEN];
	const char *what;
	const char *whom = "";

	if (decision == NULL)
		return "";
	date_format_time(decision->at, FIELD_ZONE_MINUTES, time);
	what = word_text(&pb__approval_state__descriptor,
			 decision->approved ? PB__APPROVAL_STATE__APPROVED
					    : PB__APPROVAL_STATE__DECLINED,
			 style);
	if (!text_empty(one->on_behalf_of))
		whom = arena_printf(arena, style == STYLE_PEOPLE ? _(" (for %s)") : " (for %s)",
				    one->on_behalf_of);
	return whom == NULL ? NULL
			    : arena_printf(arena, "%s %s%s: %s%s%s", time, one->by, whom, what,
					   text_empty(decision->text) ? "" : ", ", decision->text);
}

static const char *shown_decisions(const ProtobufCMessage *message, enum style style,
				   struct arena *arena)
{
	const Pb__ApprovalView *view = view_of(message);
	const char *text = "";
	const char *one;

	for (size_t i = 0; view != NULL && text != NULL && i < view->n_decisions; i++) {
		one = decision_text(view->decisions[i], style, arena);
		text = one == NULL ? NULL
				   : arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "", one);
	}
	return text;
}

static const struct column list_columns[] = {
	{N_("Number"), "number", "view.approval.number", 0, NULL},
	{N_("For what"), "kind", NULL, 0, shown_kind},
	{N_("State"), "state", NULL, 0, shown_state},
	{N_("Detail"), "detail", "view.approval.detail", COLUMN_CUT, NULL},
	{N_("Asked by"), "asked_by", "view.asked_by", 0, NULL},
	{N_("Asked at"), "asked_at", "view.approval.asked_at", 0, NULL},
	{N_("Days waiting"), "waiting_days", "view.waiting_days", COLUMN_RIGHT, NULL},
	{N_("Overdue"), "overdue", "view.overdue", 0, NULL},
	{N_("Next"), "level", "view.level", 0, NULL},
	{N_("Reason"), "reason", "view.approval.reason", COLUMN_CUT, NULL},
	{0},
};

static const struct column show_columns[] = {
	{N_("Number"), "number", "view.approval.number", 0, NULL},
	{N_("For what"), "kind", NULL, 0, shown_kind},
	{N_("State"), "state", NULL, 0, shown_state},
	{N_("About"), "subject", "view.subject", 0, NULL},
	{N_("Detail"), "detail", "view.approval.detail", 0, NULL},
	{N_("Office"), "office", "view.office", 0, NULL},
	{N_("Asked by"), "asked_by", "view.asked_by", 0, NULL},
	{N_("Full name"), "asked_by_name", "view.asked_by_name", 0, NULL},
	{N_("Asked at"), "asked_at", "view.approval.asked_at", 0, NULL},
	{N_("Reason"), "reason", "view.approval.reason", 0, NULL},
	{N_("Rule"), "rule", "view.approval.rule", 0, NULL},
	{N_("Judged by"), "inputs", NULL, 0, shown_inputs},
	{N_("Levels"), "levels", "view.approval.levels", 0, NULL},
	{N_("As the rule says"), "as_ruled", "as_ruled", 0, NULL},
	{N_("Decisions"), "decisions", NULL, 0, shown_decisions},
	{N_("Next"), "level", "view.level", 0, NULL},
	{N_("Days waiting"), "waiting_days", "view.waiting_days", 0, NULL},
	{N_("Overdue"), "overdue", "view.overdue", 0, NULL},
	{N_("Usable until"), "usable_until", "view.approval.usable_until", 0, NULL},
	{N_("Used at"), "used_at", "view.approval.used_at", 0, NULL},
	{0},
};

/* ---- what was done ---- */

/* The level that decides next. */
static const char *next_level(const Pb__Approval *row)
{
	if (row->n_decisions >= row->n_levels)
		return "";
	return word_text(&pb__approval_level__descriptor, (int)row->levels[row->n_decisions],
			 STYLE_PEOPLE);
}

static enum status tell_decided(struct cli *cli, const void *message)
{
	const Pb__Approval *row = ((const Pb__ApprovalDecideReply *)message)->approval;

	if (cli->quiet)
		return STATUS_OK;
	if (row->state == PB__APPROVAL_STATE__WAITING)
		fprintf(cli->out, _("%s approved; now it waits for the %s\n"), row->number,
			next_level(row));
	else if (row->state == PB__APPROVAL_STATE__APPROVED)
		fprintf(cli->out, _("%s approved\n"), row->number);
	else
		fprintf(cli->out, _("%s declined\n"), row->number);
	return STATUS_OK;
}

static enum status tell_withdrawn(struct cli *cli, const void *message)
{
	if (!cli->quiet)
		fprintf(cli->out, _("%s withdrawn\n"),
			((const Pb__ApprovalWithdrawReply *)message)->approval->number);
	return STATUS_OK;
}

/* ---- the commands ---- */

static const struct operand_row approval_operand[] = {{N_("APPROVAL"), "approval", false, false},
						      {0}};
static const struct option_row list_options[] = {
	{"mine", 0, NULL, "mine", N_("what you asked for"), 0},
	{"all", 0, NULL, "all", N_("all that you may see, by number"), 0},
	{"state", 0, N_("WORD"), "state", N_("waiting, approved, declined, withdrawn or used"), 0},
	{"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0},
	{0},
};

static const struct option_row approve_options[] = {
	{"text", 0, N_("TEXT"), "text", N_("your opinion"), 0},
	{0},
};

static const struct option_row decline_options[] = {
	{"text", 0, N_("TEXT"), "text", N_("your opinion: why not"), OPTION_REQUIRED},
	{0},
};

static const struct option_row withdraw_options[] = {
	{"text", 0, N_("TEXT"), "text", N_("why it is not needed any more"), 0},
	{0},
};

const struct command approval_commands[] = {
	{
		.words = "approvals",
		.alias = "待审批",
		.rpc = RPC_approval_list,
		.options = list_options,
		.columns = list_columns,
		.empty = N_("Nothing waits for you."),
		.examples = "dossier approvals\n"
			    "dossier approvals --mine --state approved\n"
			    "dossier approvals --all -o csv\n",
		.run = query_list,
	},
	{
		.words = "approval show",
		.alias = "审批 查看",
		.rpc = RPC_approval_show,
		.operands = approval_operand,
		.columns = show_columns,
		.examples = "dossier approval show HQ-SP-2026-00012\n",
		.run = query_show,
	},
	{
		.words = "approve",
		.alias = "批准",
		.rpc = RPC_approval_decide,
		.summary = N_("Approve what somebody asked for"),
		.operands = approval_operand,
		.options = approve_options,
		.preset = "approve",
		.examples = "dossier approve HQ-SP-2026-00012\n"
			    "dossier approve HQ-SP-2026-00012 --text 同意，限当日归还\n",
		.run = act_run,
		.tell = tell_decided,
	},
	{
		.words = "decline",
		.alias = "不同意",
		.rpc = RPC_approval_decide,
		.summary = N_("Decline what somebody asked for"),
		.operands = approval_operand,
		.options = decline_options,
		.preset = "decline",
		.examples = "dossier decline HQ-SP-2026-00012 --text 事由不充分\n",
		.run = act_run,
		.tell = tell_decided,
	},
	{
		.words = "withdraw",
		.alias = "撤回",
		.rpc = RPC_approval_withdraw,
		.operands = approval_operand,
		.options = withdraw_options,
		.examples = "dossier withdraw HQ-SP-2026-00012\n",
		.run = act_run,
		.tell = tell_withdrawn,
	},
	{0},
};
