/* Who co-signs heads of the ledger: registering a key, pulling the head that waits, bringing the
 * cosignature. */
#include "server/service/witness.h"

#include <string.h>

#include "common/addcheckpoint.h"
#include "common/checkpoint.h"
#include "common/witness.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"
#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"

#define SECOND INT64_C(1000000)
#define LINES_MAX 4096 /* bytes; a witness has one line, and may send a few that are not ours */

/* ---- who counts ---- */

enum status witness_note_key(const Pb__Witness *row, struct note_key *key)
{
	if (row->key.len != ED25519_KEY_LEN)
		return STATUS_INVALID;
	return note_key_make(key, row->name, NOTE_COSIGNATURE, row->key.data);
}

bool witness_is_active(struct call *call, const Pb__Witness *row)
{
	const Pb__Principal *who = principal_get(call->txn, row->id, call->arena);

	return who != NULL && who->state == PB__PRINCIPAL_STATE__ACTIVE &&
	       role_may(role_find((int)who->role), PERMISSION_WITNESS);
}

static Pb__Witness *find_by(struct call *call, enum index_id index, const struct key *key)
{
	uint64_t id = index_find(call->txn, index, key);

	return id == 0 ? NULL : witness_get(call->txn, id, call->arena);
}

static bool counts(void *context, const struct note_key *key)
{
	struct call *call = context;
	struct key name = {.len = 0};
	const Pb__Witness *row;

	key_text(&name, key->name);
	row = find_by(call, INDEX_witness_by_name, &name);
	return row != NULL && row->key.len == ED25519_KEY_LEN &&
	       memcmp(row->key.data, key->key, ED25519_KEY_LEN) == 0 &&
	       witness_is_active(call, row);
}

struct anchors_rule witness_rule(struct call *call)
{
	return (struct anchors_rule){
		.needed = (unsigned)call->config->ledger_witnesses,
		.counts = counts,
		.context = call,
	};
}

/* ---- registering ---- */

static enum status judge_proof(struct call *call, const struct note_key *key,
			       const ProtobufCBinaryData *proof)
{
	struct buf statement = BUF_EMPTY;
	enum status status = witness_key_statement(key, &statement);

	if (status == STATUS_OK)
		status = ed25519_verify(key->key, buf_head(&statement), statement.len, proof->data);
	buf_release(&statement);
	return status == STATUS_PROOF ? call_refuse_field(call, REASON_witness_proof, "proof", 0)
				      : status;
}

/* One key is one witness, else a single one could be enough. */
static enum status judge_key(struct call *call, const ProtobufCBinaryData *key)
{
	struct key bytes = {.len = 0};
	const Pb__Witness *other;

	key_bytes(&bytes, key->data, key->len);
	other = find_by(call, INDEX_witness_by_key, &bytes);
	if (other != NULL && other->id != call->principal->id)
		return call_refuse(call, STATUS_CONFLICT, REASON_witness_key_taken, NULL);
	return STATUS_OK;
}

/* As many as one anchored head has room for; who is suspended takes none. */
static enum status judge_number(struct call *call)
{
	struct key all = {.len = 0};
	unsigned count = 0;
	struct walk *walk = index_walk(call->txn, INDEX_witness_by_name, &all);
	uint64_t id;

	while (walk_next(walk, &id)) {
		const Pb__Witness *row = witness_get(call->txn, id, call->arena);

		count += row != NULL && id != call->principal->id && witness_is_active(call, row);
	}
	walk_end(walk);
	if (count < ANCHORS_WITNESSES_MAX)
		return STATUS_OK;
	(void)call_refuse(call, STATUS_LIMIT, REASON_witnesses_many, NULL);
	call->refusal.limit = ANCHORS_WITNESSES_MAX;
	return STATUS_LIMIT;
}

static enum status judge_registration(struct call *call, const Pb__WitnessKeyRequest *request,
				      struct note_key *key)
{
	enum status status;

	if (call->principal == NULL || call->origin == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL);
	if (request->public_key.len != ED25519_KEY_LEN)
		return call_refuse_field(call, REASON_malformed, "public_key", 0);
	if (request->proof.len != ED25519_SIGNATURE_LEN)
		return call_refuse_field(call, REASON_malformed, "proof", 0);
	status = witness_key_make(key, call->origin, call->principal->login,
				  request->public_key.data);
	if (status != STATUS_OK)
		return call_refuse_field(call, REASON_malformed, "public_key", 0);
	status = judge_proof(call, key, &request->proof);
	if (status == STATUS_OK)
		status = judge_key(call, &request->public_key);
	return status == STATUS_OK ? judge_number(call) : status;
}

