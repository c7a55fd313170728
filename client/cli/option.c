#include "client/cli/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/command.h"
#include "client/cli/lang.h"
#include "common/rpc.h"

static const struct option_row globals[] = {
	{"output", 'o', N_("FORM"), NULL, N_("show results as table, json or csv"), 0},
	{"quiet", 'q', NULL, NULL, N_("say only what was asked for"), 0},
	{"lang", 0, N_("LANGUAGE"), NULL, N_("speak zh_CN or en"), 0},
	{"no-color", 0, NULL, NULL, N_("no colours; NO_COLOR does the same"), 0},
	{"profile", 0, N_("DIR"), NULL, N_("certificate, key and settings to use"), 0},
	{"server", 0, N_("HOST:PORT"), NULL, N_("another server than the profile's"), 0},
	{"timeout", 0, N_("SECONDS"), NULL, N_("how long to wait for an answer"), 0},
	{"help", 'h', NULL, NULL, N_("show help on a command"), 0},
	{0},
};

static const struct option_row acts[] = {
	{"dry-run", 0, NULL, NULL, N_("let the server check it, but do nothing"), 0},
	{0},
};

const struct option_row *option_globals(void)
{
	return globals;
}

const struct option_row *option_acts(void)
{
	return acts;
}

const struct option_row *option_table(const struct command *command, size_t i)
{
	const struct rpc *rpc = command != NULL ? rpc_find(command->rpc) : NULL;
	const struct option_row *tables[4] = {NULL};
	size_t count = 0;

	if (command != NULL && command->options != NULL)
		tables[count++] = command->options;
	if (rpc != NULL && rpc->lane == LANE_WRITE)
		tables[count++] = acts;
	tables[count++] = globals;
	return i < count ? tables[i] : NULL;
}

const struct option_row *option_find(const struct command *command, const char *name, size_t len)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_table(command, i)) != NULL; i++) {
		for (; row->name != NULL; row++) {
			if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
				return row;
		}
	}
	return NULL;
}

const struct option_row *option_find_letter(const struct command *command, char letter)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_table(command, i)) != NULL; i++) {
		for (; row->name != NULL; row++) {
			if (row->letter != 0 && row->letter == letter)
				return row;
		}
	}
	return NULL;
}

/* ---- parsing ---- */

struct parsing {
	struct cli *cli;
	struct arguments *arguments;
	char **argv;
	size_t count;
	size_t at; /* the next one */
};

static enum status complain_unknown(struct parsing *parsing, const char *text)
{
	const struct command *command = parsing->arguments->command;
	const struct option_row *nearest = NULL;
	const struct option_row *row;
	size_t least = SIZE_MAX;
	char name[64];
	size_t len = strcspn(text, "=");

	memcpy(name, text, len < sizeof(name) ? len : sizeof(name) - 1);
	name[len < sizeof(name) ? len : sizeof(name) - 1] = '\0';
	for (size_t i = 0; (row = option_table(command, i)) != NULL; i++) {
		for (; row->name != NULL; row++) {
			size_t distance = word_distance(name + strspn(name, "-"), row->name);
			if (distance < least && word_is_near(row->name, distance)) {
				least = distance;
				nearest = row;
			}
		}
	}
	cli_complain(parsing->cli, STATUS_USAGE, _("there is no option %s"), name);
	if (nearest != NULL)
		fprintf(parsing->cli->err, _("Perhaps: --%s\n"), nearest->name);
	else if (command != NULL)
		fprintf(parsing->cli->err, _("See: dossier %s --help\n"), command->words);
	return STATUS_USAGE;
}

static enum status take(struct parsing *parsing, const struct option_row *row, const char *value)
{
	for (const struct option_row *global = globals; global->name != NULL; global++) {
		if (global == row)
			return cli_take_global(parsing->cli, row, value);
	}
	parsing->arguments->given[parsing->arguments->given_count++] =
		(struct argument){row, value};
	return STATUS_OK;
}

/* The value behind an option, when it takes one and none was attached. */
static enum status take_with_next(struct parsing *parsing, const struct option_row *row)
{
	if (row->value == NULL)
		return take(parsing, row, NULL);
	if (parsing->at == parsing->count)
		return cli_complain(parsing->cli, STATUS_USAGE,
				    _("--%s needs %s: dossier %s --help"), row->name, _(row->value),
				    parsing->arguments->command->words);
	return take(parsing, row, parsing->argv[parsing->at++]);
}

