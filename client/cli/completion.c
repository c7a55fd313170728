/* Completion scripts from the tables: words and options are in the script, values of some operands
 * and options are asked of the server by `dossier completion values`. */
#include <stdbool.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/help.h"
#include "client/cli/lang.h"

/* The word of a command to offer: its first (after NULL) or the one behind those of after. */
static const char *word_to_offer(const struct command *command, const char *after, size_t *len)
{
	size_t skip = after != NULL ? strlen(after) : 0;
	const char *word = command->words;

	if (after != NULL && (strncmp(word, after, skip) != 0 || word[skip] != ' '))
		return NULL;
	word += after != NULL ? skip + 1 : 0;
	*len = strcspn(word, " ");
	return word;
}

/* Writes, once each, the first words of all commands (after NULL) or the second words after one. */
static void write_words(struct cli *cli, const char *after)
{
	const struct command *one;

	for (size_t i = 0; (one = command_at(cli->groups, i)) != NULL; i++) {
		size_t len = 0;
		const char *word = word_to_offer(one, after, &len);
		bool again = word == NULL;

		for (size_t j = 0; j < i && !again; j++) {
			size_t other_len = 0;
			const char *other =
				word_to_offer(command_at(cli->groups, j), after, &other_len);
			again = other != NULL && other_len == len && memcmp(word, other, len) == 0;
		}
		if (!again)
			fprintf(cli->out, "%.*s ", (int)len, word);
	}
}

static void write_option_names(struct cli *cli, const struct command *command)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_table(command, i)) != NULL; i++) {
		for (; row->name != NULL; row++)
			fprintf(cli->out, "--%s ", row->name);
	}
}

/* What `dossier completion values` is asked for; "" when values cannot be guessed. option is NULL
 * for an operand. */
static const char *value_kind(const char *option, const char *value, const struct command *command)
{
	bool gives_back =
		strcmp(command->words, "return") == 0 || strcmp(command->words, "renew") == 0;

	if (value == NULL)
		return "";
	if (strcmp(value, "ITEM") == 0)
		return gives_back ? "loans" : "items";
	if (strcmp(value, "CUSTOMER") == 0)
		return "customers";
	if (strcmp(value, "GRANT") == 0)
		return "grants";
	if (strcmp(value, "APPROVAL") == 0)
		return strcmp(command->words, "withdraw") == 0 || option != NULL ? "asked"
										 : "approvals";
	if (option != NULL && strcmp(option, "office") == 0)
		return "offices";
	return "";
}

/* ---- bash, and zsh through its bashcompinit ---- */

static void bash_option_values(struct cli *cli, const struct command *command)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_table(command, i)) != NULL; i++) {
		for (; row->name != NULL; row++) {
			const char *kind = value_kind(row->name, row->value, command);

			if (strcmp(row->name, "output") == 0)
				fputs("      --output|-o) words='table json csv' ;;\n", cli->out);
			else if (strcmp(row->name, "lang") == 0)
				fputs("      --lang) words='zh_CN en' ;;\n", cli->out);
			else if (kind[0] != '\0')
				fprintf(cli->out, "      --%s) ask=%s ;;\n", row->name, kind);
		}
	}
}

static void bash_command(struct cli *cli, const struct command *command)
{
	const struct operand_row *operand = command->operands;
	const char *kind = operand != NULL ? value_kind(NULL, operand->value, command) : "";

	fprintf(cli->out, "  '%s '*)\n    case \"$previous\" in\n", command->words);
	bash_option_values(cli, command);
	fputs("      *) case \"$current\" in\n        -*) words='", cli->out);
	write_option_names(cli, command);
	fputs("' ;;\n", cli->out);
	if (kind[0] != '\0')
		fprintf(cli->out, "        *) ask=%s ;;\n", kind);
	fputs("      esac ;;\n    esac ;;\n", cli->out);
}