enum status check_witness_key(struct call *call, const Pb__WitnessKeyRequest *request,
			      Pb__WitnessKeyReply *reply)
{
	Pb__Witness *row = make_witness(call);
	const Pb__Witness *before;
	struct note_key key;
	enum status status = row == NULL ? STATUS_MEMORY : judge_registration(call, request, &key);

	if (status != STATUS_OK)
		return status;
	before = witness_get(call->txn, call->principal->id, call->arena);
	row->id = call->principal->id;
	row->name = arena_printf(call->arena, "%s", key.name);
	row->key = request->public_key;
	row->since = call->now;
	reply->witness = row;
	reply->replaced = before != NULL && memcmp(before->key.data, key.key, sizeof(key.key)) != 0;
	if (row->name == NULL)
		return STATUS_MEMORY;
	return call_subject(call, SUBJECT_PRINCIPAL, row->id) ? STATUS_OK : STATUS_LIMIT;
}

void apply_witness_key(struct txn *txn, const struct entry *entry,
		       const Pb__WitnessKeyRequest *request, const Pb__WitnessKeyReply *reply)
{
	Pb__Witness row = *reply->witness;

	(void)request;
	row.entry = entry->sequence;
	witness_put(txn, &row);
}

/* ---- pulling ---- */

/* Sizes that the candidate is not older than get the proof from there; a witness that has seen more
 * gets the head all the same: that it is older is what he must see. */
static enum status ask(struct call *call, uint64_t old, const struct signed_head *head,
		       struct buf *body)
{
	struct addcheckpoint asked = {.note = head->heartbeat, .note_len = head->heartbeat_len};
	struct checkpoint checkpoint;
	struct merkle_edge edge;
	struct note note;
	enum status status = note_parse(&note, head->heartbeat, head->heartbeat_len);

	if (status == STATUS_OK)
		status = checkpoint_parse(&checkpoint, note.text, note.text_len);
	if (status != STATUS_OK)
		return status;
	asked.old = old < checkpoint.size ? old : checkpoint.size;
	if (asked.old > 0 && asked.old < checkpoint.size) {
		status = ledger_edge(call->ledger, checkpoint.size, &edge);
		if (status == STATUS_OK)
			status = merkle_prove_consistency(&edge, asked.old, &asked.proof);
	}
	return status == STATUS_OK ? addcheckpoint_format(&asked, body) : status;
}

enum status serve_witness_pull(struct call *call, const Pb__WitnessPullRequest *request,
			       Pb__WitnessPullReply *reply)
{
	struct buf body = BUF_EMPTY;
	struct signed_head head;
	enum status status;

	if (call->signer == NULL || call->anchors == NULL)
		return STATUS_OK;
	signer_head(call->signer, &head);
	if (head.heartbeat_len == 0)
		return STATUS_OK;
	status = anchors_offer(call->anchors, head.heartbeat, head.heartbeat_len);
	if (status == STATUS_OK)
		status = ask(call, request->old, &head, &body);
	if (status == STATUS_OK) {
		reply->body.len = body.len;
		reply->body.data = (uint8_t *)arena_copy(call->arena, buf_head(&body), body.len);
		status = reply->body.data == NULL ? STATUS_MEMORY : STATUS_OK;
	}
	buf_release(&body);
	return status;
}

/* ---- bringing ---- */

static enum status refuse_head(struct call *call, uint64_t size)
{
	(void)call_refuse(call, STATUS_STALE, REASON_head_not_asked, NULL);
	call->refusal.limit = size;
	return STATUS_STALE;
}

enum status serve_witness_submit(struct call *call, const Pb__WitnessSubmitRequest *request,
				 Pb__WitnessSubmitReply *reply)
{
	struct anchors_rule rule = witness_rule(call);
	struct anchors_tally tally;
	const Pb__Witness *row;
	struct note_key key;
	enum status status;

	if (call->principal == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL);
	if (request->lines.len == 0 || request->lines.len > LINES_MAX)
		return call_refuse_field(call, REASON_malformed, "lines", LINES_MAX);
	row = witness_get(call->txn, call->principal->id, call->arena);
	if (row == NULL || witness_note_key(row, &key) != STATUS_OK)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_witness_unknown, NULL);
	if (call->anchors == NULL)
		return refuse_head(call, request->size);
	status = anchors_add(call->anchors, request->size, &key, request->lines.data,
			     request->lines.len, (uint64_t)(call->now / SECOND), &rule, &tally);
	if (status == STATUS_NOT_FOUND)
		return refuse_head(call, request->size);
	if (status == STATUS_PROOF)
		return call_refuse(call, STATUS_INVALID, REASON_cosignature_wrong, NULL);
	if (status != STATUS_OK)
		return status;
	reply->count = tally.count;
	reply->needed = rule.needed;
	reply->anchored = tally.anchored;
	return STATUS_OK;
}
