/* The ledger as it stands at head office: ledger status, checkpoint, proof. */
#include <inttypes.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/prooffile.h"
#include "client/cli/query.h"
#include "client/cli/request.h"
#include "client/cmd/group.h"
#include "client/cmd/paper_head.h"
#include "client/cmd/witness_policy.h"
#include "client/lib/receipts.h"
#include "common/date.h"
#include "common/hash.h"
#include "proto/request.pb-c.h"

/* What an answer shows as a head is not one. */
static enum status refute_head(struct cli *cli, const char *what, const ProtobufCBinaryData *note)
{
	return proof_refute_heads(cli, &(struct proof_heads){.what = _(what), .shown = *note});
}

/* ---- checkpoint ---- */

/* The heartbeat, which says when, if it is of the very head that was verified to have grown; else
 * that head as it is. */
static enum status print_paper(struct cli *cli, const Pb__LedgerCheckpointReply *reply,
			       const struct checkpoint *head)
{
	struct paper_head paper = {
		.note = (const char *)reply->checkpoint.data,
		.note_len = reply->checkpoint.len,
		.checkpoint = *head,
		.printed_at = clock_now(),
		.on_screen = cli->color,
	};
	struct checkpoint timed = {.size = 0};
	uint64_t signed_at = 0;
	enum status status = STATUS_OK;

	if (reply->heartbeat.len > 0)
		status = trust_heartbeat(&cli->trust, reply->heartbeat.data, reply->heartbeat.len,
					 &timed, &signed_at);
	if (status == STATUS_PROOF)
		return refute_head(cli, cli->trust.why, &reply->heartbeat);
	if (timed.size == head->size) {
		if (memcmp(timed.root, head->root, HASH_LEN) != 0)
			return refute_head(cli, N_("two signed heads of one size differ"),
					   &reply->heartbeat);
		paper.note = (const char *)reply->heartbeat.data;
		paper.note_len = reply->heartbeat.len;
		paper.signed_at = signed_at;
	}
	if (status == STATUS_OK)
		status = paper_head_write(&paper, cli->out);
	return status == STATUS_OK ? status
				   : cli_complain(cli, status, "%s", _(status_text(status)));
}

static enum status print_head(struct cli *cli, const Pb__LedgerCheckpointReply *reply,
			      const struct checkpoint *head)
{
	char root[2 * HASH_LEN + 1];
	enum status status;

	if (cli->format != FORMAT_JSON) {
		fwrite(reply->checkpoint.data, 1, reply->checkpoint.len, cli->out);
		return STATUS_OK;
	}
	hex_encode(head->root, HASH_LEN, root);
	status = json_write(
		cli->out,
		json_pack("{s:s, s:o, s:s, s:s%, s:s%}", "origin", head->origin, "size",
			  json_sprintf("%" PRIu64, head->size), "root", root, "checkpoint",
			  reply->checkpoint.data, reply->checkpoint.len, "heartbeat",
			  reply->heartbeat.len > 0 ? (const char *)reply->heartbeat.data : "",
			  reply->heartbeat.len));
	fputc('\n', cli->out);
	return status;
}

