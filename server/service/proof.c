#include "server/service/proof.h"

#include <string.h>

#include "server/ledger/anchors.h"
#include "server/ledger/ledger.h"
#include "server/ledger/signer.h"
#include "server/service/service.h"
#include "server/service/witness_view.h"

/* ---- as messages ---- */

static enum status pack_hashes(const struct merkle_proof *proof, struct arena *arena,
			       ProtobufCBinaryData *to)
{
	to->len = proof->count * HASH_LEN;
	if (to->len == 0)
		return STATUS_OK;
	to->data = arena_alloc(arena, to->len);
	if (to->data == NULL)
		return STATUS_MEMORY;
	memcpy(to->data, proof->hashes, to->len);
	return STATUS_OK;
}

static enum status pack_note(const char *note, size_t len, struct arena *arena,
			     ProtobufCBinaryData *to)
{
	to->data = arena_alloc(arena, len + 1);
	if (to->data == NULL)
		return STATUS_MEMORY;
	memcpy(to->data, note, len);
	to->len = len;
	return STATUS_OK;
}

enum status proof_consistency(const struct merkle_edge *edge, const uint64_t *sizes,
			      size_t size_count, struct arena *arena,
			      Pb__Consistency ***consistency, size_t *count)
{
	Pb__Consistency *rows = arena_calloc(arena, size_count + 1, sizeof(*rows));
	Pb__Consistency **list = arena_calloc(arena, size_count + 1, sizeof(*list));
	struct merkle_proof proof;
	enum status status = rows != NULL && list != NULL ? STATUS_OK : STATUS_MEMORY;
	size_t n = 0;

	for (size_t i = 0; status == STATUS_OK && i < size_count; i++) {
		if (sizes[i] > edge->size)
			continue;
		status = merkle_prove_consistency(edge, sizes[i], &proof);
		if (status != STATUS_OK)
			break;
		list[n] = &rows[n];
		pb__consistency__init(list[n]);
		list[n]->size = sizes[i];
		status = pack_hashes(&proof, arena, &list[n++]->hashes);
	}
	*consistency = list;
	*count = n;
	return status;
}

/* ---- the RPCs ---- */

/* The newest head and its edge. Where nothing is signed nothing is proven. */
static enum status look_up_head(struct call *call, struct signed_head *head,
				struct merkle_edge *edge)
{
	signer_head(call->signer, head);
	if (head->size == 0)
		return call_refuse(call, STATUS_QUARANTINE, REASON_quarantine, NULL);
	return ledger_edge(call->ledger, head->size, edge);
}

enum status serve_ledger_checkpoint(struct call *call, const Pb__LedgerCheckpointRequest *request,
				    Pb__LedgerCheckpointReply *reply)
{
	struct signed_head head;
	struct merkle_edge edge;
	enum status status;

	if (request->n_seen > PROOF_SEEN_MAX)
		return call_refuse_field(call, REASON_too_many, "seen", PROOF_SEEN_MAX);
	status = look_up_head(call, &head, &edge);
	if (status == STATUS_OK)
		status = proof_consistency(&edge, request->seen, request->n_seen, call->arena,
					   &reply->consistency, &reply->n_consistency);
	if (status == STATUS_OK)
		status = pack_note(head.checkpoint, head.checkpoint_len, call->arena,
				   &reply->checkpoint);
	if (status == STATUS_OK)
		status = pack_note(head.heartbeat, head.heartbeat_len, call->arena,
				   &reply->heartbeat);
	return status;
}

static enum status refuse_entry(struct call *call, enum reason_id reason, uint64_t sequence)
{
	return call_refuse(call, STATUS_NOT_FOUND, reason,
			   arena_printf(call->arena, "%llu", (unsigned long long)sequence));
}

/* The first anchored head that has the entry, in place of the newest. */
static enum status look_up_anchored(struct call *call, uint64_t sequence,
				    const struct signed_head *head, struct merkle_edge *edge,
				    struct buf *note)
{
	uint64_t size = 0;
	enum status status = call->anchors == NULL
				     ? STATUS_NOT_FOUND
				     : anchors_first(call->anchors, sequence, note, &size);

	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && size > head->size))
		return refuse_entry(call, REASON_entry_unanchored, sequence);
	return status == STATUS_OK ? ledger_edge(call->ledger, size, edge) : status;
}

