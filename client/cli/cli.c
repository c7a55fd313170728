#include "client/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/act.h"
#include "client/cli/connect.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/safe.h"
#include "common/date.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define JOURNALS "journal"

void cli_init(struct cli *cli, const struct command_group *groups, FILE *out, FILE *err)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	*cli = (struct cli){.out = out, .err = err, .groups = groups};
	cli->terminal = isatty(fileno(out)) == 1;
	cli->color = cli->terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
		     strcmp(term, "dumb") != 0;
	cli->today = date_of_time(clock_now(), FIELD_ZONE_MINUTES);
	trust_init(&cli->trust);
	arena_init(&cli->arena, ARENA_MAX);
}

void cli_release(struct cli *cli)
{
	journal_close(cli->journal);
	client_close(cli->client);
	past_release(&cli->past);
	trust_release(&cli->trust);
	explicit_bzero(cli->code, sizeof(cli->code));
	explicit_bzero(cli->passphrase, sizeof(cli->passphrase));
	marks_release(&cli->marks);
	arena_release(&cli->arena);
}

enum status cli_complain(struct cli *cli, enum status status, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	fputs(CLI_PREFIX, cli->err);
	safe_write(cli->err, len >= 0 ? text : _(status_text(STATUS_MEMORY)));
	fputc('\n', cli->err);
	if (len >= 0)
		free(text);
	return status;
}

/* ---- options for every command ---- */

static enum status take_format(struct cli *cli, const char *value)
{
	static const char *const names[] = {
		[FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			cli->format = (enum format)i;
			return STATUS_OK;
		}
	}
	return cli_complain(cli, STATUS_USAGE, _("--output is table, json or csv, not %s"), value);
}

/* The languages that there is a catalogue for. */
static enum status take_language(struct cli *cli, const char *value)
{
	if (strncmp(value, "zh", 2) != 0 && strncmp(value, "en", 2) != 0)
		return cli_complain(cli, STATUS_USAGE, _("--lang is zh_CN or en, not %s"), value);
	cli->choice.lang = value;
	lang_init(value);
	return STATUS_OK;
}

enum status cli_take_global(struct cli *cli, const struct option_row *option, const char *value)
{
	const char *name = option->name;

	if (strcmp(name, "output") == 0)
		return take_format(cli, value);
	if (strcmp(name, "quiet") == 0)
		cli->quiet = true;
	else if (strcmp(name, "no-color") == 0)
		cli->color = false;
	else if (strcmp(name, "help") == 0)
		cli->help = true;
	else if (strcmp(name, "profile") == 0)
		cli->choice.directory = value;
	else if (strcmp(name, "server") == 0)
		cli->choice.server = value;
	else if (strcmp(name, "timeout") == 0)
		cli->choice.timeout = value;
	else if (strcmp(name, "lang") == 0)
		return take_language(cli, value);
	return STATUS_OK;
}

/* ---- profile, connection, journal ---- */

enum status cli_load(struct cli *cli)
{
	enum status status;

	if (cli->loaded)
		return STATUS_OK;
	status = profile_load(&cli->profile, &cli->choice);
	if (status != STATUS_OK)
		return cli_complain(cli, status, "%s", cli->profile.why);
	cli->loaded = true;
	return STATUS_OK;
}

enum status cli_turned_away(struct cli *cli, const struct reason *reason)
{
	cli_complain(cli, STATUS_IDENTITY, "%s", _(reason->text));
	fprintf(cli->err, "%s\n", _(reason->next));
	return STATUS_IDENTITY;
}

enum status cli_lost(struct cli *cli, enum status status)
{
	const char *why = cli->client != NULL ? client_why(cli->client) : "";
	const struct reason *reason = reason_find_text(why);

	/* The server itself has ended it, and says why. */
	if (status == STATUS_IDENTITY && reason != NULL)
		return cli_turned_away(cli, reason);
	if (why[0] == '\0')
		return cli_complain(cli, status, "%s", _(status_text(status)));
	return cli_complain(cli, status, "%s (%s)", _(status_text(status)), _(why));
}

static struct journal_owner journal_owner_of(const struct cli *cli)
{
	const Pb__Welcome *welcome = client_welcome(cli->client);

	return (struct journal_owner){welcome->origin, welcome->principal_id};
}

enum status cli_connect(struct cli *cli)
{
	struct path directory;
	struct journal_owner owner;
	enum status status;

	if (cli->client != NULL)
		return STATUS_OK;
	status = cli_load(cli);
	if (status == STATUS_OK)
		status = connect_open(cli);
	if (status != STATUS_OK)
		return status;
	status = cli_state_path(cli, JOURNALS, &directory);
	if (status != STATUS_OK)
		return status;
	owner = journal_owner_of(cli);
	return act_settle(cli, directory.text, &owner);
}

void cli_disconnect(struct cli *cli)
{
	client_close(cli->client);
	cli->client = NULL;
}

enum status cli_journal(struct cli *cli)
{
	struct path directory;
	struct journal_owner owner;
	enum status status = cli_connect(cli);

	if (status != STATUS_OK || cli->journal != NULL)
		return status;
	status = cli_state_path(cli, JOURNALS, &directory);
	if (status != STATUS_OK)
		return status;
	owner = journal_owner_of(cli);
	status = journal_open(&cli->journal, directory.text, &owner);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("no journal can be made in %s"),
				    directory.text);
	return STATUS_OK;
}

enum status cli_state_path(struct cli *cli, const char *name, struct path *path)
{
	enum status status = cli_load(cli);

	if (status != STATUS_OK)
		return status;
	if (!cli->state_made)
		status = profile_make_state(&cli->profile);
	cli->state_made = status == STATUS_OK;
	if (status == STATUS_OK)
		status = path_join(path, cli->profile.state.text, name);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be made"),
				    cli->profile.state.text);
	return STATUS_OK;
}