/* Commands of several words come first: the shell takes the first pattern that fits. */
static void write_bash(struct cli *cli)
{
	const struct command *one;

	fputs("# completion of dossier for bash; made by: dossier completion bash\n"
	      "_dossier() {\n"
	      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"\" typed words='' ask=''\n"
	      "  [ \"$COMP_CWORD\" -gt 0 ] && previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	      "  typed=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \"\n"
	      "  case \"$typed\" in\n",
	      cli->out);
	for (size_t i = 0; (one = command_at(cli->groups, i)) != NULL; i++) {
		if (strchr(one->words, ' ') != NULL)
			bash_command(cli, one);
	}
	for (size_t i = 0; (one = command_at(cli->groups, i)) != NULL; i++) {
		const char *space = strchr(one->words, ' ');
		char first[64];

		if (space == NULL) {
			bash_command(cli, one);
			continue;
		}
		snprintf(first, sizeof(first), "%.*s", (int)(space - one->words), one->words);
		fprintf(cli->out, "  '%s ') words='", first);
		write_words(cli, first);
		fputs("' ;;\n", cli->out);
	}
	fputs("  ' ') words='", cli->out);
	write_words(cli, NULL);
	fputs("' ;;\n"
	      "  esac\n"
	      "  [ -n \"$ask\" ] && "
	      "words=\"$(dossier completion values \"$ask\" \"$current\" 2>/dev/null)\"\n"
	      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	      "  # a customer's name has found numbers, which do not begin like the name\n"
	      "  [ -n \"$ask\" ] && [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($words)\n"
	      "}\n"
	      "complete -F _dossier dossier\n",
	      cli->out);
}

/* ---- fish ---- */

static void fish_command(struct cli *cli, const struct command *command)
{
	const struct option_row *row;
	const struct operand_row *operand = command->operands;
	const char *kind = operand != NULL ? value_kind(NULL, operand->value, command) : "";
	const char *space = strchr(command->words, ' ');

	if (space == NULL)
		fprintf(cli->out,
			"complete -c dossier -f -n __fish_use_subcommand -a %s -d \"%s\"\n",
			command->words, _(command_summary(command)));
	else
		fprintf(cli->out,
			"complete -c dossier -f -n __fish_use_subcommand -a %.*s\n"
			"complete -c dossier -f -n '__fish_seen_subcommand_from %.*s' -a %s "
			"-d \"%s\"\n",
			(int)(space - command->words), command->words,
			(int)(space - command->words), command->words, space + 1,
			_(command_summary(command)));
	for (row = command->options; row != NULL && row->name != NULL; row++)
		fprintf(cli->out,
			"complete -c dossier -n 'string match -q \"dossier %s*\" (commandline "
			"-cp)' -l "
			"%s%s -d \"%s\"\n",
			command->words, row->name, row->value != NULL ? " -x" : "", _(row->help));
	if (kind[0] != '\0')
		fprintf(cli->out,
			"complete -c dossier -f -n 'string match -q \"dossier %s *\" (commandline "
			"-cp)' "
			"-a '(dossier completion values %s (commandline -ct) 2>/dev/null)'\n",
			command->words, kind);
}

static void write_fish(struct cli *cli)
{
	const struct command *one;

	fputs("# completion of dossier for fish; made by: dossier completion fish\n", cli->out);
	for (const struct option_row *row = option_globals(); row->name != NULL; row++)
		fprintf(cli->out, "complete -c dossier -l %s%s -d \"%s\"\n", row->name,
			row->value != NULL ? " -x" : "", _(row->help));
	for (size_t i = 0; (one = command_at(cli->groups, i)) != NULL; i++)
		fish_command(cli, one);
}

enum status help_completion(struct cli *cli, const char *shell)
{
	if (strcmp(shell, "bash") == 0) {
		write_bash(cli);
	} else if (strcmp(shell, "zsh") == 0) {
		fputs("#compdef dossier\nautoload -U +X bashcompinit && bashcompinit\n", cli->out);
		write_bash(cli);
	} else if (strcmp(shell, "fish") == 0) {
		write_fish(cli);
	} else {
		return cli_complain(cli, STATUS_USAGE, _("completion is for bash, zsh or fish"));
	}
	return STATUS_OK;
}