/* STATUS_STALE: ask once more. */
static enum status ask_head(struct cli *cli, const struct command *command,
			    const Pb__LedgerCheckpointReply **reply)
{
	Pb__LedgerCheckpointRequest request = PB__LEDGER_CHECKPOINT_REQUEST__INIT;
	struct client_answer answer;
	enum status status;

	request.n_seen = past_sizes(&cli->past, cli->seen);
	request.seen = cli->seen;
	status = query_call(cli, command, RPC_ledger_checkpoint, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	*reply = (const Pb__LedgerCheckpointReply *)answer.reply;
	return proof_judge(cli, &(struct past_shown){(*reply)->checkpoint, (*reply)->consistency,
						     (*reply)->n_consistency});
}

/* The head is shown only when it is signed, and grew from the one that this profile knows. */
static enum status checkpoint_run(struct cli *cli, const struct arguments *arguments)
{
	const Pb__LedgerCheckpointReply *reply = NULL;
	struct checkpoint head;
	enum status status = cli_connect(cli);

	if (status != STATUS_OK)
		return status;
	do {
		status = ask_head(cli, arguments->command, &reply);
	} while (status == STATUS_STALE);
	if (status != STATUS_OK)
		return status;
	status =
		trust_checkpoint(&cli->trust, reply->checkpoint.data, reply->checkpoint.len, &head);
	if (status == STATUS_PROOF)
		return refute_head(cli, cli->trust.why, &reply->checkpoint);
	if (status != STATUS_OK)
		return status;
	return arguments_has(arguments, "print") ? print_paper(cli, reply, &head)
						 : print_head(cli, reply, &head);
}

/* ---- proof ---- */

struct finding_entry {
	struct cli *cli;
	const Pb__Proof *proof;
	bool found;
	struct buf text; /* owned */
};

/* Our own receipt has the entry that is proven. */
static enum status take_receipt(void *context, const struct receipt *receipt)
{
	struct finding_entry *finding = context;
	struct checkpoint head;
	enum status status;

	if (receipt->entry->sequence != finding->proof->index || finding->found)
		return STATUS_OK;
	finding->found = true;
	status = trust_entry(&finding->cli->trust, &receipt->bytes, finding->proof, &head);
	return status == STATUS_OK
		       ? prooffile_format(finding->proof, &receipt->bytes, &finding->text)
		       : status;
}

/* Verifies as far as what we have allows, and makes the text. */
static enum status make_text(struct finding_entry *finding)
{
	struct cli *cli = finding->cli;
	const Pb__Proof *proof = finding->proof;
	struct checkpoint head;
	struct path path;
	size_t damaged;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &path);

	if (status != STATUS_OK)
		return status;
	status =
		trust_checkpoint(&cli->trust, proof->checkpoint.data, proof->checkpoint.len, &head);
	if (status == STATUS_OK)
		status = receipts_each(path.text, 0, take_receipt, finding, &damaged);
	if (status == STATUS_OK && !finding->found) {
		status = prooffile_format(proof, NULL, &finding->text);
		cli_complain(cli, STATUS_OK,
			     _("the proof says where entry %llu stands, but not what it says: it "
			       "is none of yours"),
			     (unsigned long long)proof->index);
	}
	if (status == STATUS_PROOF)
		return refute_head(cli, cli->trust.why, &proof->checkpoint);
	if (status == STATUS_INVALID)
		return refute_head(cli, N_("what should be a proof is none"), &proof->checkpoint);
	return status == STATUS_OK
		       ? status
		       : cli_complain(cli, STATUS_SYSTEM, _("%s cannot be read"), path.text);
}

static enum status put_text(struct cli *cli, const char *out, uint64_t index,
			    const struct buf *text)
{
	enum status status;

	if (out == NULL) {
		fwrite(buf_head(text), 1, text->len, cli->out);
		return STATUS_OK;
	}
	status = prooffile_write(cli, out, text);
	if (status == STATUS_OK && !cli->quiet)
		fprintf(cli->out, _("%s: the proof of entry %llu\n"), out,
			(unsigned long long)index);
	return status;
}

static enum status proof_run(struct cli *cli, const struct arguments *arguments)
{
	struct finding_entry finding = {.cli = cli};
	struct client_answer answer;
	ProtobufCMessage *request;
	enum status status = request_build(cli, arguments, &cli->arena, &request);

