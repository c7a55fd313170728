#include "server/dispatch/handler.h"

#include <stddef.h>

#include "common/message.h"
#include "server/service/service.h"

#define REQUEST(Messages, message) ((const Pb__##Messages##Request *)(const void *)(message))

#define THUNKS_POINT(name, Messages)                                                               \
	static enum status call_serve_##name(struct call *call, const ProtobufCMessage *request,   \
					     ProtobufCMessage *reply)                              \
	{                                                                                          \
		return serve_##name(call, REQUEST(Messages, request),                              \
				    (Pb__##Messages##Reply *)(void *)reply);                       \
	}
#define THUNKS_SCAN(name, Messages)                                                                \
	static enum status call_scan_##name(struct call *call, const ProtobufCMessage *request,    \
					    struct scan *scan)                                     \
	{                                                                                          \
		return scan_##name(call, REQUEST(Messages, request), scan);                        \
	}
#define THUNKS_WRITE(name, Messages)                                                               \
	static enum status call_check_##name(struct call *call, const ProtobufCMessage *request,   \
					     ProtobufCMessage *reply)                              \
	{                                                                                          \
		return check_##name(call, REQUEST(Messages, request),                              \
				    (Pb__##Messages##Reply *)(void *)reply);                       \
	}                                                                                          \
	static void call_apply_##name(struct txn *txn, const struct entry *entry,                  \
				      const ProtobufCMessage *request,                             \
				      const ProtobufCMessage *reply)                               \
	{                                                                                          \
		apply_##name(txn, entry, REQUEST(Messages, request),                               \
			     (const Pb__##Messages##Reply *)(const void *)reply);                  \
	}
#define THUNKS_ISSUE(name, Messages)
#define RPC(number, name, Messages, lane, ...) THUNKS_##lane(name, Messages)
#include "proto/rpc.def"
#undef RPC

#define HANDLER_POINT(name)                                                                        \
	{                                                                                          \
		.serve = call_serve_##name                                                         \
	}
#define HANDLER_SCAN(name)                                                                         \
	{                                                                                          \
		.scan = call_scan_##name                                                           \
	}
#define HANDLER_WRITE(name)                                                                        \
	{                                                                                          \
		.check = call_check_##name, .apply = call_apply_##name                             \
	}

/* Has no function of the service: server/dispatch/issuing.h. */
#define HANDLER_ISSUE(name)                                                                        \
	{                                                                                          \
		.serve = NULL                                                                      \
	}

const struct handler *handler_find(const struct rpc *rpc)
{
	switch ((enum rpc_number)rpc->number) {
#define RPC(number, name, Messages, lane, ...)                                                     \
	case number: {                                                                             \
		static const struct handler handler = HANDLER_##lane(name);                        \
		return &handler;                                                                   \
	}
#include "proto/rpc.def"
#undef RPC
	}
	return NULL;
}

enum status handler_unpack(struct call *call, const uint8_t *bytes, size_t len, struct arena *arena,
			   ProtobufCMessage **request)
{
	struct message_fault fault;
	enum status status = message_unpack(call->rpc->request, bytes, len, arena, request, &fault);
	if (status == STATUS_MESSAGE_INVALID) {
		call->refusal.reason = fault.reason;
		call->refusal.field = fault.field;
		call->refusal.limit = fault.limit;
	}
	return status;
}
