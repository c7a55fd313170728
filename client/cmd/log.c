/* What happened: log, history. */
#include <string.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/command.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "common/entry.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

#define SUBJECTS_SHOWN 4

static const char *what_text(uint32_t number, enum style style)
{
	const struct rpc *rpc = number <= UINT16_MAX ? rpc_find((uint16_t)number) : NULL;

	if (rpc == NULL)
		return "?";
	return style == STYLE_PEOPLE ? _(rpc->summary) : rpc->name;
}

static const char *outcome_text(const Pb__LogListReply *entry, enum style style,
				struct arena *arena)
{
	enum status status = (enum status)entry->status;

	if (style != STYLE_PEOPLE)
		return status_name(status);
	return entry->redacted ? arena_printf(arena, _("%s; erased since"), _(status_text(status)))
			       : _(status_text(status));
}

static const char *log_what(const ProtobufCMessage *message, enum style style, struct arena *arena)
{
	(void)arena;
	return what_text(((const Pb__LogListReply *)message)->rpc, style);
}

static const char *log_outcome(const ProtobufCMessage *message, enum style style,
			       struct arena *arena)
{
	return outcome_text((const Pb__LogListReply *)message, style, arena);
}

static const char *history_what(const ProtobufCMessage *message, enum style style,
				struct arena *arena)
{
	const Pb__LogListReply *entry = ((const Pb__HistoryReply *)message)->entry;

	(void)arena;
	return entry == NULL ? "" : what_text(entry->rpc, style);
}

static const char *history_outcome(const ProtobufCMessage *message, enum style style,
				   struct arena *arena)
{
	const Pb__LogListReply *entry = ((const Pb__HistoryReply *)message)->entry;

	return entry == NULL ? "" : outcome_text(entry, style, arena);
}

/* "a, b, c" */
static char *join(char *const *words, size_t count, struct arena *arena)
{
	size_t len = 1;
	for (size_t i = 0; i < count; i++)
		len += strlen(words[i]) + 2;
	char *text = arena_alloc(arena, len);
	char *end = text;

	for (size_t i = 0; i < count && text != NULL; i++) {
		end = stpcpy(end, words[i]);
		if (i + 1 < count)
			end = stpcpy(end, ", ");
	}
	return text;
}

/* An import is about hundreds of records: people get the first of them, programs all. */
static const char *about_text(const Pb__LogListReply *entry, enum style style, struct arena *arena)
{
	size_t shown = entry->n_subjects;

	if (style == STYLE_PEOPLE && shown > SUBJECTS_SHOWN)
		shown = SUBJECTS_SHOWN;
	const char *text = join((char *const *)entry->subjects, shown, arena);
	if (shown < entry->n_subjects && text != NULL)
		text = arena_printf(arena, _("%s and %zu more"), text, entry->n_subjects - shown);
	return text;
}

static const char *log_about(const ProtobufCMessage *message, enum style style, struct arena *arena)
{
	return about_text((const Pb__LogListReply *)message, style, arena);
}

static const char *history_about(const ProtobufCMessage *message, enum style style,
				 struct arena *arena)
{
	const Pb__LogListReply *entry = ((const Pb__HistoryReply *)message)->entry;

	return entry == NULL ? "" : about_text(entry, style, arena);
}

