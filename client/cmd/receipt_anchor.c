/* Receipts whose head witnesses have co-signed by now: receipt anchor. */
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cli/refusal.h"
#include "client/cli/request.h"
#include "client/cmd/group.h"
#include "client/cmd/witness_policy.h"
#include "client/lib/receipts.h"
#include "common/file.h"
#include "common/policy.h"

/* A receipt that is to be completed. */
struct wanted {
	uint64_t sequence;
	uint16_t rpc;
	bool done;                 /* its newest proof is enough for the policy */
	ProtobufCBinaryData entry; /* owned */
};

struct anchoring {
	struct cli *cli;
	struct policy *policy; /* owned */
	struct path receipts;
	bool one; /* only the one with that sequence */
	uint64_t sequence;
	struct wanted *wanted; /* owned; by sequence once sorted, one each */
	size_t count;
	size_t capacity;
	size_t completed;
	size_t waiting;
};

/* ---- which ---- */

static bool is_enough(const struct anchoring *anchoring, const ProtobufCBinaryData *note)
{
	struct policy_verdict verdict;

	return policy_judge(anchoring->policy, note->data, note->len, &verdict) == STATUS_OK;
}

static enum status want(void *context, const struct receipt *receipt)
{
	struct anchoring *anchoring = context;
	struct wanted *wanted;

	if (anchoring->one && receipt->entry->sequence != anchoring->sequence)
		return STATUS_OK;
	if (anchoring->count == anchoring->capacity) {
		size_t capacity = anchoring->capacity == 0 ? 64 : anchoring->capacity * 2;

		wanted = reallocarray(anchoring->wanted, capacity, sizeof(*wanted));
		if (wanted == NULL)
			return STATUS_MEMORY;
		anchoring->wanted = wanted;
		anchoring->capacity = capacity;
	}
	wanted = &anchoring->wanted[anchoring->count];
	*wanted = (struct wanted){.sequence = receipt->entry->sequence, .rpc = receipt->rpc};
	wanted->entry.data = malloc(receipt->bytes.len + 1);
	if (wanted->entry.data == NULL)
		return STATUS_MEMORY;
	memcpy(wanted->entry.data, receipt->bytes.data, receipt->bytes.len);
	wanted->entry.len = receipt->bytes.len;
	wanted->done = receipt->proof != NULL && is_enough(anchoring, &receipt->proof->checkpoint);
	anchoring->count++;
	return STATUS_OK;
}

/* What is done first of those of one entry. */
static int compare(const void *left, const void *right)
{
	const struct wanted *one = left;
	const struct wanted *other = right;

	if (one->sequence != other->sequence)
		return one->sequence < other->sequence ? -1 : 1;
	return (int)other->done - (int)one->done;
}

static enum status gather(struct anchoring *anchoring)
{
	struct cli *cli = anchoring->cli;
	size_t damaged = 0;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &anchoring->receipts);

	if (status != STATUS_OK)
		return status;
	status = receipts_each(anchoring->receipts.text, 0, want, anchoring, &damaged);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be read"),
				    anchoring->receipts.text);
	if (anchoring->one && anchoring->count == 0)
		return cli_complain(cli, STATUS_NOT_FOUND, _("there is no receipt for entry %llu"),
				    (unsigned long long)anchoring->sequence);
	if (anchoring->count > 0)
		qsort(anchoring->wanted, anchoring->count, sizeof(*anchoring->wanted), compare);
	return STATUS_OK;
}

/* ---- completing ---- */

static enum status file_proof(struct anchoring *anchoring, const struct wanted *wanted,
			      Pb__Proof *proof)
{
	struct cli *cli = anchoring->cli;
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	struct checkpoint head;
	enum status status = trust_entry(&cli->trust, &wanted->entry, proof, &head);

	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_PROOF, _("entry %llu: %s"),
				    (unsigned long long)wanted->sequence,
				    cli->trust.why != NULL ? _(cli->trust.why)
							   : _(status_text(status)));
	if (!is_enough(anchoring, &proof->checkpoint)) {
		anchoring->waiting++;
		return STATUS_OK;
	}
	receipt.entry = wanted->entry;
	receipt.proof = proof;
	status = receipts_add(anchoring->receipts.text, wanted->rpc, &receipt);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be written"),
				    anchoring->receipts.text);
	anchoring->completed++;
	return STATUS_OK;
}

static enum status complete(struct anchoring *anchoring, const struct wanted *wanted)
{
	struct cli *cli = anchoring->cli;
	Pb__LedgerProofRequest request = PB__LEDGER_PROOF_REQUEST__INIT;
	struct client_answer answer;
	enum status status;

