/* The receipts that this person's acts gave: receipt list, show. */
#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/table.h"
#include "client/cmd/group.h"
#include "client/lib/receipts.h"
#include "common/checkpoint.h"
#include "common/date.h"
#include "common/hash.h"
#include "common/rpc.h"

struct seeing {
	struct cli *cli;
	json_t *array; /* with -o json */
	bool one;      /* only the one with that sequence */
	uint64_t sequence;
	bool found;
};

static const char *rpc_words(uint16_t number)
{
	const struct rpc *rpc = rpc_find(number);

	return rpc == NULL ? "?" : rpc->words[0] != '\0' ? rpc->words : rpc->name;
}

/* Bytes of the header in hex; "" when memory is out. */
static char *hex_of(const uint8_t *bytes, size_t len)
{
	char *hex = malloc(2 * len + 1);

	if (hex != NULL)
		hex_encode(bytes, len, hex);
	return hex;
}

static json_t *receipt_json(const struct receipt *receipt)
{
	const struct entry *entry = receipt->entry;
	char *hex = hex_of(receipt->bytes.data, receipt->bytes.len);
	json_t *object = json_pack(
		"{s:b, s:o, s:o, s:s, s:o, s:o, s:s}", "proof", receipt->proof != NULL, "sequence",
		json_sprintf("%llu", (unsigned long long)entry->sequence), "time",
		json_sprintf("%lld", (long long)entry->time), "rpc", rpc_words(entry->rpc), "actor",
		json_sprintf("%llu", (unsigned long long)entry->actor), "office",
		json_sprintf("%llu", (unsigned long long)entry->office), "entry",
		hex != NULL ? hex : "");

	free(hex);
	return object;
}

static void print_row(FILE *to, const struct receipt *receipt)
{
	char time[DATE_TIME_TEXT_LEN];

	date_format_time(receipt->entry->time, FIELD_ZONE_MINUTES, time);
	fprintf(to, "%8llu  %s  %s", (unsigned long long)receipt->entry->sequence, time,
		rpc_words(receipt->entry->rpc));
	if (receipt->entry->status != STATUS_OK)
		fprintf(to, ": %s", _(status_text((enum status)receipt->entry->status)));
	fputc('\n', to);
}

static void print_csv(FILE *to, const struct receipt *receipt)
{
	char sequence[24];
	char time[DATE_TIME_TEXT_LEN];

	snprintf(sequence, sizeof(sequence), "%llu", (unsigned long long)receipt->entry->sequence);
	date_format_time(receipt->entry->time, FIELD_ZONE_MINUTES, time);
	csv_put_cell(to, sequence, true);
	csv_put_cell(to, time, false);
	csv_put_cell(to, rpc_words(receipt->entry->rpc), false);
	csv_put_cell(to, status_name((enum status)receipt->entry->status), false);
	csv_end_line(to);
}

static void print_hex(FILE *to, const char *title, const uint8_t *bytes, size_t len)
{
	char *hex = hex_of(bytes, len);

	table_cell(to, title, 14, false);
	fprintf(to, "%s\n", hex != NULL ? hex : "");
	free(hex);
}

/* What it would be proven by; whether it is, receipt verify says. */
static void print_proof(FILE *to, const Pb__Proof *proof)
{
	struct checkpoint head;
	struct note note;

	if (proof == NULL ||
	    note_parse(&note, proof->checkpoint.data, proof->checkpoint.len) != STATUS_OK ||
	    checkpoint_parse(&head, note.text, note.text_len) != STATUS_OK)
		return;
	table_cell(to, _("Ledger"), 14, false);
	fprintf(to, "%s\n", head.origin);
	table_cell(to, _("Signed head"), 14, false);
	fprintf(to, _("%llu entries\n"), (unsigned long long)head.size);
	print_hex(to, _("Root"), head.root, sizeof(head.root));
}

