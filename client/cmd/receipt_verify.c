/* What receipts prove: receipt verify, export. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/prooffile.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "client/lib/receipt_set.h"
#include "client/lib/receipts.h"
#include "common/date.h"
#include "common/rpc.h"

#define EXPORT_NAME_LEN 48

struct judging {
	struct cli *cli;
	bool one;    /* only the one with that sequence */
	bool online; /* by the server's newest head, not by what was kept */
	uint64_t sequence;
	json_t *array;            /* with -o json */
	struct receipt_set asked; /* owned; online: about what the server was asked */
	uint64_t proven;
	uint64_t unproven; /* kept without a proof */
	uint64_t wrong;
};

enum verdict { PROVEN, UNPROVEN, WRONG };

static enum status load_keys(struct cli *cli)
{
	enum status status = cli_load(cli);

	if (status != STATUS_OK)
		return status;
	status = logkeys_load(&cli->trust.keys, cli->profile.directory.text);
	return status == STATUS_OK ? status
				   : cli_complain(cli, STATUS_PROOF, _("%s/%s cannot be read"),
						  cli->profile.directory.text, LOGKEYS_FILE);
}

static enum status take_sequence(struct cli *cli, const char *text, uint64_t *sequence)
{
	char *end;

	errno = 0;
	*sequence = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0)
		return STATUS_OK;
	return cli_complain(cli, STATUS_USAGE, _("%s is not the number of an entry"), text);
}

/* ---- verify ---- */

static enum status join_all(struct cli *cli)
{
	enum status status = proof_join(cli);

	return status == STATUS_BUSY ? proof_missing(cli) : status;
}

/* The head that a proof leads to must itself grow from what is known. */
static enum status join(struct cli *cli, const ProtobufCBinaryData *note)
{
	enum status status = past_add(&cli->past, note->data, note->len);
	struct buf kept = BUF_EMPTY;

	if (status != STATUS_LIMIT)
		return status;
	/* Joining asks the server, whose last answer has the note. */
	status = buf_append(&kept, note->data, note->len);
	if (status == STATUS_OK)
		status = join_all(cli);
	if (status == STATUS_OK)
		status = past_add(&cli->past, buf_head(&kept), kept.len);
	buf_release(&kept);
	return status;
}

/* Whether the server proves the entry now. STATUS_PROOF, said and kept, when it does not. */
static enum status judge_online(struct judging *judging, const struct receipt *receipt,
				struct checkpoint *head)
{
	struct cli *cli = judging->cli;
	Pb__LedgerProofRequest request = PB__LEDGER_PROOF_REQUEST__INIT;
	struct proof_heads heads = {0};
	struct client_answer answer;
	const Pb__Proof *proof;
	enum status status;

	request.sequence = receipt->entry->sequence;
	status = query_call(cli, NULL, RPC_ledger_proof, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	proof = ((const Pb__LedgerProofReply *)(const void *)answer.reply)->proof;
	status = trust_entry(&cli->trust, &receipt->bytes, proof, head);
	if (status == STATUS_OK)
		return join(cli, &proof->checkpoint);
	if (status != STATUS_PROOF)
		return status;
	heads.what = _(cli->trust.why);
	heads.old_size = receipt->entry->sequence;
	if (receipt->proof != NULL)
		heads.kept = receipt->proof->checkpoint;
	if (proof != NULL) {
		heads.shown = proof->checkpoint;
		heads.hashes = proof->hashes;
	}
	return proof_refute_heads(cli, &heads);
}

static enum status judge(struct judging *judging, const struct receipt *receipt,
			 struct checkpoint *head, enum verdict *verdict)
{
	enum status status;

