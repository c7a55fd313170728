/* import: customers or items from a CSV file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/interrupt.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/progress.h"
#include "client/cli/query.h"
#include "client/cli/safe.h"
#include "client/cli/word.h"
#include "client/cmd/convoy.h"
#include "client/cmd/group.h"
#include "client/cmd/sheet.h"

#define VERDICTS_SUFFIX ".verdicts.csv"
#define PART_SUFFIX ".part" /* while the run lasts */

struct import {
	struct cli *cli;
	const char *name; /* of the file */
	struct csvfile file;
	struct sheet_heads heads;
	struct convoy convoy;
	struct path verdicts; /* under this name once the run is over */
	struct path part;
	struct progress progress;
	int interrupt;
	bool stopped; /* by Ctrl-C */
	uint64_t rows;
};

/* ---- rows ---- */

static void warn_of_heads(struct import *import, const struct csv_field *fields)
{
	for (size_t i = 0; i < import->heads.count; i++) {
		const char *head = safe_text(fields[i].text, &import->convoy.arena);

		if (import->heads.columns[i] == NULL && !import->cli->quiet)
			fprintf(import->cli->err, _("column %s is not known and is left out\n"),
				head != NULL ? head : "?");
	}
}

static enum status take_heads(struct import *import, const struct csv_field *fields, size_t count)
{
	const struct sheet *sheet = import->convoy.sheet;
	const struct sheet *other;
	const char *wrong;
	enum status status = sheet_take_heads(&import->heads, sheet, fields, count, &wrong);

	if (status == STATUS_OK) {
		warn_of_heads(import, fields);
		return STATUS_OK;
	}
	cli_complain(import->cli, status,
		     status == STATUS_CONFLICT ? _("%s: column %.*s stands twice")
					       : _("%s: column %.*s is missing"),
		     import->name, (int)strcspn(wrong, "|"), wrong);
	other = sheet_fitting(sheet, fields, count);
	if (other != NULL) {
		fprintf(import->cli->err, _("These look like %s: --as %s\n"), other->word,
			other->word);
		return STATUS_INPUT;
	}
	fputs(_("Heads that are understood:"), import->cli->err);
	for (const struct sheet_column *one = sheet->columns; one->names != NULL; one++)
		fprintf(import->cli->err, " %s", one->names);
	fputc('\n', import->cli->err);
	return STATUS_INPUT;
}

static enum status take(void *context, uint64_t row, const struct csv_field *fields, size_t count)
{
	struct import *import = context;
	struct sheet_fault fault;
	ProtobufCMessage *draft;
	enum status status;

	if (row == 0)
		return take_heads(import, fields, count);
	if (interrupt_seen(import->interrupt)) {
		import->stopped = true;
		return STATUS_CANCELLED;
	}
	if (row > UINT32_MAX)
		return cli_complain(import->cli, STATUS_INPUT, _("the file has too many rows"));
	import->rows = row;
	status = sheet_take_row(&import->heads, fields, count, &import->convoy.arena, &draft,
				&fault);
	if (status == STATUS_INVALID)
		status = convoy_add_invalid(&import->convoy, row, &fault);
	else if (status == STATUS_OK)
		status = convoy_add(&import->convoy, row, draft);
	else
		cli_complain(import->cli, status, "%s", _(status_text(status)));
	progress_step(&import->progress, row, import->file.read, import->file.size);
	return status;
}

/* ---- the file ---- */

static enum status open_verdicts(struct import *import)
{
	int len = snprintf(import->verdicts.text, sizeof(import->verdicts.text),
			   "%s" VERDICTS_SUFFIX, import->name);
	FILE *file = NULL;

	if (len > 0 && (size_t)len + strlen(PART_SUFFIX) < sizeof(import->part.text)) {
		stpcpy(stpcpy(import->part.text, import->verdicts.text), PART_SUFFIX);
		file = fopen(import->part.text, "we");
	}
	if (file == NULL)
		return cli_complain(import->cli, STATUS_INPUT, "%s" VERDICTS_SUFFIX ": %s",
				    import->name, strerror(errno));
	fputs("row,verdict,number,field,reason,text\r\n", file);
	import->convoy.verdicts = file;
	return STATUS_OK;
}

static bool has_verdicts(const struct import *import)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < CONVOY_VERDICTS; i++)
		rows += import->convoy.counts[i];
	return rows > 0;
}

/* A run that decided nothing leaves the verdicts of an earlier one as they are. */
static enum status close_verdicts(struct import *import, bool whole)
{
	FILE *file = import->convoy.verdicts;
	bool failed = ferror(file) != 0;

	failed |= fclose(file) != 0;
	if (!failed && (whole || has_verdicts(import)))
		failed = rename(import->part.text, import->verdicts.text) != 0;
	else
		failed |= unlink(import->part.text) != 0;
	if (failed)
		return cli_complain(import->cli, STATUS_SYSTEM, _("%s cannot be written"),
				    import->verdicts.text);
	return STATUS_OK;
}