const struct column log_columns[] = {
	{N_("Entry"), "sequence", "sequence", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Time"), "time", "time", 0, NULL},
	{N_("Who"), "actor", "actor", 0, NULL},
	{N_("Full name"), "actor_name", "actor_name", COLUMN_CUT, NULL},
	{N_("Office"), "office", "office", 0, NULL},
	{N_("What"), "rpc", NULL, COLUMN_CUT, log_what},
	{N_("Outcome"), "status", NULL, COLUMN_CUT, log_outcome},
	{N_("About"), "subjects", NULL, COLUMN_CUT, log_about},
	{0},
};

static const struct column history_columns[] = {
	{N_("Entry"), "sequence", "entry.sequence", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Time"), "time", "entry.time", 0, NULL},
	{N_("Who"), "actor", "entry.actor", 0, NULL},
	{N_("Full name"), "actor_name", "entry.actor_name", COLUMN_CUT, NULL},
	{N_("Office"), "office", "entry.office", 0, NULL},
	{N_("What"), "rpc", NULL, COLUMN_CUT, history_what},
	{N_("Outcome"), "status", NULL, COLUMN_CUT, history_outcome},
	{N_("About"), "subjects", NULL, COLUMN_CUT, history_about},
	{0},
};

#define ACTS_OPTION                                                                                \
	{                                                                                          \
		"acts", 0, NULL, "acts_only", N_("leave out who only looked"), 0                   \
	}
#define LIMIT_OPTION                                                                               \
	{                                                                                          \
		"limit", 0, N_("NUMBER"), "limit", N_("so many at most"), 0                        \
	}

static const struct option_row log_options[] = {
	{"item", 0, N_("ITEM"), "item", N_("about one item"), 0},
	{"customer", 0, N_("CUSTOMER"), "customer", N_("about one customer"), 0},
	{"actor", 0, N_("LOGIN"), "actor", N_("by one person"), 0},
	{"office", 0, N_("CODE"), "office", N_("by people of one office"), 0},
	{"since", 0, N_("DATE"), "since", N_("from the beginning of that day"), 0},
	{"until", 0, N_("DATE"), "until", N_("up to the beginning of that day"), 0},
	{"from", 0, N_("ENTRY"), "from", N_("from that entry on"), 0},
	{"last", 'n', N_("NUMBER"), "last", N_("begin so many entries before the end"), 0},
	{"follow", 'F', NULL, "follow", N_("go on with what comes, until Ctrl-C"), 0},
	LIMIT_OPTION,
	ACTS_OPTION,
	{0},
};

static const struct option_row history_options[] = {
	{"item", 0, N_("ITEM"), "item", N_("of one item"), 0},
	{"customer", 0, N_("CUSTOMER"), "customer", N_("of one customer"), 0},
	LIMIT_OPTION,
	ACTS_OPTION,
	{0},
};

static const struct option_row one_history_options[] = {LIMIT_OPTION, ACTS_OPTION, {0}};

static const struct operand_row item_operand[] = {{N_("ITEM"), "item", false, false}, {0}};
static const struct operand_row customer_operand[] = {{N_("CUSTOMER"), "customer", false, false},
						      {0}};

static enum status history_run(struct cli *cli, const struct arguments *arguments)
{
	if (arguments_has(arguments, "item") == arguments_has(arguments, "customer"))
		return cli_complain(cli, STATUS_USAGE, _("give --item or --customer, one of them"));
	return query_list(cli, arguments);
}

const struct command log_commands[] = {
	{
		.words = "log",
		.alias = "日志",
		.rpc = RPC_log_list,
		.options = log_options,
		.columns = log_columns,
		.empty = N_("No entries."),
		.notes = N_(
			"With --follow and -o json each entry is one object on a line of its own; "
			"else JSON is one array."),
		.examples = "dossier log --last 20\n"
			    "dossier log --actor wang.fang --since 2026-03-01 --until 2026-04-01\n"
			    "dossier log --follow -o json\n",
		.run = query_list,
	},
	{
		.words = "history",
		.alias = "历史",
		.rpc = RPC_history,
		.options = history_options,
		.columns = history_columns,
		.empty = N_("No entries."),
		.examples = "dossier history --item HQ-KH-2026-000123\n"
			    "dossier history --customer HQ-C-2026-00012 --acts\n",
		.run = history_run,
	},
	{
		.words = "item history",
		.alias = "档案 历史",
		.rpc = RPC_history,
		.operands = item_operand,
		.options = one_history_options,
		.columns = history_columns,
		.empty = N_("No entries."),
		.examples = "dossier item history HQ-KH-2026-000123\n",
		.run = query_list,
	},
	{
		.words = "customer history",
		.alias = "客户 历史",
		.rpc = RPC_history,
		.operands = customer_operand,
		.options = one_history_options,
		.columns = history_columns,
		.empty = N_("No entries."),
		.examples = "dossier customer history HQ-C-2026-00012\n",
		.run = query_list,
	},
	{0},
};