static void print_whole(FILE *to, const struct receipt *receipt)
{
	const struct entry *entry = receipt->entry;
	char time[DATE_TIME_TEXT_LEN];

	date_format_time(entry->time, FIELD_ZONE_MINUTES, time);
	table_cell(to, _("Entry"), 14, false);
	fprintf(to, "%llu\n", (unsigned long long)entry->sequence);
	table_cell(to, _("Time"), 14, false);
	fprintf(to, "%s\n", time);
	table_cell(to, _("What"), 14, false);
	fprintf(to, "%s\n", rpc_words(entry->rpc));
	table_cell(to, _("Outcome"), 14, false);
	fprintf(to, "%s\n", _(status_text((enum status)entry->status)));
	table_cell(to, _("Subjects"), 14, false);
	fprintf(to, "%zu\n", entry->subject_count);
	print_hex(to, _("Key"), entry->key, sizeof(entry->key));
	print_hex(to, _("Commitment"), entry->commitment, sizeof(entry->commitment));
	print_hex(to, _("Header"), receipt->bytes.data, receipt->bytes.len);
	print_proof(to, receipt->proof);
}

static enum status see(void *context, const struct receipt *receipt)
{
	struct seeing *seeing = context;
	FILE *to = seeing->cli->out;

	if (seeing->one && receipt->entry->sequence != seeing->sequence)
		return STATUS_OK;
	seeing->found = true;
	if (seeing->cli->format == FORMAT_JSON)
		return json_array_append_new(seeing->array, receipt_json(receipt)) == 0
			       ? STATUS_OK
			       : STATUS_MEMORY;
	if (seeing->cli->format == FORMAT_CSV)
		print_csv(to, receipt);
	else if (seeing->one)
		print_whole(to, receipt);
	else
		print_row(to, receipt);
	return STATUS_OK;
}

static enum status see_all(struct seeing *seeing)
{
	struct cli *cli = seeing->cli;
	struct path path;
	size_t damaged = 0;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &path);

	if (status != STATUS_OK)
		return status;
	seeing->array = json_array();
	if (cli->format == FORMAT_CSV)
		fputs("sequence,time,what,status\r\n", cli->out);
	status = receipts_each(path.text, 0, see, seeing, &damaged);
	if (status == STATUS_OK && cli->format == FORMAT_JSON) {
		status = json_write(cli->out, seeing->array);
		fputc('\n', cli->out);
	} else {
		json_decref(seeing->array);
	}
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be read"), path.text);
	if (damaged > 0)
		cli_complain(cli, STATUS_OK, _("%zu records in %s are damaged and were left out"),
			     damaged, path.text);
	return STATUS_OK;
}

static enum status list_run(struct cli *cli, const struct arguments *arguments)
{
	struct seeing seeing = {.cli = cli};

	(void)arguments;
	return see_all(&seeing);
}

static enum status show_run(struct cli *cli, const struct arguments *arguments)
{
	struct seeing seeing = {.cli = cli, .one = true};
	char *end;
	enum status status;

	seeing.sequence = strtoull(arguments->operands[0], &end, 10);
	if (*end != '\0')
		return cli_complain(cli, STATUS_USAGE, _("%s is not the number of an entry"),
				    arguments->operands[0]);
	status = see_all(&seeing);
	if (status == STATUS_OK && !seeing.found)
		return cli_complain(cli, STATUS_NOT_FOUND, _("there is no receipt for entry %llu"),
				    (unsigned long long)seeing.sequence);
	return status;
}

static const struct operand_row entry_operand[] = {{N_("ENTRY"), NULL, false, false}, {0}};

const struct command receipt_commands[] = {
	{
		.words = "receipt list",
		.alias = "回执 列表",
		.summary = N_("List the receipts of what you did"),
		.examples = "dossier receipt list\n",
		.run = list_run,
	},
	{
		.words = "receipt show",
		.alias = "回执 查看",
		.summary = N_("Show one receipt"),
		.operands = entry_operand,
		.examples = "dossier receipt show 1234\n",
		.run = show_run,
	},
	{0},
};
