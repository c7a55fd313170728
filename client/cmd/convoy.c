#include "client/cmd/convoy.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/proof.h"
#include "client/cli/refusal.h"
#include "client/cli/word.h"
#include "common/bytes.h"
#include "common/hash.h"
#include "common/rpc.h"

#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define FIXED_BYTES 512 /* of a batch: key, source, digest and the like */
#define ROW_MAX 20000   /* the largest draft: its texts have limits of their own */
#define JOURNAL_MAX ((uint64_t)16 * 1024 * 1024)
/* Changes whenever a new release makes other drafts of the same file. */
#define DRAFTS_VERSION 1

void convoy_init(struct convoy *convoy, struct cli *cli, const struct sheet *sheet)
{
	*convoy = (struct convoy){.cli = cli, .sheet = sheet};
	arena_init(&convoy->arena, ARENA_MAX);
}

void convoy_release(struct convoy *convoy)
{
	for (size_t i = 0; i < CONVOY_UNDER_WAY; i++)
		free(convoy->ring[i].verdicts);
	arena_release(&convoy->arena);
}

/* ---- verdicts ---- */

static void write_verdict(FILE *to, uint64_t row, const Pb__RowVerdict *verdict)
{
	const struct word *word = word_find(&pb__verdict__descriptor, (int)verdict->verdict);
	Pb__Refusal refusal = PB__REFUSAL__INIT;
	char number[24];
	char *text = NULL;
	size_t len;
	FILE *sentence;

	refusal.reason = verdict->reason;
	refusal.field = verdict->field;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row);
	csv_put_cell(to, number, true);
	csv_put_cell(to, word != NULL ? word->text : "?", false);
	csv_put_cell(to, verdict->number, false);
	csv_put_cell(to, verdict->field, false);
	csv_put_cell(to, verdict->reason, false);
	sentence = verdict->reason[0] != '\0' ? open_memstream(&text, &len) : NULL;
	if (sentence != NULL) {
		refusal_write(sentence, &refusal, NULL);
		fclose(sentence);
	}
	csv_put_cell(to, text != NULL ? text : "", false);
	csv_end_line(to);
	free(text);
}

static void count_verdict(struct convoy *convoy, const Pb__RowVerdict *verdict)
{
	if (verdict->verdict < CONVOY_VERDICTS)
		convoy->counts[verdict->verdict]++;
}

/* Writes the verdicts of the batches at the front that are answered. */
static void write_front(struct convoy *convoy)
{
	while (convoy->count > 0 && convoy->ring[convoy->first].answered) {
		struct parcel *parcel = &convoy->ring[convoy->first];

		if (parcel->verdicts != NULL)
			fputs(parcel->verdicts, convoy->verdicts);
		free(parcel->verdicts);
		*parcel = (struct parcel){0};
		convoy->first = (convoy->first + 1) % CONVOY_UNDER_WAY;
		convoy->count--;
	}
}

static enum status hold_verdicts(struct convoy *convoy, struct parcel *parcel,
				 Pb__RowVerdict *const *verdicts, size_t count)
{
	size_t len;
	FILE *to = open_memstream(&parcel->verdicts, &len);

	if (to == NULL)
		return cli_complain(convoy->cli, STATUS_MEMORY, "%s",
				    _(status_text(STATUS_MEMORY)));
	for (size_t i = 0; i < count; i++) {
		write_verdict(to, verdicts[i]->row, verdicts[i]);
		count_verdict(convoy, verdicts[i]);
	}
	fclose(to);
	parcel->answered = true;
	write_front(convoy);
	return STATUS_OK;
}

/* ---- answers ---- */

/* A batch that an earlier run did: its answer is repeated, but now nothing was added. */
static void mark_repeated(const struct convoy *convoy, const struct client_answer *answer,
			  Pb__RowVerdict **verdicts, size_t count)
{
	uint64_t sequence;

	if (!act_sequence(answer, &sequence) || sequence >= convoy->entries)
		return;
	for (size_t i = 0; i < count; i++) {
		if (verdicts[i]->verdict == PB__VERDICT__ADDED)
			verdicts[i]->verdict = PB__VERDICT__UNCHANGED;
	}
}

static enum status take_reply(struct convoy *convoy, struct parcel *parcel,
			      const struct client_answer *answer)
{
	if (answer->reply->descriptor == &pb__customer_import_reply__descriptor) {
		const Pb__CustomerImportReply *reply = (const void *)answer->reply;
		mark_repeated(convoy, answer, reply->verdicts, reply->n_verdicts);
		return hold_verdicts(convoy, parcel, reply->verdicts, reply->n_verdicts);
	}
	const Pb__ItemImportReply *reply = (const void *)answer->reply;
	mark_repeated(convoy, answer, reply->verdicts, reply->n_verdicts);
	return hold_verdicts(convoy, parcel, reply->verdicts, reply->n_verdicts);
}

