/*
 * What the ledger's tree proves, as messages: for answers and for greetings. Memory is the arena's.
 */
#ifndef SERVER_SERVICE_PROOF_H
#define SERVER_SERVICE_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/merkle.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

#define PROOF_SEEN_MAX 16 /* sizes that one asks to be proven at once */

/* For each of the sizes that the edge's tree is not smaller than: that it begins with that tree.
 * STATUS_MEMORY; what reading the tree says. */
MUST_CHECK enum status proof_consistency(const struct merkle_edge *edge, const uint64_t *sizes,
					 size_t size_count, struct arena *arena,
					 Pb__Consistency ***consistency, size_t *count);

#endif
