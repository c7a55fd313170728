#include "server/dispatch/apply.h"

#include "proto/wire.pb-c.h"
#include "server/dispatch/handler.h"
#include "server/service/look.h"

static bool key_is_given(const uint8_t key[static ENTRY_KEY_LEN])
{
	for (size_t i = 0; i < ENTRY_KEY_LEN; i++)
		if (key[i] != 0)
			return true;
	return false;
}

void apply_act(struct txn *txn, const struct entry *entry, const struct rpc *rpc,
	       const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	if (entry->class_ == ENTRY_CHANGE && request != NULL)
		handler_find(rpc)->apply(txn, entry, request, reply);
	if (entry->class_ == ENTRY_ACCESS)
		look_apply(txn, entry, rpc);
	for (size_t i = 0; i < entry->subject_count; i++)
		trail_add(txn, &entry->subjects[i], entry->sequence);
	if (key_is_given(entry->key))
		seen_put(txn, entry->actor, entry->key, entry->sequence);
}

/* Payloads come from our own ledger, where their hash was checked: a mere unpack suffices. */
static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor,
				const ProtobufCBinaryData *bytes, struct arena *arena)
{
	return protobuf_c_message_unpack(descriptor, &arena->allocator, bytes->len, bytes->data);
}

enum status apply_payload(struct txn *txn, const struct entry *entry, const uint8_t *payload,
			  size_t len, struct arena *arena)
{
	const struct rpc *rpc = rpc_find(entry->rpc);
	if (rpc == NULL)
		return STATUS_CORRUPT;
	if (entry->class_ != ENTRY_CHANGE || len == 0) {
		apply_act(txn, entry, rpc, NULL, NULL);
		return STATUS_OK;
	}
	if (rpc->lane != LANE_WRITE)
		return STATUS_CORRUPT;
	const Pb__Act *act = pb__act__unpack(&arena->allocator, len, payload);
	if (act == NULL)
		return STATUS_CORRUPT;
	const ProtobufCMessage *request = unpack(rpc->request, &act->request, arena);
	const ProtobufCMessage *reply = unpack(rpc->reply, &act->reply, arena);
	if (request == NULL || reply == NULL)
		return STATUS_CORRUPT;
	apply_act(txn, entry, rpc, request, reply);
	return STATUS_OK;
}