	if (status == STATUS_OK)
		status = query_call(cli, arguments->command, RPC_ledger_proof, request, &answer);
	if (status != STATUS_OK)
		return status;
	finding.proof = ((const Pb__LedgerProofReply *)answer.reply)->proof;
	if (finding.proof == NULL ||
	    finding.proof->index != ((const Pb__LedgerProofRequest *)request)->sequence)
		return refute_head(cli, N_("it is not about the entry that was asked for"),
				   &(ProtobufCBinaryData){0});
	status = make_text(&finding);
	if (status == STATUS_OK)
		status = put_text(cli, arguments_value(arguments, "out"), finding.proof->index,
				  &finding.text);
	buf_release(&finding.text);
	return status;
}

/* ---- status ---- */

/* Whether what the server says is what is signed. In quarantine nothing is. */
static enum status verify_status(struct cli *cli, const Pb__LedgerStatusReply *reply)
{
	struct trust *trust = &cli->trust;
	struct checkpoint head;
	uint64_t seconds = 0;
	enum status status;

	if (reply->quarantine[0] != '\0' && reply->checkpoint.len == 0)
		return STATUS_OK;
	status = trust_checkpoint(trust, reply->checkpoint.data, reply->checkpoint.len, &head);
	if (status == STATUS_OK && (head.size != reply->size || reply->root.len != HASH_LEN ||
				    memcmp(head.root, reply->root.data, HASH_LEN) != 0))
		return refute_head(cli, N_("it says another size or root than it signed"),
				   &reply->checkpoint);
	if (status == STATUS_OK && reply->heartbeat.len > 0)
		status = trust_heartbeat(trust, reply->heartbeat.data, reply->heartbeat.len, &head,
					 &seconds);
	if (status == STATUS_OK && (int64_t)(seconds * 1000000) != reply->heartbeat_at)
		return refute_head(cli, N_("it says another time than it signed"),
				   &reply->heartbeat);
	return status == STATUS_PROOF ? refute_head(cli, trust->why, &reply->checkpoint) : status;
}

/* Nobody should take down a key that his profile does not trust. */
static void warn_of_key(struct cli *cli, const char *vkey)
{
	struct note_key key;

	if (vkey[0] != '\0' && (note_key_parse(&key, vkey, strlen(vkey)) != STATUS_OK ||
				!logkeys_has(&cli->trust.keys, &key)))
		cli_complain(cli, STATUS_OK,
			     _("warning: your profile does not know the key that the server "
			       "names: do not rely on it"));
}

static enum status status_run(struct cli *cli, const struct arguments *arguments)
{
	Pb__LedgerStatusRequest request = PB__LEDGER_STATUS_REQUEST__INIT;
	struct client_answer answer;
	enum status status =
		query_call(cli, arguments->command, RPC_ledger_status, &request.base, &answer);

	if (status == STATUS_OK)
		status = verify_status(cli, (const Pb__LedgerStatusReply *)answer.reply);
	if (status != STATUS_OK)
		return status;
	warn_of_key(cli, ((const Pb__LedgerStatusReply *)answer.reply)->key);
	return query_print(cli, arguments->command, answer.reply);
}

/* By our own clock: a server that shows old heartbeats would lie about its own as well. */
static const char *heartbeat_age(const ProtobufCMessage *message, enum style style,
				 struct arena *arena)
{
	const Pb__LedgerStatusReply *reply = (const Pb__LedgerStatusReply *)message;
	long long seconds = (clock_now() - reply->heartbeat_at) / 1000000;

	if (reply->heartbeat_at == 0)
		return "";
	return arena_printf(arena, style == STYLE_MACHINE ? "%lld" : _("%lld seconds"), seconds);
}

/* How many there are of those that are needed. */
static const char *witnesses_of(const ProtobufCMessage *message, enum style style,
				struct arena *arena)
{
	const Pb__LedgerStatusReply *reply = (const Pb__LedgerStatusReply *)message;

	return arena_printf(arena, style == STYLE_MACHINE ? "%u/%u" : _("%u needed, %u active"),
			    reply->needed, witness_policy_active(reply));
}

