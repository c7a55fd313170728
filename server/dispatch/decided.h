/*
 * The answer to an act as it was decided, now or long ago: masked, and so that the proof of its
 * entry can be put in when that is committed (server/dispatch/receipt.h).
 */
#ifndef SERVER_DISPATCH_DECIDED_H
#define SERVER_DISPATCH_DECIDED_H

#include "proto/wire.pb-c.h"
#include "server/dispatch/group.h"

/* The answer gets the proof of that entry. */
void decided_owe(struct act *act, uint64_t sequence);

/* Appends the answer to an act that was done: the reply as the ledger has it, masked, and the
 * entry's header for its receipt; NULL of a dry run. The arena is the engine's. */
MUST_CHECK enum status decided_reply(struct engine *engine, struct act *act, const uint8_t *header,
				     size_t header_len, ProtobufCBinaryData reply);

/* Answers with a refusal; header of its entry, NULL when it has none. */
MUST_CHECK enum status decided_refusal(struct act *act, const Pb__Refusal *refusal,
				       const uint8_t *header, size_t header_len);

/* Answers an act that was decided before, from its entry. */
void decided_again(struct engine *engine, struct act *act, uint64_t sequence);

#endif