	*verdict = UNPROVEN;
	if (judging->online) {
		*verdict = PROVEN;
		return judge_online(judging, receipt, head);
	}
	if (receipt->proof == NULL)
		return STATUS_OK;
	status = trust_entry(&judging->cli->trust, &receipt->bytes, receipt->proof, head);
	*verdict = status == STATUS_OK ? PROVEN : WRONG;
	return status == STATUS_PROOF ? STATUS_OK : status;
}

static enum status add_json(struct judging *judging, const struct receipt *receipt,
			    const struct checkpoint *head, enum verdict verdict)
{
	static const char *const words[] = {"proven", "unproven", "wrong"};
	json_t *object = json_pack("{s:o, s:s}", "sequence",
				   json_sprintf("%" PRIu64, receipt->entry->sequence), "verdict",
				   words[verdict]);

	if (verdict == PROVEN &&
	    json_object_set_new(object, "size", json_sprintf("%" PRIu64, head->size)) != 0)
		return STATUS_MEMORY;
	if (verdict == WRONG &&
	    json_object_set_new(object, "why", json_string(judging->cli->trust.why)) != 0)
		return STATUS_MEMORY;
	return json_array_append_new(judging->array, object) == 0 ? STATUS_OK : STATUS_MEMORY;
}

static void print_verdict(struct judging *judging, const struct receipt *receipt,
			  const struct checkpoint *head, enum verdict verdict)
{
	const struct rpc *rpc = rpc_find(receipt->entry->rpc);
	FILE *to = judging->cli->out;
	char time[DATE_TIME_TEXT_LEN];

	date_format_time(receipt->entry->time, FIELD_ZONE_MINUTES, time);
	fprintf(to, "%8" PRIu64 "  %s  %s: ", receipt->entry->sequence, time,
		rpc == NULL             ? "?"
		: rpc->words[0] != '\0' ? rpc->words
					: rpc->name);
	if (verdict == PROVEN)
		fprintf(to, _("proven, under a signed head of %llu entries"),
			(unsigned long long)head->size);
	else if (verdict == UNPROVEN)
		fputs(_("kept without a proof"), to);
	else
		fprintf(to, _("WRONG: %s"), _(judging->cli->trust.why));
	fputc('\n', to);
}

static enum status judge_one(void *context, const struct receipt *receipt)
{
	struct judging *judging = context;
	struct checkpoint head = {0};
	enum verdict verdict;
	bool is_new = true;
	enum status status = STATUS_OK;

	if (judging->one && receipt->entry->sequence != judging->sequence)
		return STATUS_OK;
	if (judging->online)
		status = receipt_set_add(&judging->asked, receipt, &is_new);
	if (!is_new)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = judge(judging, receipt, &head, &verdict);
	if (status != STATUS_OK)
		return status;
	judging->proven += verdict == PROVEN;
	judging->unproven += verdict == UNPROVEN;
	judging->wrong += verdict == WRONG;
	if (judging->cli->format == FORMAT_JSON)
		return add_json(judging, receipt, &head, verdict);
	print_verdict(judging, receipt, &head, verdict);
	return STATUS_OK;
}

static enum status conclude(struct judging *judging, size_t damaged)
{
	struct cli *cli = judging->cli;

	if (judging->one && judging->proven + judging->unproven + judging->wrong == 0)
		return cli_complain(cli, STATUS_NOT_FOUND, _("there is no receipt for entry %llu"),
				    (unsigned long long)judging->sequence);
	if (!judging->one && !cli->quiet && cli->format == FORMAT_TABLE)
		fprintf(cli->out, _("%llu proven, %llu without a proof, %llu wrong\n"),
			(unsigned long long)judging->proven, (unsigned long long)judging->unproven,
			(unsigned long long)judging->wrong + damaged);
	if (judging->wrong > 0)
		fputs(_("A receipt that is wrong was changed on this machine since it was kept: it "
			"was right when it came.\n"),
		      cli->err);
	if (damaged > 0)
		cli_complain(cli, STATUS_OK, _("%zu records in %s are damaged and were left out"),
			     damaged, RECEIPTS_FILE);
	return judging->wrong + judging->unproven + damaged > 0 ? STATUS_PROOF : STATUS_OK;
}

static enum status judge_all(struct judging *judging)
{
	struct cli *cli = judging->cli;
	struct path path;
	size_t damaged = 0;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &path);

	if (status == STATUS_OK)
		status = judging->online ? cli_connect(cli) : load_keys(cli);
	if (status != STATUS_OK)
		return status;
	status = receipts_each(path.text, 0, judge_one, judging, &damaged);
	if (judging->online && status == STATUS_OK)
		status = join_all(cli);
	if (judging->online && status != STATUS_OK && status != STATUS_STORAGE &&
	    status != STATUS_MEMORY)
		return status; /* said */
	if (status == STATUS_OK && cli->format == FORMAT_JSON) {
		status = json_write(cli->out, json_incref(judging->array));
		fputc('\n', cli->out);
	}
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be read"), path.text);
	return conclude(judging, damaged);
}

static enum status verify_run(struct cli *cli, const struct arguments *arguments)
{
	struct judging judging = {
		.cli = cli,
		.one = arguments->operand_count > 0,
		.online = arguments_has(arguments, "online"),
	};
	enum status status = STATUS_OK;

