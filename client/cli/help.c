#include "client/cli/help.h"

#include <string.h>

#include "client/cli/command.h"
#include "client/cli/lang.h"
#include "client/cli/table.h"
#include "common/text.h"

#define WORDS_WIDTH 19
#define ALIAS_WIDTH 11 /* the same in Chinese */
#define OPTION_WIDTH 26

void help_version(struct cli *cli)
{
	fprintf(cli->out, "dossier %s\n", DOSSIER_VERSION);
}

void help_usage(FILE *to, const struct command *command)
{
	const struct operand_row *operand = command->operands;
	const struct option_row *option = command->options;

	fprintf(to, "dossier %s", command->words);
	for (; operand != NULL && operand->value != NULL; operand++)
		fprintf(to, operand->optional ? " [%s%s]" : " %s%s", _(operand->value),
			operand->many ? "..." : "");
	for (; option != NULL && option->name != NULL; option++) {
		if ((option->flags & OPTION_REQUIRED) != 0)
			fprintf(to, " --%s %s", option->name, _(option->value));
	}
	fputs(" [...]", to);
}

static void write_options(FILE *to, const struct option_row *option)
{
	for (; option != NULL && option->name != NULL; option++) {
		char text[128];

		snprintf(text, sizeof(text),
			 option->letter != 0 ? "-%c, --%s%s%s" : "%c   --%s%s%s",
			 option->letter != 0 ? option->letter : ' ', option->name,
			 option->value != NULL ? " " : "",
			 option->value != NULL ? _(option->value) : "");
		fputs("  ", to);
		if (text_width(text) > OPTION_WIDTH)
			fprintf(to, "%s\n  %*s", text, OPTION_WIDTH, "");
		else
			table_cell(to, text, OPTION_WIDTH, false);
		fprintf(to, "  %s\n", _(option->help));
	}
}

void help_command(struct cli *cli, const struct command *command)
{
	FILE *to = cli->out;
	const struct option_row *rows;

	if (command->examples != NULL)
		fprintf(to, "%s\n", command->examples);
	help_usage(to, command);
	fputs("\n\n", to);
	fprintf(to, _("%s.\n"), _(command_summary(command)));
	if (command->notes != NULL)
		fprintf(to, "%s\n", _(command->notes));
	if (command->alias != NULL)
		fprintf(to, _("In Chinese: dossier %s\n"), command->alias);
	for (size_t i = 0; (rows = option_table(command, i)) != NULL; i++) {
		if (rows == option_globals())
			fputs(_("\nOptions of every command:\n"), to);
		else if (i == 0)
			fputs(_("\nOptions:\n"), to);
		write_options(to, rows);
	}
}

void help_overview(struct cli *cli)
{
	const struct command_group *group = cli->groups;
	FILE *to = cli->out;

	fputs(_("dossier: customer files, lent and returned, every act one entry of the ledger\n"),
	      to);
	for (; group->commands != NULL; group++) {
		if (group->title != NULL)
			fprintf(to, "\n%s\n", _(group->title));
		for (const struct command *one = group->commands; one->words != NULL; one++) {
			fputs("  ", to);
			table_cell(to, one->words, WORDS_WIDTH, false);
			table_cell(to, one->alias != NULL ? one->alias : "", ALIAS_WIDTH, false);
			fprintf(to, "%s\n", _(command_summary(one)));
		}
	}
	fputs(_("\nOptions of every command:\n"), to);
	write_options(to, option_globals());
	fputs(_("\nMore: dossier help COMMAND\n"), to);
}
