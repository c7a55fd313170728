#include "server/dispatch/heads.h"

#include <string.h>

static enum status prove(const struct merkle_edge *edge, struct arena *arena, uint64_t from,
			 Pb__Consistency **proven)
{
	struct merkle_proof proof;
	enum status status = merkle_prove_consistency(edge, from, &proof);
	if (status != STATUS_OK)
		return status;
	size_t len = proof.count * HASH_LEN;
	Pb__Consistency *consistency = arena_calloc(arena, 1, sizeof(*consistency));
	uint8_t *hashes = arena_calloc(arena, 1, len + 1);
	if (consistency == NULL || hashes == NULL)
		return STATUS_MEMORY;
	memcpy(hashes, proof.hashes, len);
	*consistency = (Pb__Consistency)PB__CONSISTENCY__INIT;
	consistency->size = from;
	consistency->hashes.data = hashes;
	consistency->hashes.len = len;
	*proven = consistency;
	return STATUS_OK;
}

enum status heads_show(const struct engine *engine, struct arena *arena, const uint64_t *seen,
		       size_t count, Pb__Welcome *welcome)
{
	struct merkle_edge edge;
	struct signed_head *head = arena_calloc(arena, 1, sizeof(*head));
	Pb__Consistency **proofs = arena_calloc(arena, count + 1, sizeof(*proofs));
	if (head == NULL || proofs == NULL)
		return STATUS_MEMORY;
	welcome->quarantine = engine_quarantine(engine);
	signer_head(engine_signer(engine), head);
	if (head->size == 0)
		return STATUS_OK;
	welcome->checkpoint.data = (uint8_t *)head->checkpoint;
	welcome->checkpoint.len = head->checkpoint_len;
	welcome->heartbeat.data = (uint8_t *)head->heartbeat;
	welcome->heartbeat.len = head->heartbeat_len;
	welcome->consistency = proofs;
	enum status status = ledger_edge(engine_ledger(engine), head->size, &edge);
	for (size_t i = 0; i < count && status == STATUS_OK; i++)
		if (seen[i] <= head->size)
			status = prove(&edge, arena, seen[i], &proofs[welcome->n_consistency++]);
	return status;
}