	if (judging.one == arguments_has(arguments, "all"))
		return cli_complain(cli, STATUS_USAGE,
				    _("name an entry, or give --all for all that are kept"));
	if (judging.one)
		status = take_sequence(cli, arguments->operands[0], &judging.sequence);
	if (status != STATUS_OK)
		return status;
	judging.array = json_array();
	status = judge_all(&judging);
	json_decref(judging.array);
	receipt_set_release(&judging.asked);
	return status;
}

/* ---- export ---- */

struct exporting {
	struct cli *cli;
	uint64_t sequence;
	bool found;
	struct buf text; /* owned; the newest proof of that entry */
};

static enum status export_one(void *context, const struct receipt *receipt)
{
	struct exporting *exporting = context;
	struct trust *trust = &exporting->cli->trust;
	struct checkpoint head;
	enum status status;

	if (receipt->entry->sequence != exporting->sequence)
		return STATUS_OK;
	exporting->found = true;
	status = trust_entry(trust, &receipt->bytes, receipt->proof, &head);
	buf_clear(&exporting->text);
	if (status == STATUS_OK)
		status = prooffile_format(receipt->proof, &receipt->bytes, &exporting->text);
	return status == STATUS_PROOF ? STATUS_OK : status;
}

static enum status export_to(struct exporting *exporting, const char *path)
{
	struct cli *cli = exporting->cli;
	struct path receipts;
	size_t damaged;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &receipts);

	if (status == STATUS_OK)
		status = load_keys(cli);
	if (status != STATUS_OK)
		return status;
	status = receipts_each(receipts.text, 0, export_one, exporting, &damaged);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be read"), receipts.text);
	if (!exporting->found)
		return cli_complain(cli, STATUS_NOT_FOUND, _("there is no receipt for entry %llu"),
				    (unsigned long long)exporting->sequence);
	if (exporting->text.len == 0)
		return cli_complain(cli, STATUS_PROOF,
				    _("the receipt of entry %llu proves nothing"),
				    (unsigned long long)exporting->sequence);
	status = prooffile_write(cli, path, &exporting->text);
	if (status == STATUS_OK && !cli->quiet)
		fprintf(cli->out, _("%s: the proof of entry %llu\n"), path,
			(unsigned long long)exporting->sequence);
	return status;
}

static enum status export_run(struct cli *cli, const struct arguments *arguments)
{
	struct exporting exporting = {.cli = cli};
	const char *path = arguments_value(arguments, "out");
	char name[EXPORT_NAME_LEN];
	enum status status = take_sequence(cli, arguments->operands[0], &exporting.sequence);

	if (status != STATUS_OK)
		return status;
	snprintf(name, sizeof(name), "%" PRIu64 ".tlog-proof", exporting.sequence);
	status = export_to(&exporting, path != NULL ? path : name);
	buf_release(&exporting.text);
	return status;
}

/* ---- the commands ---- */

static const struct operand_row verify_operands[] = {{N_("ENTRY"), NULL, false, true}, {0}};
static const struct operand_row export_operands[] = {{N_("ENTRY"), NULL, false, false}, {0}};

static const struct option_row verify_options[] = {
	{"all", 0, NULL, NULL, N_("all receipts that are kept"), 0},
	{"online", 0, NULL, NULL,
	 N_("let the server prove each entry anew, by the newest head of the ledger"), 0},
	{0},
};

static const struct option_row export_options[] = {
	{"out", 0, N_("FILE"), NULL, N_("the file to make (default: ENTRY.tlog-proof)"), 0},
	{0},
};

const struct command receipt_verify_commands[] = {
	{
		.words = "receipt verify",
		.alias = "回执 核验",
		.summary = N_("Verify receipts again, also without a server"),
		.operands = verify_operands,
		.options = verify_options,
		.notes = N_(
			"A receipt proves that its entry is in the ledger under a head that the "
			"ledger's key has signed. Every one was verified when it came. With "
			"--online the server has to prove that the entry is still there; so "
			"receipts that an older release kept without a proof are verified, too."),
		.examples = "dossier receipt verify 1234\n"
			    "dossier receipt verify --all --online\n",
		.run = verify_run,
	},
	{
		.words = "receipt export",
		.alias = "回执 导出",
		.summary = N_("Write one receipt as a file that anybody can verify"),
		.operands = export_operands,
		.options = export_options,
		.notes = N_("The file is a C2SP tlog-proof: dossier ledger verify takes it, and so "
			    "do other tools. It has who did what and when in numbers, not what was "
			    "asked and answered."),
		.examples = "dossier receipt export 1234\n"
			    "dossier receipt export 1234 --out case-7.tlog-proof\n",
		.run = export_run,
	},
	{0},
};