/* The first refusal is told and ends the import; answers to what else was under way are still
 * taken, so that nothing final stays in the journal. */
static void refuse_batch(struct convoy *convoy, const struct client_answer *answer)
{
	struct cli *cli = convoy->cli;

	if (convoy->refused != STATUS_OK)
		return;
	convoy->refused = answer->status;
	if (answer->status == STATUS_PROOF)
		proof_refute(cli, answer);
	else if (answer->refusal == NULL)
		cli_complain(cli, answer->status, "%s", _(status_text(answer->status)));
	else
		refusal_print(cli, answer->refusal, NULL);
	if (answer->status == STATUS_IDEMPOTENCY_MISMATCH)
		fputs(_("This very file was imported before by another release; --again decides "
			"every row anew.\n"),
		      cli->err);
}

static enum status take_answer(struct convoy *convoy, const struct client_answer *answer)
{
	struct cli *cli = convoy->cli;

	for (size_t i = 0; i < convoy->count; i++) {
		struct parcel *parcel = &convoy->ring[(convoy->first + i) % CONVOY_UNDER_WAY];

		if (parcel->answered || parcel->request_id != answer->request_id)
			continue;
		if (!convoy->dry_run)
			act_close(cli, parcel->key, answer);
		if (answer->reply != NULL && answer->status == STATUS_OK)
			return take_reply(convoy, parcel, answer);
		parcel->answered = true;
		write_front(convoy);
		refuse_batch(convoy, answer);
	}
	return STATUS_OK;
}

/* Connection or journal is no more: nothing is sent or awaited from here on. */
static enum status break_off(struct convoy *convoy, enum status status)
{
	convoy->broken = status;
	return status;
}

/* Waits until at most so many batches are under way. */
static enum status drain(struct convoy *convoy, size_t left)
{
	struct cli *cli = convoy->cli;
	struct client_answer answer;
	enum status status = convoy->broken;

	write_front(convoy);
	while (status == STATUS_OK && convoy->count > left) {
		status = client_receive(cli->client, &answer);
		if (status != STATUS_OK) {
			cli_lost(cli, status);
			return break_off(convoy, STATUS_OUTCOME_UNKNOWN);
		}
		status = take_answer(convoy, &answer);
	}
	return status == STATUS_OK ? convoy->refused : status;
}

static enum status make_room(struct convoy *convoy)
{
	struct journal *journal = convoy->cli->journal;

	/* A journal shrinks only when nothing is unfinished. */
	if (journal != NULL && journal_size(journal) > JOURNAL_MAX)
		return drain(convoy, 0);
	return drain(convoy, CONVOY_UNDER_WAY - 1);
}

/* ---- sending ---- */

/* SHA-256 of what makes the batch this one, and no other. */
static void make_key(const struct convoy *convoy, uint8_t key[static FRAME_KEY_LEN])
{
	const char *origin = client_welcome(convoy->cli->client)->origin;
	struct hash *hash = hash_new();
	uint8_t numbers[3 * sizeof(uint64_t)];
	uint8_t out[HASH_LEN];

	if (hash == NULL) {
		/* A fresh key still executes once; only a repeat would not be recognised. */
		client_new_key(key);
		return;
	}
	bytes_put64(numbers, DRAFTS_VERSION);
	bytes_put64(numbers + 8, convoy->first_row);
	bytes_put64(numbers + 16, convoy->row_count);
	hash_begin(hash);
	hash_add(hash, convoy->digest, HASH_LEN);
	hash_add(hash, convoy->sheet->word, strlen(convoy->sheet->word) + 1);
	hash_add(hash, numbers, sizeof(numbers));
	hash_add(hash, origin, strlen(origin) + 1);
	hash_add(hash, convoy->source, strlen(convoy->source) + 1);
	hash_add(hash, convoy->salt, sizeof(convoy->salt));
	hash_end(hash, out);
	hash_free(hash);
	memcpy(key, out, FRAME_KEY_LEN);
}

