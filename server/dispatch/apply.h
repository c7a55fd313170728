/*
 * What one entry of the ledger does to the state. The same function serves the act when it happens
 * and every replay later, which is why both end in the same bytes.
 */
#ifndef SERVER_DISPATCH_APPLY_H
#define SERVER_DISPATCH_APPLY_H

#include "common/arena.h"
#include "common/entry.h"
#include "common/rpc.h"
#include "server/store/store.h"

/* Applies an act whose request and reply are unpacked (both NULL unless it is an ENTRY_CHANGE): its
 * rows, what a look uses up, the trail of its subjects, and that its key was seen. Failures stick
 * in the txn. */
void apply_act(struct txn *txn, const struct entry *entry, const struct rpc *rpc,
	       const ProtobufCMessage *request, const ProtobufCMessage *reply);

/* The same from an entry's stored payload; unpacks into the arena. An erased payload (len 0) leaves
 * its trail only. STATUS_CORRUPT when the payload is not what its RPC says; STATUS_MEMORY. */
MUST_CHECK enum status apply_payload(struct txn *txn, const struct entry *entry,
				     const uint8_t *payload, size_t len, struct arena *arena);

#endif
