/* What was shown under grants: myviews. */
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

static const char *views_what(const ProtobufCMessage *message, enum style style,
			      struct arena *arena)
{
	uint32_t number = ((const Pb__MyViewsReply *)message)->rpc;
	const struct rpc *rpc = number <= UINT16_MAX ? rpc_find((uint16_t)number) : NULL;

	(void)arena;
	if (rpc == NULL)
		return "?";
	return style == STYLE_PEOPLE ? _(rpc->summary) : rpc->name;
}

static const struct column views_columns[] = {
	{N_("Entry"), "sequence", "sequence", COLUMN_ZERO | COLUMN_RIGHT, NULL},
	{N_("Time"), "time", "time", 0, NULL},
	{N_("What"), "rpc", NULL, COLUMN_CUT, views_what},
	{N_("Grant number"), "grants", "grants", 0, NULL},
	{N_("Records"), "records", "records", COLUMN_CUT, NULL},
	{0},
};

static const struct option_row views_options[] = {
	{"grant", 0, N_("GRANT"), "grant", N_("under one grant; staff may give anybody's"), 0},
	{"last", 'n', N_("NUMBER"), "last", N_("the last so many"), 0},
	{0},
};

const struct command views_commands[] = {
	{
		.words = "myviews",
		.alias = "我的查阅",
		.rpc = RPC_my_views,
		.options = views_options,
		.columns = views_columns,
		.empty = N_("Nothing was shown yet."),
		.notes = N_("With -o json each line has the entry's header, which the ledger "
			    "proves."),
		.examples = "dossier myviews --last 20\n"
			    "dossier myviews --grant HQ-SQ-2026-00003\n",
		.run = query_list,
	},
	{0},
};
