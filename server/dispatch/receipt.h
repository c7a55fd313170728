/*
 * What makes an answer a proof: the way from its entry to the signed head, put into the answer when
 * that head is signed. PROTOCOL.md section 6.
 */
#ifndef SERVER_DISPATCH_RECEIPT_H
#define SERVER_DISPATCH_RECEIPT_H

#include "server/dispatch/engine.h"
#include "server/dispatch/signing.h"

/* Bytes of room that an answer keeps for it: a proof in a ledger of 2^32 entries, a common head. */
#define RECEIPT_ROOM 1536

/* Completes the answer of an act that is unproven: the receipt in front of a reply, a mark, or a
 * refusal, which gets its receipt as a whole. Hashes nothing. STATUS_MEMORY; what reading the tree
 * says; STATUS_INVALID when the head does not cover the entry. */
MUST_CHECK enum status receipt_complete(struct act *act, const struct signing *signing);

#endif
