/* The key that signs the ledger: another one follows it when a security officer asks for it, and
 * another officer approves. */
#include <string.h>

#include "common/successor.h"
#include "common/text.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"
#include "server/service/approval.h"
#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"
#include "server/service/slice.h"

/* ---- another key ---- */

/* The key that the statement names: it follows the one that signs now, and the server has it. */
static enum status judge_statement(struct call *call, const ProtobufCBinaryData *statement,
				   struct note_key *key)
{
	struct note_key now, next;
	enum status status;

	if (call->signer == NULL)
		return STATUS_QUARANTINE;
	signer_key(call->signer, &now);
	status = successor_verify(statement->data, statement->len, &now, key);
	if (status == STATUS_MEMORY)
		return status;
	if (status != STATUS_OK)
		return call_refuse_field(call, REASON_log_key_statement, "statement", 0);
	if (signer_next(call->signer, &next) == STATUS_OK &&
	    memcmp(next.key, key->key, ED25519_KEY_LEN) == 0)
		return STATUS_OK;
	status = call_refuse(call, STATUS_BLOCKED, REASON_log_key_absent, NULL);
	call->refusal.field = "statement";
	return status;
}

static enum status ask(struct call *call, const Pb__LogKeyRotateRequest *request,
		       struct approval_ask *ask, Pb__LogKeyRotateReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);

	ask->reason = request->reason;
	return status == STATUS_OK ? approval_open(call, ask, &reply->opened) : status;
}

/* Whatever the settings say, nobody lets another key sign alone. Everybody can see this act: the
 * reason is in the one that asked. */
static enum status use(struct call *call, const Pb__LogKeyRotateRequest *request,
		       const struct approval_ask *ask, Pb__LogKeyRotateReply *reply)
{
	Pb__Approval *row;
	Pb__LogKey *key = make_log_key(call);
	enum status status;

	if (!text_empty(request->reason))
		return call_refuse_field(call, REASON_malformed, "reason", 0);
	status = approval_take(call, request->approval, ask, &row);
	if (status != STATUS_OK)
		return status;
	if (row == NULL || row->n_decisions == 0)
		return approval_refuse_needed(call, ask);
	if (key == NULL)
		return STATUS_MEMORY;
	key->id = call_new_id(call, TABLE_log_key);
	key->vkey = ask->detail;
	key->since = call->now;
	reply->key = key;
	reply->approval = row->id;
	return STATUS_OK;
}

enum status check_log_key_rotate(struct call *call, const Pb__LogKeyRotateRequest *request,
				 Pb__LogKeyRotateReply *reply)
{
	struct note_key key;
	char vkey[NOTE_VKEY_MAX + 1];
	uint8_t digest[HASH_LEN];
	enum status status;

	if (call->principal == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL);
	status = judge_statement(call, &request->statement, &key);
	if (status != STATUS_OK)
		return status;
	note_key_format(&key, vkey);
	hash_of(request->statement.data, request->statement.len, digest);
	struct approval_ask about = {
		.kind = APPROVAL_LOG_KEY,
		.office = call->office->id,
		.subject = {.kind = SUBJECT_OFFICE, .id = call->office->id},
		.number = call->office->code,
		.detail = arena_copy(call->arena, vkey, strlen(vkey)),
		.digest = digest,
	};
	if (about.detail == NULL)
		return STATUS_MEMORY;
	return text_empty(request->approval) ? ask(call, request, &about, reply)
					     : use(call, request, &about, reply);
}

void apply_log_key_rotate(struct txn *txn, const struct entry *entry,
			  const Pb__LogKeyRotateRequest *request,
			  const Pb__LogKeyRotateReply *reply)
{
	(void)request;
	if (reply->opened != NULL)
		approval_opened_put(txn, reply->opened);
	if (reply->key == NULL)
		return;
	Pb__LogKey row = *reply->key;
	row.entry = entry->sequence;
	log_key_put(txn, &row);
	approval_used_put(txn, reply->approval, entry->time);
}

/* ---- those that followed ---- */

static enum status prove(struct call *call, uint64_t sequence, Pb__Proof *proof)
{
	struct signed_head *head = arena_calloc(call->arena, 1, sizeof(*head));
	struct merkle_proof *way = arena_calloc(call->arena, 1, sizeof(*way));
	struct merkle_edge *edge = arena_calloc(call->arena, 1, sizeof(*edge));
	enum status status;

	if (head == NULL || way == NULL || edge == NULL)
		return STATUS_MEMORY;
	signer_head(call->signer, head);
	if (sequence >= head->size)
		return STATUS_OK; /* in quarantine nothing is proven */
	status = ledger_edge(call->ledger, head->size, edge);
	if (status == STATUS_OK)
		status = merkle_prove_inclusion(edge, sequence, way);
	if (status != STATUS_OK)
		return status;
	proof->index = sequence;
	proof->hashes.data = way->hashes[0];
	proof->hashes.len = way->count * HASH_LEN;
	proof->checkpoint.data = (uint8_t *)head->checkpoint;
	proof->checkpoint.len = head->checkpoint_len;
	return STATUS_OK;
}

static enum status emit_key(struct call *call, struct scan *scan, const void *request, uint64_t id)
{
	Pb__LogKeysReply reply = PB__LOG_KEYS_REPLY__INIT;
	Pb__Proof proof = PB__PROOF__INIT;
	struct ledger_record record;
	enum status status;

	(void)request;
	reply.key = log_key_get(call->txn, id, call->arena);
	if (reply.key == NULL)
		return STATUS_MEMORY;
	ledger_reader_seek(call->reader, reply.key->entry);
	status = ledger_reader_next(call->reader, &record);
	if (status == STATUS_OK)
		status = prove(call, reply.key->entry, &proof);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
	reply.entry = (ProtobufCBinaryData){record.header_len, (uint8_t *)(uintptr_t)record.header};
	reply.salt = (ProtobufCBinaryData){ENTRY_SALT_LEN, (uint8_t *)(uintptr_t)record.salt};
	reply.payload =
		(ProtobufCBinaryData){record.payload_len, (uint8_t *)(uintptr_t)record.payload};
	reply.proof = &proof;
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

enum status scan_log_keys(struct call *call, const Pb__LogKeysRequest *request, struct scan *scan)
{
	struct slice slice = {.index = INDEX_log_key_by_entry,
			      .limit = request->limit,
			      .row = emit_key,
			      .request = request};

	return slice_walk(call, scan, &slice);
}
