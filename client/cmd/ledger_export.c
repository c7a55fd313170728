/* ledger export: a bundle that can be verified without a server. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/interrupt.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/progress.h"
#include "client/cli/proof.h"
#include "client/cli/refusal.h"
#include "client/cli/safe.h"
#include "client/cmd/group.h"
#include "common/checkpoint.h"
#include "common/file.h"
#include "proto/request.pb-c.h"

#define PART_SUFFIX ".part" /* until it is whole */

struct export
{
	struct cli *cli;
	const struct command *command;
	const char *name; /* of the file */
	struct path part;
	FILE *file;
	uint64_t bytes;
	struct progress progress;
	int interrupt;
};

/* ---- where it begins ---- */

/* A head from a file: its size. Whether it is of this past is for `ledger verify` to say. */
static enum status size_of_file(struct cli *cli, const char *name, uint64_t *size)
{
	struct checkpoint checkpoint;
	struct note note;
	uint8_t *bytes;
	size_t len;
	enum status status = file_get(name, NOTE_MAX, &bytes, &len);

	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_INPUT, "%s: %s", name, strerror(errno));
	status = note_parse(&note, bytes, len);
	if (status == STATUS_OK)
		status = checkpoint_parse(&checkpoint, note.text, note.text_len);
	free(bytes);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_INPUT, _("%s is no signed head of a ledger"), name);
	*size = checkpoint.size;
	return STATUS_OK;
}

static enum status take_since(struct cli *cli, const char *text, uint64_t *from)
{
	char *end;

	if (text == NULL)
		return STATUS_OK;
	errno = 0;
	*from = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0)
		return STATUS_OK;
	return size_of_file(cli, text, from);
}

/* ---- the file ---- */

static enum status open_part(struct export *export)
{
	if (access(export->name, F_OK) == 0)
		return cli_complain(export->cli, STATUS_INPUT, _("%s is there already"),
				    export->name);
	if (strlen(export->name) + sizeof(PART_SUFFIX) > sizeof(export->part.text))
		return cli_complain(export->cli, STATUS_INPUT, "%s: %s", export->name,
				    strerror(ENAMETOOLONG));
	stpcpy(stpcpy(export->part.text, export->name), PART_SUFFIX);
	export->file = fopen(export->part.text, "we");
	if (export->file == NULL)
		return cli_complain(export->cli, STATUS_INPUT, "%s: %s", export->part.text,
				    strerror(errno));
	return STATUS_OK;
}

/* Whole under its name, or not at all. */
static enum status close_part(struct export *export, bool whole)
{
	enum status status = fflush(export->file) == 0 ? STATUS_OK : STATUS_STORAGE;

	if (whole && status == STATUS_OK)
		status = file_sync(fileno(export->file));
	if (fclose(export->file) != 0)
		status = STATUS_STORAGE;
	if (whole && status == STATUS_OK)
		status = file_rename(export->part.text, export->name);
	if (whole && status != STATUS_OK)
		cli_complain(export->cli, STATUS_SYSTEM, "%s: %s", export->name, strerror(errno));
	if (!whole || status != STATUS_OK)
		(void)unlink(export->part.text); /* what is left is not mistaken for the whole */
	return !whole || status == STATUS_OK ? STATUS_OK : STATUS_SYSTEM;
}

static enum status take_part(struct export *export, const Pb__LedgerExportReply *reply)
{
	if (interrupt_seen(export->interrupt))
		return cli_complain(export->cli, STATUS_CANCELLED, _("stopped, nothing is kept"));
	if (fwrite(reply->part.data, 1, reply->part.len, export->file) != reply->part.len)
		return cli_complain(export->cli, STATUS_SYSTEM, "%s: %s", export->part.text,
				    strerror(errno));
	export->bytes += reply->part.len;
	progress_step(&export->progress, reply->done, reply->done, reply->all);
	return STATUS_OK;
}

/* ---- the stream ---- */

static enum status take_parts(struct export *export)
{
	struct cli *cli = export->cli;
	struct client_answer answer;