/* "--name", "--name=value" */
static enum status take_long(struct parsing *parsing, const char *text)
{
	const char *name = text + 2;
	size_t len = strcspn(name, "=");
	const struct option_row *row = option_find(parsing->arguments->command, name, len);

	if (row == NULL)
		return complain_unknown(parsing, text);
	if (name[len] == '\0')
		return take_with_next(parsing, row);
	if (row->value == NULL)
		return cli_complain(parsing->cli, STATUS_USAGE, _("--%s takes no value"),
				    row->name);
	return take(parsing, row, name + len + 1);
}

/* "-q", "-o json", "-ojson", "-qo json" */
static enum status take_letters(struct parsing *parsing, const char *text)
{
	for (const char *letter = text + 1; *letter != '\0'; letter++) {
		const struct option_row *row =
			option_find_letter(parsing->arguments->command, *letter);
		enum status status;

		if (row == NULL)
			return complain_unknown(parsing, text);
		if (row->value != NULL && letter[1] != '\0')
			return take(parsing, row, letter + 1);
		status = take_with_next(parsing, row);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static size_t operands_max(const struct command *command)
{
	size_t max = 0;

	for (const struct operand_row *row = command->operands; row != NULL && row->value != NULL;
	     row++) {
		if (row->many)
			return SIZE_MAX;
		max++;
	}
	return max;
}

static enum status check_complete(struct parsing *parsing)
{
	const struct arguments *arguments = parsing->arguments;
	const struct command *command = arguments->command;
	size_t needed = 0;

	if (parsing->cli->help)
		return STATUS_OK;
	for (const struct operand_row *row = command->operands; row != NULL && row->value != NULL;
	     row++) {
		needed++;
		if (!row->optional && arguments->operand_count < needed)
			return cli_complain(parsing->cli, STATUS_USAGE,
					    _("%s is missing: dossier %s --help"), _(row->value),
					    command->words);
	}
	if (arguments->operand_count > operands_max(command))
		return cli_complain(parsing->cli, STATUS_USAGE,
				    _("%s is too much: dossier %s --help"),
				    arguments->operands[operands_max(command)], command->words);
	for (const struct option_row *row = command->options; row != NULL && row->name != NULL;
	     row++) {
		if ((row->flags & OPTION_REQUIRED) != 0 && !arguments_has(arguments, row->name))
			return cli_complain(parsing->cli, STATUS_USAGE,
					    _("--%s is missing: dossier %s --help"), row->name,
					    command->words);
	}
	return STATUS_OK;
}

enum status option_parse(struct cli *cli, const struct command *command, char *argv[], size_t count,
			 struct arena *arena, struct arguments *arguments)
{
	struct parsing parsing = {cli, arguments, argv, count, 0};
	enum status status = STATUS_OK;
	bool only_operands = false;

	*arguments = (struct arguments){.command = command};
	/* Letters may come several in one word. */
	size_t letters = 1;
	for (size_t i = 0; i < count; i++)
		letters += strlen(argv[i]);
	arguments->given = arena_calloc(arena, letters, sizeof(*arguments->given));
	arguments->operands = arena_calloc(arena, count + 1, sizeof(*arguments->operands));
	if (arguments->given == NULL || arguments->operands == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	while (status == STATUS_OK && parsing.at < count) {
		const char *text = argv[parsing.at++];

		if (only_operands || text[0] != '-' || text[1] == '\0')
			arguments->operands[arguments->operand_count++] = text;
		else if (strcmp(text, "--") == 0)
			only_operands = true;
		else if (text[1] == '-')
			status = take_long(&parsing, text);
		else
			status = take_letters(&parsing, text);
	}
	return status == STATUS_OK ? check_complete(&parsing) : status;
}

/* ---- what was given ---- */

const char *arguments_value(const struct arguments *arguments, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < arguments->given_count; i++) {
		const struct argument *one = &arguments->given[i];
		if (strcmp(one->option->name, name) == 0)
			value = one->value != NULL ? one->value : "";
	}
	return value;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
	return arguments_value(arguments, name) != NULL;
}

enum status arguments_number(struct cli *cli, const struct arguments *arguments, const char *name,
			     uint64_t min, uint64_t max, uint64_t otherwise, uint64_t *number)
{
	const char *text = arguments_value(arguments, name);
	char *end;

	*number = otherwise;
	if (text == NULL)
		return STATUS_OK;
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number >= min &&
	    *number <= max)
		return STATUS_OK;
	return cli_complain(cli, STATUS_USAGE, _("--%s must be %llu to %llu"), name,
			    (unsigned long long)min, (unsigned long long)max);
}
