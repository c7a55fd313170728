#include "server/dispatch/receipt.h"

#include <string.h>

#include "common/bytes.h"
#include "proto/wire.pb-c.h"

/* A field appended to a packed message is one more field of that message. */

/* Receipt.proof, at the end of the receipt in front of the reply. */
static enum status complete_answer(struct buf *answer, Pb__Proof *proof)
{
	Pb__Receipt more = PB__RECEIPT__INIT;
	more.proof = proof;
	size_t len = pb__receipt__get_packed_size(&more);
	uint8_t *end = buf_reserve(answer, len);
	if (end == NULL)
		return STATUS_MEMORY;
	uint8_t *head = end - answer->len;
	uint32_t receipt_len = bytes_get32(head);
	uint8_t *at = head + 4 + receipt_len;
	memmove(at + len, at, (size_t)(end - at));
	pb__receipt__pack(&more, at);
	bytes_put32(head, receipt_len + (uint32_t)len);
	buf_added(answer, len);
	return STATUS_OK;
}

/* Mark.proof. */
static enum status complete_mark(struct buf *answer, Pb__Proof *proof)
{
	Pb__Mark more = PB__MARK__INIT;
	more.proof = proof;
	size_t len = pb__mark__get_packed_size(&more);
	uint8_t *end = buf_reserve(answer, len);
	if (end == NULL)
		return STATUS_MEMORY;
	buf_added(answer, pb__mark__pack(&more, end));
	return STATUS_OK;
}

/* Refusal.receipt, in place of the entry's header that stands behind the refusal. */
static enum status complete_refusal(struct buf *answer, size_t header_len, Pb__Proof *proof)
{
	Pb__Refusal more = PB__REFUSAL__INIT;
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	more.receipt = &receipt;
	receipt.proof = proof;
	receipt.entry.len = header_len;
	size_t len = pb__refusal__get_packed_size(&more);
	uint8_t *end = buf_reserve(answer, len);
	if (end == NULL)
		return STATUS_MEMORY;
	receipt.entry.data = end - header_len;
	pb__refusal__pack(&more, end);
	memmove(end - header_len, end, len);
	buf_added(answer, len - header_len);
	return STATUS_OK;
}

enum status receipt_complete(struct act *act, const struct signing *signing)
{
	Pb__Proof proof = PB__PROOF__INIT;
	struct merkle_proof way;
	enum status status = merkle_prove_inclusion(&signing->edge, act->sequence, &way);
	if (status != STATUS_OK)
		return status;
	proof.index = act->sequence;
	proof.hashes.data = way.hashes[0];
	proof.hashes.len = way.count * HASH_LEN;
	proof.checkpoint.data = (uint8_t *)(uintptr_t)signing->head.checkpoint;
	proof.checkpoint.len = signing->head.checkpoint_len;
	act->unproven = false;
	if (act->status != STATUS_OK)
		return complete_refusal(&act->answer, act->header_len, &proof);
	return act->access ? complete_mark(&act->answer, &proof)
			   : complete_answer(&act->answer, &proof);
}
