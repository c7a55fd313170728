/* The confidential dossier on a customer's people: confidential show, set, name. */
#include "common/confidential.h"

#include <string.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

/* "bank 工商银行": for programs by the words. */
static const char *fact_text(const Pb__ConfidentialFact *fact, enum style style,
			     struct arena *arena)
{
	const struct confidential_section *section = confidential_section_find(fact->section);
	const struct confidential_field *field =
		section == NULL ? NULL : confidential_field_find(section, fact->field);

	if (style == STYLE_MACHINE || field == NULL)
		return arena_printf(arena, "%s.%s=%s", fact->section, fact->field, fact->value);
	return arena_printf(arena, "%s, %s: %s", _(section->title), _(field->title), fact->value);
}

static const char *shown_facts(const ProtobufCMessage *message, enum style style,
			       struct arena *arena)
{
	const Pb__ConfidentialShowReply *reply = (const Pb__ConfidentialShowReply *)message;
	const char *text = "";

	for (size_t i = 0; text != NULL && i < reply->n_facts; i++) {
		const char *fact = fact_text(reply->facts[i], style, arena);

		if (fact == NULL)
			return NULL;
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "", fact);
	}
	return text;
}

static const struct column show_columns[] = {
	{N_("Customer"), "customer", "customer", 0, NULL},
	{N_("Name"), "name", "name", 0, NULL},
	{N_("Named"), "named", "named", 0, NULL},
	{N_("Facts"), "facts", NULL, 0, shown_facts},
	{0},
};

static enum status tell_set(struct cli *cli, const void *message)
{
	(void)message;
	if (!cli->quiet)
		fputs(_("The dossier is changed.\n"), cli->out);
	return STATUS_OK;
}

static enum status tell_named(struct cli *cli, const void *message)
{
	const Pb__ConfidentialNameReply *reply = message;

	if (cli->quiet)
		return STATUS_OK;
	fprintf(cli->out,
		reply->n_named > 0 ? _("%s may be seen by:") : _("%s may be seen by nobody"),
		reply->customer);
	for (size_t i = 0; i < reply->n_named; i++)
		fprintf(cli->out, " %s", reply->named[i]);
	fputc('\n', cli->out);
	return STATUS_OK;
}

static const struct option_row name_options[] = {
	{"reason", 'r', N_("TEXT"), "reason", N_("why"), OPTION_REQUIRED},
	{"remove", 0, NULL, "remove", N_("the person may see it no longer"), 0},
	{0},
};

static const struct operand_row show_operands[] = {{N_("CUSTOMER"), "customer", false, false}, {0}};
static const struct operand_row set_operands[] = {{N_("CUSTOMER"), "customer", false, false},
						  {N_("SECTION"), "section", false, false},
						  {N_("FIELD"), "field", false, false},
						  {N_("VALUE"), "value", false, false},
						  {0}};
static const struct operand_row name_operands[] = {
	{N_("CUSTOMER"), "customer", false, false}, {N_("LOGIN"), "person", false, false}, {0}};

const struct command confidential_commands[] = {
	{
		.words = "confidential show",
		.alias = "密档 查看",
		.rpc = RPC_confidential_show,
		.operands = show_operands,
		.columns = show_columns,
		.notes =
			N_("For who is not named by the general manager there is no such dossier."),
		.examples = "dossier confidential show HQ-C-2026-00012\n",
		.run = query_show,
	},
	{
		.words = "confidential set",
		.alias = "密档 填写",
		.rpc = RPC_confidential_set,
		.operands = set_operands,
		.notes = N_("Sections: background, finance, rank-1 to rank-4, person, manner, "
			    "spouse, child-1, child-2, father, mother, father-in-law, "
			    "mother-in-law. An empty value takes it out."),
		.examples = "dossier confidential set HQ-C-2026-00012 rank-1 name 李总\n"
			    "dossier confidential set HQ-C-2026-00012 rank-1 power 90%\n",
		.run = act_run,
		.tell = tell_set,
	},
	{
		.words = "confidential name",
		.alias = "密档 指定",
		.rpc = RPC_confidential_name,
		.operands = name_operands,
		.options = name_options,
		.examples =
			"dossier confidential name HQ-C-2026-00012 wang.fang --reason 项目跟进\n"
			"dossier confidential name HQ-C-2026-00012 wang.fang --remove --reason "
			"调岗\n",
		.run = act_run,
		.tell = tell_named,
	},
	{0},
};
