/* dossier(1) from the tables, in roff; the sections that no table knows are written here. */
#include "client/cli/help.h"

#include <string.h>

#include "client/cli/command.h"
#include "client/cli/lang.h"
#include "common/status.h"

/* Text as roff takes it: backslashes, and lines that begin like a request. */
static void roff(FILE *to, const char *text)
{
	bool line_begins = true;

	for (; *text != '\0'; text++) {
		if (line_begins && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else
			fputc(*text, to);
		line_begins = *text == '\n';
	}
}

static void section(FILE *to, const char *title)
{
	fputs(".SH ", to);
	roff(to, title);
	fputc('\n', to);
}

static void paragraph(FILE *to, const char *term, const char *text)
{
	fputs(".TP\n.B ", to);
	roff(to, term);
	fputc('\n', to);
	roff(to, text);
	fputc('\n', to);
}

static void write_options(FILE *to, const struct option_row *option)
{
	for (; option != NULL && option->name != NULL; option++) {
		char term[128];

		snprintf(term, sizeof(term), option->letter != 0 ? "-%c, --%s %s" : "%.0d--%s %s",
			 option->letter, option->name,
			 option->value != NULL ? _(option->value) : "");
		paragraph(to, term, _(option->help));
	}
}

static void write_command(FILE *to, const struct command *command)
{
	fputs(".SS ", to);
	help_usage(to, command);
	fputc('\n', to);
	fprintf(to, _("%s.\n"), _(command_summary(command)));
	if (command->notes != NULL) {
		fputs(".br\n", to);
		roff(to, _(command->notes));
		fputc('\n', to);
	}
	if (command->alias != NULL) {
		fputs(".br\n", to);
		fprintf(to, _("In Chinese: dossier %s\n"), command->alias);
	}
	write_options(to, command->options);
	if (command->examples == NULL)
		return;
	fputs(".PP\n.nf\n.RS\n", to);
	roff(to, command->examples);
	fputs(".RE\n.fi\n", to);
}

static void write_exits(FILE *to)
{
	section(to, _("EXIT STATUS"));
	paragraph(to, "0", _("Done."));
	paragraph(to, "1", _("Refused; the reason and what to do next are on standard error."));
	paragraph(to, "2", _("The command or the input is not right."));
	paragraph(to, "3", _("The server cannot be reached."));
	paragraph(to, "4", _("It is not known whether it was done; the next start settles it."));
	paragraph(to, "5", _("A proof or an identity is wrong."));
}

static void write_environment(FILE *to)
{
	section(to, _("ENVIRONMENT"));
	paragraph(to, "DOSSIER_PROFILE", _("Directory of the profile."));
	paragraph(to, "DOSSIER_SERVER", _("Another server than the profile's, HOST:PORT."));
	paragraph(to, "DOSSIER_STATE", _("Where journal and receipts are kept."));
	paragraph(to, "DOSSIER_LANG", _("Language, zh_CN or en."));
	paragraph(to, "DOSSIER_TIMEOUT", _("Seconds to wait for an answer."));
	paragraph(to, "NO_COLOR", _("When set and not empty: no colours."));
}

static void write_files(FILE *to)
{
	section(to, _("FILES"));
	paragraph(to, "~/.config/dossier/",
		  _("The default profile: cert.pem, key.pem, ca.pem, log.vkey (the key of the "
		    "ledger), dossier.conf, and state/ with receipts.log, head (the newest head of "
		    "the ledger that was proven), the journal of unfinished acts, and evidence/ "
		    "when a server's word did not hold."));
	paragraph(to, DOSSIER_SYSCONFDIR "/dossier.conf",
		  _("Settings of the machine; the profile's go before."));
}

static void write_head(FILE *to)
{
	fputs(".TH DOSSIER 1 \"\" \"dossier " DOSSIER_VERSION "\"\n", to);
	section(to, _("NAME"));
	fputs("dossier \\- ", to);
	roff(to, _("customer files, lent and returned, every act one entry of the ledger"));
	fputc('\n', to);
	section(to, _("SYNOPSIS"));
	fputs(".B dossier\n", to);
	roff(to, _("COMMAND [OPTIONS] [ARGUMENTS]"));
	fputc('\n', to);
	section(to, _("DESCRIPTION"));
	roff(to,
	     _("Speaks with dossierd over TLS, certificates on both sides. Every act is one entry "
	       "of the server's ledger, on disk before it is answered, and gives a receipt that "
	       "is kept. An act that a cut line left open is settled at the next start."));
	fputc('\n', to);
}

void help_manual(struct cli *cli, const struct command *only)
{
	const struct command_group *group = cli->groups;
	FILE *to = cli->out;

	write_head(to);
	if (only != NULL)
		section(to, _("COMMANDS"));
	for (; group->commands != NULL; group++) {
		if (only == NULL && group->title != NULL)
			section(to, _(group->title));
		for (const struct command *one = group->commands; one->words != NULL; one++) {
			if (only == NULL || only == one)
				write_command(to, one);
		}
	}
	section(to, _("OPTIONS"));
	write_options(to, option_globals());
	roff(to, _("Every act besides:"));
	fputc('\n', to);
	write_options(to, option_acts());
	write_exits(to);
	write_environment(to);
	write_files(to);
	section(to, _("SEE ALSO"));
	fputs(".BR dossierd (8)\n", to);
}