static enum status prove_entry(struct call *call, uint64_t sequence, const struct merkle_edge *edge,
			       const struct buf *note, Pb__Proof **out)
{
	Pb__Proof *proof = arena_alloc(call->arena, sizeof(*proof));
	struct merkle_proof way;
	enum status status =
		proof == NULL ? STATUS_MEMORY : merkle_prove_inclusion(edge, sequence, &way);

	if (status != STATUS_OK)
		return status;
	pb__proof__init(proof);
	proof->index = sequence;
	*out = proof;
	status = pack_hashes(&way, call->arena, &proof->hashes);
	return status == STATUS_OK ? pack_note((const char *)buf_head(note), note->len, call->arena,
					       &proof->checkpoint)
				   : status;
}

enum status serve_ledger_proof(struct call *call, const Pb__LedgerProofRequest *request,
			       Pb__LedgerProofReply *reply)
{
	struct buf note = BUF_EMPTY;
	struct signed_head head;
	struct merkle_edge edge;
	enum status status = look_up_head(call, &head, &edge);

	if (status != STATUS_OK)
		return status;
	if (request->sequence >= head.size)
		return refuse_entry(call, REASON_entry_unsigned, request->sequence);
	if (request->anchored)
		status = look_up_anchored(call, request->sequence, &head, &edge, &note);
	else
		status = buf_append(&note, head.checkpoint, head.checkpoint_len);
	if (status == STATUS_OK)
		status = prove_entry(call, request->sequence, &edge, &note, &reply->proof);
	buf_release(&note);
	return status;
}

/* When the newest heartbeat was signed, as it says itself; 0 before the first. */
static enum status read_heartbeat(const struct signed_head *head, const struct note_key *key,
				  int64_t *at)
{
	struct note_key dated;
	struct note note;
	uint64_t seconds = 0;
	enum status status = head->heartbeat_len == 0 ? STATUS_NOT_FOUND : STATUS_OK;

	if (status == STATUS_OK)
		status = note_key_make(&dated, key->name, NOTE_COSIGNATURE, key->key);
	if (status == STATUS_OK)
		status = note_parse(&note, head->heartbeat, head->heartbeat_len);
	if (status == STATUS_OK)
		status = note_verify(&note, &dated, &seconds);
	*at = (int64_t)seconds * 1000000;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status status_of_head(struct call *call, const struct signed_head *head,
				  Pb__LedgerStatusReply *reply)
{
	char *vkey = arena_alloc(call->arena, NOTE_VKEY_MAX + 1);
	struct note_key key;
	enum status status;

	reply->root.data = arena_alloc(call->arena, HASH_LEN);
	if (vkey == NULL || reply->root.data == NULL)
		return STATUS_MEMORY;
	signer_key(call->signer, &key);
	note_key_format(&key, vkey);
	reply->key = vkey;
	reply->size = head->size;
	memcpy(reply->root.data, head->root, HASH_LEN);
	reply->root.len = HASH_LEN;
	reply->signed_at = head->time;
	status = read_heartbeat(head, &key, &reply->heartbeat_at);
	if (status == STATUS_OK)
		status = pack_note(head->checkpoint, head->checkpoint_len, call->arena,
				   &reply->checkpoint);
	if (status == STATUS_OK)
		status = pack_note(head->heartbeat, head->heartbeat_len, call->arena,
				   &reply->heartbeat);
	return status;
}

enum status serve_ledger_status(struct call *call, const Pb__LedgerStatusRequest *request,
				Pb__LedgerStatusReply *reply)
{
	struct signed_head head;
	enum status status;

	if (call->health != NULL) {
		reply->origin = call->health->origin;
		if (call->health->quarantine != NULL)
			reply->quarantine = call->health->quarantine;
	}
	signer_head(call->signer, &head);
	status = head.size == 0 ? STATUS_OK : status_of_head(call, &head, reply);
	return status == STATUS_OK ? witness_status(call, request->entries, reply) : status;
}