static const char *cosigned_by(const ProtobufCMessage *message, enum style style,
			       struct arena *arena)
{
	const Pb__LedgerStatusReply *reply = (const Pb__LedgerStatusReply *)message;
	const char *text = "";
	char time[DATE_TIME_TEXT_LEN];

	for (size_t i = 0; i < reply->n_witnesses && text != NULL; i++) {
		const Pb__WitnessView *view = reply->witnesses[i];

		if (!view->active || view->size == 0)
			continue;
		date_format_time(view->time, FIELD_ZONE_MINUTES, time);
		text = arena_printf(arena, "%s%s%s %llu%s%s", text, text[0] == '\0' ? "" : ", ",
				    view->login, (unsigned long long)view->size,
				    style == STYLE_MACHINE ? "" : " ",
				    style == STYLE_MACHINE ? "" : time);
	}
	return text;
}

static const struct column status_columns[] = {
	{N_("Ledger"), "origin", "origin", 0, NULL},
	{N_("Quarantine"), "quarantine", "quarantine", 0, NULL},
	{N_("Entries"), "size", "size", COLUMN_ZERO, NULL},
	{N_("Root"), "root", "root", 0, NULL},
	{N_("Signed"), "signed_at", "signed_at", 0, NULL},
	{N_("Signed by"), "key", "key", 0, NULL},
	{N_("Newest heartbeat"), "heartbeat_at", "heartbeat_at", 0, NULL},
	{N_("Its age"), "heartbeat_age", NULL, 0, heartbeat_age},
	{N_("Witnesses"), "witnesses", NULL, 0, witnesses_of},
	{N_("Co-signed by"), "cosigned_by", NULL, 0, cosigned_by},
	{N_("Anchored"), "anchored_size", "anchored_size", COLUMN_ZERO, NULL},
	{0},
};

/* ---- the commands ---- */

static const struct operand_row proof_operands[] = {{N_("ENTRY"), "sequence", false, false}, {0}};

static const struct option_row checkpoint_options[] = {
	{"print", 0, NULL, NULL, N_("a page for paper: the head in figures and as a QR code"), 0},
	{0},
};

static const struct option_row proof_options[] = {
	{"out", 0, N_("FILE"), NULL, N_("the file to make, instead of printing the proof"), 0},
	{0},
};

const struct command ledger_commands[] = {
	{
		.words = "ledger status",
		.alias = "总账 状态",
		.rpc = RPC_ledger_status,
		.columns = status_columns,
		.notes = N_("A heartbeat is a signed head that says when it was signed: an old one "
			    "means that the server, or somebody before it, shows you the past."),
		.examples = "dossier ledger status\n"
			    "dossier ledger status -o json\n",
		.run = status_run,
	},
	{
		.words = "ledger checkpoint",
		.alias = "总账 存证",
		.rpc = RPC_ledger_checkpoint,
		.options = checkpoint_options,
		.notes = N_("Printed is the signed head as it came (C2SP tlog-checkpoint), after "
			    "its signature and its growth from the head that this profile knows "
			    "were verified. Keep one where nobody at head office can change it: "
			    "with it the whole past up to it can be proven."),
		.examples = "dossier ledger checkpoint > 2026-11-22.checkpoint\n"
			    "dossier ledger checkpoint --print | lp\n"
			    "dossier ledger checkpoint -o json\n",
		.run = checkpoint_run,
	},
	{
		.words = "ledger proof",
		.alias = "总账 证明",
		.rpc = RPC_ledger_proof,
		.operands = proof_operands,
		.options = proof_options,
		.notes = N_("The proof leads from the entry to the newest signed head (C2SP "
			    "tlog-proof). What the entry says is in it only when it is the entry "
			    "of one of your receipts; of others it says where they stand."),
		.examples = "dossier ledger proof 1234\n"
			    "dossier ledger proof 1234 --out 1234.tlog-proof\n",
		.run = proof_run,
	},
	{0},
};
