#include "server/dispatch/decided.h"

#include <string.h>

#include "common/rpc.h"
#include "server/dispatch/answer.h"
#include "server/service/mask.h"

void decided_owe(struct act *act, uint64_t sequence)
{
	act->unproven = true;
	act->sequence = sequence;
}

enum status decided_refusal(struct act *act, const Pb__Refusal *refusal, const uint8_t *header,
			    size_t header_len)
{
	enum status status = answer_refusal(&act->answer, refusal);
	if (status != STATUS_OK || header == NULL)
		return status;
	act->header_len = header_len;
	decided_owe(act, refusal->sequence);
	return buf_append(&act->answer, header, header_len);
}

enum status decided_reply(struct engine *engine, struct act *act, const uint8_t *header,
			  size_t header_len, ProtobufCBinaryData reply)
{
	enum status status =
		mask_packed(rpc_find(act->rpc)->reply, &reply, MASK_RIGHT_NONE, &engine->arena);
	return status != STATUS_OK
		       ? status
		       : answer_act(&act->answer, header, header_len, reply.data, reply.len);
}

void decided_again(struct engine *engine, struct act *act, uint64_t sequence)
{
	struct ledger_record record;
	ledger_reader_seek(engine->reader, sequence);
	enum status status = ledger_reader_next(engine->reader, &record);
	if (status != STATUS_OK) {
		act_fail(act, STATUS_STORAGE, "");
		return;
	}
	if (record.redacted && record.entry.rpc == act->rpc) {
		act_fail(act, STATUS_CONFLICT, reason_name(REASON_answer_erased));
		return;
	}
	arena_reset(&engine->arena);
	const Pb__Act *stored =
		pb__act__unpack(&engine->arena.allocator, record.payload_len, record.payload);
	if (stored == NULL || record.entry.rpc != act->rpc ||
	    stored->request.len != act->request_len ||
	    (act->request_len > 0 &&
	     memcmp(stored->request.data, act->request, act->request_len) != 0)) {
		act_fail(act, STATUS_IDEMPOTENCY_MISMATCH, reason_name(REASON_key_reused));
		return;
	}
	act->status = (enum status)record.entry.status;
	act->again = true;
	buf_clear(&act->answer);
	decided_owe(act, sequence);
	status = stored->refusal != NULL
			 ? decided_refusal(act, stored->refusal, record.header, record.header_len)
			 : decided_reply(engine, act, record.header, record.header_len,
					 stored->reply);
	if (status != STATUS_OK)
		act_fail(act, status, "");
}
