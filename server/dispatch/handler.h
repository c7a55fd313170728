/*
 * From an RPC's number to its functions in the service: one typed thunk each, generated from
 * rpc.def, so that no function pointer is ever cast.
 */
#ifndef SERVER_DISPATCH_HANDLER_H
#define SERVER_DISPATCH_HANDLER_H

#include <protobuf-c/protobuf-c.h>

#include "common/entry.h"
#include "common/rpc.h"
#include "server/service/call.h"
#include "server/service/scan.h"

/* The functions of its lane; the others are NULL. Contracts: server/service/service.h. */
struct handler {
	enum status (*check)(struct call *call, const ProtobufCMessage *request,
			     ProtobufCMessage *reply);
	void (*apply)(struct txn *txn, const struct entry *entry, const ProtobufCMessage *request,
		      const ProtobufCMessage *reply);
	enum status (*serve)(struct call *call, const ProtobufCMessage *request,
			     ProtobufCMessage *reply);
	enum status (*scan)(struct call *call, const ProtobufCMessage *request, struct scan *scan);
};

/* Unpacks the request of call->rpc into the arena, which is the call's or one that lives longer.
 * What is wrong with it goes into the call's refusal. */
MUST_CHECK enum status handler_unpack(struct call *call, const uint8_t *bytes, size_t len,
				      struct arena *arena, ProtobufCMessage **request);

/* Never NULL for an RPC of the table. Static storage. */
const struct handler *handler_find(const struct rpc *rpc);

#endif
