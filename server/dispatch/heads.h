/*
 * What a newcomer is shown of the ledger: its newest signed head, and that this grew from the heads
 * that he has. PROTOCOL.md section 4.
 */
#ifndef SERVER_DISPATCH_HEADS_H
#define SERVER_DISPATCH_HEADS_H

#include "common/arena.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/engine.h"

/* Fills Welcome's part of the ledger from the arena: head, heartbeat, quarantine, and a proof from
 * each of the count sizes (each above 0) that the head is not shorter than. Any thread.
 * STATUS_MEMORY; what reading the tree says. */
MUST_CHECK enum status heads_show(const struct engine *engine, struct arena *arena,
				  const uint64_t *seen, size_t count, Pb__Welcome *welcome);

#endif
