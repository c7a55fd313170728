#include "server/dispatch/answer.h"

#include <string.h>

#include "common/bytes.h"
#include "common/message.h"
#include "server/dispatch/receipt.h"

enum status answer_act(struct buf *answer, const uint8_t *header, size_t header_len,
		       const uint8_t *reply, size_t reply_len)
{
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	receipt.entry.data = (uint8_t *)(uintptr_t)header;
	receipt.entry.len = header_len;
	size_t receipt_len = header == NULL ? 0 : pb__receipt__get_packed_size(&receipt);
	uint8_t *to = buf_reserve(answer, 4 + receipt_len + RECEIPT_ROOM + reply_len);
	if (to == NULL)
		return STATUS_MEMORY;
	bytes_put32(to, (uint32_t)receipt_len);
	if (receipt_len > 0)
		pb__receipt__pack(&receipt, to + 4);
	if (reply_len > 0)
		memcpy(to + 4 + receipt_len, reply, reply_len);
	buf_added(answer, 4 + receipt_len + reply_len);
	return STATUS_OK;
}

enum status answer_refusal(struct buf *answer, const Pb__Refusal *refusal)
{
	buf_clear(answer);
	return message_pack(&refusal->base, answer);
}

enum status answer_failure(struct buf *answer, enum status status, const char *reason)
{
	Pb__Refusal refusal = PB__REFUSAL__INIT;
	refusal.status = (uint32_t)status;
	refusal.reason = reason;
	return answer_refusal(answer, &refusal);
}

enum status answer_frame(struct buf *to, const struct frame *request, enum frame_kind kind,
			 const uint8_t *body, size_t len)
{
	struct frame frame = {
		.length = (uint32_t)len,
		.kind = (uint8_t)kind,
		.rpc = request->rpc,
		.request_id = request->request_id,
	};
	uint8_t *at = buf_reserve(to, FRAME_HEADER_LEN + len);
	if (at == NULL)
		return STATUS_MEMORY;
	frame_encode(at, &frame);
	if (len > 0)
		memcpy(at + FRAME_HEADER_LEN, body, len);
	buf_added(to, FRAME_HEADER_LEN + len);
	return STATUS_OK;
}