static void summarize(struct import *import, double seconds)
{
	struct cli *cli = import->cli;
	const char *name;

	fprintf(cli->out, _("%llu rows in %.1f s:"), (unsigned long long)import->rows, seconds);
	for (int verdict = PB__VERDICT__ADDED; verdict < CONVOY_VERDICTS; verdict++)
		fprintf(cli->out, " %s %llu", _(word_find(&pb__verdict__descriptor, verdict)->text),
			(unsigned long long)import->convoy.counts[verdict]);
	name = safe_text(import->verdicts.text, &cli->arena);
	fprintf(cli->out, _("\nVerdict of each row: %s\n"), name != NULL ? name : "?");
	if (import->convoy.dry_run)
		fputs(_("Dry run: nothing was done\n"), cli->out);
}

static enum status import_rows(struct import *import)
{
	struct cli *cli = import->cli;
	struct convoy *convoy = &import->convoy;
	enum status finished;
	enum status status;
	double seconds;

	progress_begin(&import->progress, cli->err, cli->quiet);
	import->interrupt = interrupt_catch();
	status = csvfile_read(&import->file, take, import);
	if (status == STATUS_INPUT && import->file.why[0] != '\0')
		cli_complain(cli, status, "%s: %s", import->name, import->file.why);
	finished = convoy_finish(convoy, status == STATUS_OK);
	interrupt_release(import->interrupt);
	seconds = progress_end(&import->progress);
	if (status == STATUS_OK)
		status = finished;
	if ((status == STATUS_OK || import->stopped) && !cli->quiet)
		summarize(import, seconds);
	/* What was refused would be refused again. */
	if (status != STATUS_OK && import->rows > 0 && convoy->refused == STATUS_OK)
		fputs(_("To go on, run the same command again: nothing is done twice\n"), cli->err);
	if (status == STATUS_OK &&
	    convoy->counts[PB__VERDICT__DIFFERS] + convoy->counts[PB__VERDICT__INVALID] > 0)
		return CLI_SOME_REFUSED;
	return status;
}

/* How long the ledger is before we begin. */
static enum status count_entries(struct import *import)
{
	Pb__StatusRequest request = PB__STATUS_REQUEST__INIT;
	struct client_answer answer;
	enum status status = query_call(import->cli, NULL, RPC_status, &request.base, &answer);

	if (status == STATUS_OK)
		import->convoy.entries = ((const Pb__StatusReply *)answer.reply)->ledger_size;
	return status;
}

static enum status import_file(struct import *import, int fd)
{
	enum status ended;
	enum status status = csvfile_survey(&import->file, fd);

	if (status != STATUS_OK)
		return cli_complain(import->cli, status, "%s: %s", import->name, import->file.why);
	import->convoy.digest = import->file.digest;
	status = count_entries(import);
	if (status == STATUS_OK)
		status = open_verdicts(import);
	if (status != STATUS_OK)
		return status;
	status = import_rows(import);
	ended = close_verdicts(import, status == STATUS_OK);
	return status == STATUS_OK ? ended : status;
}

static enum status import_run(struct cli *cli, const struct arguments *arguments)
{
	const char *name = arguments->operands[0];
	const struct sheet *sheet = sheet_find(arguments_value(arguments, "as"));
	const char *slash = strrchr(name, '/');
	struct import *import;
	enum status status;
	int fd;

	if (sheet == NULL)
		return cli_complain(cli, STATUS_USAGE, _("--as is customers or items"));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cli_complain(cli, STATUS_INPUT, "%s: %s", name, strerror(errno));
	import = calloc(1, sizeof(*import));
	if (import == NULL) {
		close(fd);
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	}
	import->cli = cli;
	import->name = name;
	convoy_init(&import->convoy, cli, sheet);
	import->convoy.source = slash == NULL ? name : slash + 1;
	import->convoy.dry_run = arguments_has(arguments, "dry-run");
	if (arguments_has(arguments, "again"))
		random_bytes(import->convoy.salt, sizeof(import->convoy.salt));
	status = import_file(import, fd);
	convoy_release(&import->convoy);
	free(import);
	close(fd);
	return status;
}

static const struct operand_row file_operand[] = {{N_("FILE"), NULL, false, false}, {0}};
static const struct option_row import_options[] = {
	{"as", 'a', N_("WHAT"), NULL, N_("customers or items"), OPTION_REQUIRED},
	{"dry-run", 0, NULL, NULL, N_("let the server check it, but do nothing"), 0},
	{"again", 0, NULL, NULL, N_("decide every row anew, also of a file imported before"), 0},
	{0},
};

const struct command import_commands[] = {
	{
		.words = "import",
		.alias = "导入",
		.summary = N_("Register customers or items from a CSV file"),
		.operands = file_operand,
		.options = import_options,
		.notes = N_(
			"CSV with heads in Chinese or English, in UTF-8 or GB18030. The verdict "
			"of each row stands in FILE.verdicts.csv. Importing the same file again "
			"gives the same verdicts and does nothing twice, so an import that was "
			"cut is simply run again. A row whose natural key (ref) is known already "
			"is unchanged or differs; it is never overwritten."),
		.examples = "dossier import customers.csv --as customers --dry-run\n"
			    "dossier import 档案目录.csv --as items\n",
		.run = import_run,
	},
	{0},
};