/* The request of the gathered rows, in the arena. */
static const ProtobufCMessage *make_request(struct convoy *convoy,
					    Pb__CustomerImportRequest *customers,
					    Pb__ItemImportRequest *items)
{
	ProtobufCBinaryData digest = {HASH_LEN, (uint8_t *)convoy->digest};

	if (convoy->sheet->rpc == RPC_customer_import) {
		pb__customer_import_request__init(customers);
		customers->source = convoy->source;
		customers->digest = digest;
		customers->first_row = (uint32_t)convoy->first_row;
		customers->n_rows = convoy->row_count;
		customers->rows = (Pb__CustomerDraft **)convoy->rows;
		return &customers->base;
	}
	pb__item_import_request__init(items);
	items->source = convoy->source;
	items->digest = digest;
	items->first_row = (uint32_t)convoy->first_row;
	items->n_rows = convoy->row_count;
	items->rows = (Pb__ItemDraft **)convoy->rows;
	return &items->base;
}

/* Journalled unless it is a dry run; nothing has left yet. */
static enum status put_on_way(struct convoy *convoy, struct parcel *parcel,
			      const struct journal_act *act)
{
	struct cli *cli = convoy->cli;
	enum status status;

	if (convoy->dry_run) {
		status = client_send_packed(cli->client, (enum rpc_number)act->rpc, act->request,
					    act->len, act->key, FRAME_DRY_RUN, &parcel->request_id);
		return status == STATUS_OK ? status : cli_lost(cli, status);
	}
	status = act_send(cli, act, &parcel->request_id);
	if (status == STATUS_OK && journal_sync(cli->journal) != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM,
				    _("the journal cannot be written, so nothing was sent"));
	return status;
}

static enum status send_batch(struct convoy *convoy)
{
	struct cli *cli = convoy->cli;
	Pb__CustomerImportRequest customers;
	Pb__ItemImportRequest items;
	struct journal_act act = {.rpc = convoy->sheet->rpc};
	struct parcel *parcel;
	const ProtobufCMessage *request;
	uint8_t *packed;
	bool want_write;
	enum status status;

	if (convoy->row_count == 0)
		return STATUS_OK;
	status = make_room(convoy);
	if (status != STATUS_OK)
		return status;
	request = make_request(convoy, &customers, &items);
	act.len = protobuf_c_message_get_packed_size(request);
	packed = arena_alloc(&convoy->arena, act.len);
	if (packed == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	protobuf_c_message_pack(request, packed);
	act.request = packed;
	parcel = &convoy->ring[(convoy->first + convoy->count) % CONVOY_UNDER_WAY];
	*parcel = (struct parcel){0};
	make_key(convoy, parcel->key);
	memcpy(act.key, parcel->key, FRAME_KEY_LEN);
	status = put_on_way(convoy, parcel, &act);
	if (status != STATUS_OK)
		return break_off(convoy, status);
	convoy->count++;
	convoy->row_count = 0;
	convoy->bytes = 0;
	arena_reset(&convoy->arena);
	status = client_flush(cli->client, &want_write);
	if (status == STATUS_OK)
		return status;
	cli_lost(cli, status);
	return break_off(convoy, STATUS_OUTCOME_UNKNOWN);
}

/* ---- rows ---- */

enum status convoy_add(struct convoy *convoy, uint64_t row, ProtobufCMessage *draft)
{
	/* With tag and length. */
	size_t bytes = protobuf_c_message_get_packed_size(draft) + 8;

	if (convoy->row_count == 0)
		convoy->first_row = row;
	convoy->rows[convoy->row_count++] = draft;
	convoy->bytes += bytes;
	/* The next row may be as large as a row can be, so there is always room for one more. */
	if (convoy->row_count == CONVOY_ROWS_MAX ||
	    convoy->bytes > FRAME_BODY_MAX_REQUEST - FIXED_BYTES - ROW_MAX)
		return send_batch(convoy);
	return STATUS_OK;
}

enum status convoy_add_invalid(struct convoy *convoy, uint64_t row, const struct sheet_fault *fault)
{
	Pb__RowVerdict verdict = PB__ROW_VERDICT__INIT;
	Pb__RowVerdict *only = &verdict;
	struct parcel *parcel;
	enum status status = send_batch(convoy);

	if (status == STATUS_OK)
		status = make_room(convoy);
	if (status != STATUS_OK)
		return status;
	verdict.row = (uint32_t)row;
	verdict.verdict = PB__VERDICT__INVALID;
	verdict.reason = fault->reason;
	verdict.field = fault->field;
	arena_reset(&convoy->arena);
	parcel = &convoy->ring[(convoy->first + convoy->count) % CONVOY_UNDER_WAY];
	*parcel = (struct parcel){0};
	convoy->count++;
	return hold_verdicts(convoy, parcel, &only, 1);
}

enum status convoy_finish(struct convoy *convoy, bool send_rest)
{
	enum status status = send_rest ? send_batch(convoy) : STATUS_OK;

	return status == STATUS_OK ? drain(convoy, 0) : status;
}
