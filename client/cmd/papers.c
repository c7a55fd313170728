/* Papers that people from outside show: papers. */
#include <fcntl.h>
#include <unistd.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/grant_text.h"
#include "client/cmd/group.h"
#include "common/file.h"
#include "common/hash.h"

#define SCAN_CHUNK 65536

static const struct column papers_columns[] = {
	{N_("Grant number"), "number", "view.grant.number", 0, NULL},
	{N_("Full name"), "name", "view.name", 0, NULL},
	{N_("State"), "state", "view.state", 0, NULL},
	{N_("Papers"), "papers", NULL, 0, grant_shown_papers},
	{N_("Papers missing"), "missing", NULL, 0, grant_shown_missing},
	{N_("Access until"), "until", NULL, 0, grant_shown_until},
	{0},
};

static void tell_names(struct cli *cli, const Pb__Grant *grant)
{
	for (size_t i = 0; i < grant->n_named_customers; i++)
		fprintf(cli->out, _("Not found: %s\n"), grant->named_customers[i]);
	for (size_t i = 0; i < grant->n_named_items; i++)
		fprintf(cli->out, _("Not found: %s\n"), grant->named_items[i]);
}

static enum status tell_paper(struct cli *cli, const void *message)
{
	const Pb__GrantPaperReply *reply = message;
	const char *missing = grant_missing((char *const *)reply->missing, reply->n_missing,
					    STYLE_PEOPLE, &cli->arena);
	const char *until = grant_until(reply->grant, &cli->arena);

	if (cli->quiet)
		return STATUS_OK;
	fprintf(cli->out,
		reply->before == NULL ? _("%s: paper checked off, until %s\n")
				      : _("%s: paper corrected, until %s\n"),
		reply->grant->number, until == NULL ? "?" : until);
	if (reply->opened != NULL && reply->opened->approval != NULL) {
		tell_names(cli, reply->grant);
		fprintf(cli->out, _("Approval %s is asked for\n"), reply->opened->approval->number);
	}
	if (reply->n_missing > 0)
		fprintf(cli->out, _("Still missing: %s\n"), missing == NULL ? "?" : missing);
	else
		fputs(_("The papers are complete\n"), cli->out);
	return STATUS_OK;
}

/* SHA-256 of a scan, in hex: the scan itself stays here. */
static enum status scan_hash(struct cli *cli, const char *path, char hex[static HASH_LEN * 2 + 1])
{
	struct hash *hash = hash_new();
	uint8_t *chunk = arena_alloc(&cli->arena, SCAN_CHUNK);
	uint8_t digest[HASH_LEN];
	uint64_t offset = 0;
	size_t got = 1;
	int fd = -1;
	enum status status =
		hash == NULL || chunk == NULL ? STATUS_MEMORY : file_open(path, O_RDONLY, &fd);

	if (status == STATUS_OK)
		hash_begin(hash);
	while (status == STATUS_OK && got > 0) {
		status = file_read_at(fd, chunk, SCAN_CHUNK, offset, &got);
		if (status == STATUS_OK)
			hash_add(hash, chunk, got);
		offset += got;
	}
	if (status == STATUS_OK) {
		hash_end(hash, digest);
		hex_encode(digest, HASH_LEN, hex);
	}
	if (fd >= 0)
		(void)close(fd); /* it was only read */
	hash_free(hash);
	return status == STATUS_OK ? STATUS_OK
				   : cli_complain(cli, STATUS_INPUT, _("%s cannot be read"), path);
}

static enum status check_off(struct cli *cli, const struct arguments *arguments)
{
	struct arguments hashed = *arguments;
	const char *path = arguments_value(arguments, "scan");
	char hex[HASH_LEN * 2 + 1];
	enum status status;

	if (path == NULL)
		return act_run(cli, arguments);
	status = scan_hash(cli, path, hex);
	if (status != STATUS_OK)
		return status;
	hashed.given = arena_calloc(&cli->arena, arguments->given_count, sizeof(struct argument));
	if (hashed.given == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	for (size_t i = 0; i < arguments->given_count; i++) {
		hashed.given[i] = arguments->given[i];
		if (hashed.given[i].value == path)
			hashed.given[i].value = hex;
	}
	return act_run(cli, &hashed);
}

/* Without a paper: what was shown, and what is missing. */
static enum status papers_run(struct cli *cli, const struct arguments *arguments)
{
	struct arguments look = *arguments;
	struct command show = *arguments->command;

	if (arguments->given_count > 0 && arguments_has(arguments, "kind"))
		return check_off(cli, arguments);
	if (arguments_has(arguments, "number") || arguments_has(arguments, "issuer") ||
	    arguments_has(arguments, "dated") || arguments_has(arguments, "valid-until") ||
	    arguments_has(arguments, "scan"))
		return cli_complain(cli, STATUS_USAGE,
				    _("--kind is missing: it says which paper it is"));
	show.rpc = RPC_grant_show;
	show.columns = papers_columns;
	look.command = &show;
	return query_show(cli, &look);
}

static const struct operand_row grant_operand[] = {{N_("GRANT"), "grant", false, false}, {0}};

static const struct option_row papers_options[] = {
	{"kind", 0, N_("KIND"), "kind",
	 N_("introduction, work-ID, business-licence, identity-card, practising-certificate or "
	    "case-proof"),
	 0},
	{"number", 0, N_("TEXT"), "number", N_("number on the paper"), 0},
	{"issuer", 0, N_("TEXT"), "issuer", N_("who issued it"), 0},
	{"dated", 0, N_("DATE"), "issued", N_("date on the paper"), 0},
	{"valid-until", 0, N_("DATE"), "valid_until",
	 N_("last day it is valid; access ends with it"), 0},
	{"scan", 0, N_("FILE"), "scan_hash", N_("its scan: only the hash is sent"), 0},
	{0},
};

const struct command papers_commands[] = {
	{
		.words = "papers",
		.alias = "证件",
		.rpc = RPC_grant_paper,
		.operands = grant_operand,
		.options = papers_options,
		.notes =
			N_("Without options: what was shown and what is missing. A paper of a kind "
			   "that is there already corrects it."),
		.examples = "dossier papers HQ-SQ-2026-00003\n"
			    "dossier papers HQ-SQ-2026-00003 --kind 律师执业证 --number "
			    "15101201910123456 --issuer 四川省司法厅 --dated 2024-03-01 --scan "
			    "执业证.pdf\n",
		.run = papers_run,
		.tell = tell_paper,
	},
	{0},
};
