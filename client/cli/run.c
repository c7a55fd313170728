#include "client/cli/run.h"

#include <string.h>

#include "client/cli/command.h"
#include "client/cli/help.h"
#include "client/cli/lang.h"

/* Options may stand before the words. Returns how many arguments they take. */
static size_t leading_options(char *const argv[], size_t count)
{
	size_t at = 0;

	while (at < count && argv[at][0] == '-' && argv[at][1] != '\0') {
		const char *name = argv[at] + 1;
		bool is_long = name[0] == '-';
		const struct option_row *row =
			is_long ? option_find(NULL, name + 1, strcspn(name + 1, "="))
				: option_find_letter(NULL, name[strlen(name) - 1]);
		bool attached = is_long && strchr(name, '=') != NULL;

		at += row != NULL && row->value != NULL && !attached ? 2 : 1;
	}
	return at < count ? at : count;
}

/* The language that the profile asks for, when no option does. A profile that cannot be read is
 * complained about when it is needed. */
static void take_language(struct cli *cli)
{
	struct profile profile;

	if (cli->choice.lang == NULL && profile_load(&profile, &cli->choice) == STATUS_OK)
		lang_init(profile.settings[SETTING_lang].text);
}

/* The language asked for anywhere, so that complaints about what stands before it speak it too.
 * Whether the wish is right is said when the options are parsed. */
static void take_language_early(char *const argv[], size_t count)
{
	static const char option[] = "--lang";
	size_t len = sizeof(option) - 1;

	for (size_t i = 0; i < count && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], option, len) != 0)
			continue;
		if (argv[i][len] == '=')
			lang_init(argv[i] + len + 1);
		else if (argv[i][len] == '\0' && i + 1 < count)
			lang_init(argv[i + 1]);
	}
}

/* Without words: only options. */
static enum status run_nothing(struct cli *cli, char *argv[], size_t count)
{
	static const struct command nothing = {.words = "help", .run = NULL};
	struct arguments arguments;
	enum status status;

	if (count == 1 && strcmp(argv[0], "--version") == 0) {
		help_version(cli);
		return STATUS_OK;
	}
	status = option_parse(cli, &nothing, argv, count, &cli->arena, &arguments);
	if (status != STATUS_OK)
		return status;
	take_language(cli);
	help_overview(cli);
	return cli->help ? STATUS_OK : STATUS_USAGE;
}

enum status cli_run(struct cli *cli, char *argv[], size_t count)
{
	size_t leading = leading_options(argv, count);
	size_t used;
	const struct command *command;
	struct arguments arguments;
	char **rest;
	enum status status;

	take_language_early(argv, count);
	if (leading == count)
		return run_nothing(cli, argv, count);
	command = command_find(cli->groups, argv + leading, count - leading, &used);
	if (command == NULL)
		return command_unknown(cli, argv + leading, count - leading);
	rest = arena_calloc(&cli->arena, count + 1, sizeof(*rest));
	if (rest == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	memcpy(rest, argv, leading * sizeof(*rest));
	memcpy(rest + leading, argv + leading + used, (count - leading - used) * sizeof(*rest));
	status = option_parse(cli, command, rest, count - used, &cli->arena, &arguments);
	if (status != STATUS_OK)
		return status;
	take_language(cli);
	if (cli->help) {
		help_command(cli, command);
		return STATUS_OK;
	}
	return command->run(cli, &arguments);
}