	request.sequence = wanted->sequence;
	request.anchored = true;
	status = cli_connect(cli);
	if (status != STATUS_OK)
		return status;
	status = client_call(cli->client, RPC_ledger_proof, &request.base, NULL, 0, &answer);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (answer.refusal != NULL &&
	    strcmp(answer.refusal->reason, reason_name(REASON_entry_unanchored)) == 0) {
		anchoring->waiting++;
		return STATUS_OK;
	}
	if (answer.refusal != NULL)
		return refusal_print(cli, answer.refusal, NULL);
	return file_proof(anchoring, wanted, ((Pb__LedgerProofReply *)(void *)answer.reply)->proof);
}

static enum status complete_all(struct anchoring *anchoring)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < anchoring->count && status == STATUS_OK; i++) {
		const struct wanted *wanted = &anchoring->wanted[i];
		bool again = i > 0 && wanted[-1].sequence == wanted->sequence;

		if (!wanted->done && !again)
			status = complete(anchoring, wanted);
	}
	return status;
}

/* ---- the command ---- */

/* By the auditor's own policy, or by what the ledger says of its witnesses. */
static enum status take_policy(struct anchoring *anchoring, const char *path)
{
	struct cli *cli = anchoring->cli;
	struct buf text = BUF_EMPTY;
	uint8_t *bytes = NULL;
	size_t len = 0;
	size_t line = 0;
	enum status status = STATUS_OK;

	if (path == NULL)
		status = witness_policy_make(cli, &text);
	else if (file_get(path, POLICY_MAX, &bytes, &len) != STATUS_OK)
		status = cli_complain(cli, STATUS_INPUT, _("%s cannot be read"), path);
	else
		status = buf_append(&text, bytes, len);
	free(bytes);
	if (status == STATUS_OK) {
		status = policy_parse(&anchoring->policy, (const char *)buf_head(&text), text.len,
				      &line);
		if (status != STATUS_OK)
			status = cli_complain(cli, STATUS_INPUT, _("line %zu is not right: %s"),
					      line, path != NULL ? path : _("the policy"));
	}
	buf_release(&text);
	return status;
}

static enum status tell(const struct anchoring *anchoring)
{
	struct cli *cli = anchoring->cli;

	if (!cli->quiet)
		fprintf(cli->out, _("%zu receipts completed, %zu wait for witnesses\n"),
			anchoring->completed, anchoring->waiting);
	return anchoring->waiting == 0 ? STATUS_OK : CLI_SOME_REFUSED;
}

/* One by its number, or all. */
static enum status take_choice(struct anchoring *anchoring, const struct arguments *arguments)
{
	struct cli *cli = anchoring->cli;
	ProtobufCMessage *request;
	enum status status;

	anchoring->one = arguments->operand_count > 0;
	if (anchoring->one == arguments_has(arguments, "all"))
		return cli_complain(cli, STATUS_USAGE,
				    _("name an entry, or give --all for all that are kept"));
	status = request_build(cli, arguments, &cli->arena, &request);
	if (status == STATUS_OK)
		anchoring->sequence = ((const Pb__LedgerProofRequest *)request)->sequence;
	return status;
}

static void release(struct anchoring *anchoring)
{
	for (size_t i = 0; i < anchoring->count; i++)
		free(anchoring->wanted[i].entry.data);
	free(anchoring->wanted);
	policy_free(anchoring->policy);
}

static enum status anchor_run(struct cli *cli, const struct arguments *arguments)
{
	struct anchoring anchoring = {.cli = cli};
	enum status status = take_choice(&anchoring, arguments);

	if (status == STATUS_OK)
		status = cli_connect(cli);
	if (status == STATUS_OK)
		status = take_policy(&anchoring, arguments_value(arguments, "policy"));
	if (status == STATUS_OK)
		status = gather(&anchoring);
	if (status == STATUS_OK)
		status = complete_all(&anchoring);
	if (status == STATUS_OK)
		status = tell(&anchoring);
	release(&anchoring);
	return status;
}

static const struct operand_row anchor_operands[] = {{N_("ENTRY"), "sequence", false, true}, {0}};

static const struct option_row anchor_options[] = {
	{"all", 0, NULL, NULL, N_("all receipts that are kept"), 0},
	{"policy", 0, N_("FILE"), NULL,
	 N_("whose signatures are enough; default: what the ledger says of its witnesses"), 0},
	{0},
};

const struct command receipt_anchor_commands[] = {
	{
		.words = "receipt anchor",
		.alias = "回执 见证",
		.rpc = RPC_ledger_proof,
		.summary = N_("Complete receipts by the signatures of witnesses"),
		.operands = anchor_operands,
		.options = anchor_options,
		.notes = N_(
			"An act does not wait for witnesses, so a receipt comes with head office's "
			"signature alone. Once enough witnesses have co-signed a head that has the "
			"entry, this files the proof under that head beside the first: it holds "
			"even if head office's own key should be in wrong hands. Without --policy "
			"the server says who the witnesses are and how many are enough; whoever "
			"does not want to take its word brings a policy that he has read (ledger "
			"policy)."),
		.examples = "dossier receipt anchor 1234\n"
			    "dossier receipt anchor --all\n",
		.run = anchor_run,
	},
	{0},
};