	for (;;) {
		enum status status = client_receive(cli->client, &answer);

		if (status != STATUS_OK)
			return cli_lost(cli, status);
		if (answer.status == STATUS_PROOF)
			return proof_refute(cli, &answer);
		if (answer.refusal != NULL)
			return refusal_print(cli, answer.refusal, export->command);
		mark_take(cli, &answer);
		if (answer.kind == FRAME_END)
			return STATUS_OK;
		status = take_part(export,
				   (const Pb__LedgerExportReply *)(const void *)answer.reply);
		if (status != STATUS_OK)
			return status;
	}
}

static enum status tell(struct export *export, double seconds)
{
	struct cli *cli = export->cli;
	const char *name = safe_text(export->name, &cli->arena);

	if (cli->format == FORMAT_JSON) {
		enum status status =
			json_write(cli->out, json_pack("{s:s, s:I}", "file", export->name, "bytes",
						       (json_int_t) export->bytes));

		fputc('\n', cli->out);
		return status;
	}
	if (cli->quiet)
		return STATUS_OK;
	fprintf(cli->out, _("%s: %llu bytes in %.1f s\n"), name != NULL ? name : "?",
		(unsigned long long)export->bytes, seconds);
	fprintf(cli->out, _("Verify it anywhere, without a server: dossier ledger verify %s\n"),
		name != NULL ? name : "?");
	return STATUS_OK;
}

static enum status export_ledger(struct export *export, const Pb__LedgerExportRequest *request)
{
	struct cli *cli = export->cli;
	uint64_t id;
	enum status closed;
	double seconds;
	enum status status =
		client_send(cli->client, RPC_ledger_export, &request->base, NULL, 0, &id);

	if (status != STATUS_OK)
		return cli_lost(cli, status);
	status = open_part(export);
	if (status != STATUS_OK)
		return status;
	progress_begin(&export->progress, cli->err, cli->quiet);
	export->interrupt = interrupt_catch();
	status = take_parts(export);
	interrupt_release(export->interrupt);
	seconds = progress_end(&export->progress);
	closed = close_part(export, status == STATUS_OK);
	if (status == STATUS_OK)
		status = closed;
	if (status == STATUS_OK)
		status = tell(export, seconds);
	mark_tell(cli);
	return status;
}

static enum status export_run(struct cli *cli, const struct arguments *arguments)
{
	Pb__LedgerExportRequest request = PB__LEDGER_EXPORT_REQUEST__INIT;
	struct export export = {.cli = cli,
				.command = arguments->command,
				.name = arguments_value(arguments, "out")};
	enum status status = take_since(cli, arguments_value(arguments, "since"), &request.from);

	if (status == STATUS_OK)
		status = arguments_number(cli, arguments, "until", 1, INT64_MAX, 0, &request.to);
	if (status == STATUS_OK)
		status = cli_connect(cli);
	return status == STATUS_OK ? export_ledger(&export, &request) : status;
}

static const struct option_row export_options[] = {
	{"out", 0, N_("FILE"), NULL, N_("where to write it; must not be there yet"),
	 OPTION_REQUIRED},
	{"since", 0, N_("HEAD"), NULL,
	 N_("only what came later than this head: a file with a signed head, or its size"), 0},
	{"until", 0, N_("SIZE"), "to",
	 N_("only so many entries of the ledger; then without an inventory"), 0},
	{0},
};

static const struct column export_columns[] = {
	{N_("Done"), "done", "done", COLUMN_RIGHT, NULL},
	{N_("Of"), "all", "all", COLUMN_RIGHT, NULL},
	{0},
};

const struct command ledger_export_commands[] = {
	{
		.words = "ledger export",
		.alias = "总账 导出",
		.rpc = RPC_ledger_export,
		.options = export_options,
		.columns = export_columns,
		.notes = N_("Entries that you may see all of come with what was asked and decided, "
			    "those that the log shows you with their header, all others as hashes. "
			    "With them come signed heads, proofs, and how each item stands. The "
			    "export is itself an entry of the ledger."),
		.examples =
			"dossier ledger export --out 2026.bundle\n"
			"dossier ledger export --out march.bundle --since february.checkpoint\n",
		.run = export_run,
	},
	{0},
};
