/*
 * Every node of the ledger's Merkle tree, in one file: what proofs are made of. Knows hashes and
 * places; not what a leaf is. Made from the entries, and made anew from them: never synced.
 *
 *   DIR/tree: 32 bytes a node, in the order in which the growing tree completes them (post-order):
 *     leaf i at node 2i - popcount(i), the node of a level stands so many places behind its last
 *     leaf. So a tree only ever appends, and n leaves are 2n - popcount(n) nodes. Behind them
 *     reserved space: zeros, or what is left of a longer tree, and counts for nothing.
 *
 * Threads: get() is for any; the rest belongs to one writer. Nodes are read through one mapping,
 * larger than the file, and only where the file is known to be.
 */
#ifndef SERVER_LEDGER_NODES_H
#define SERVER_LEDGER_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/merkle.h"
#include "common/status.h"

#define NODES_NAME "tree"

struct nodes;

/* Opens DIR/tree and makes it when there is none; readonly a file that is not there yet has no
 * nodes. A writer's has no leaves before nodes_keep(). STATUS_MEMORY, STATUS_STORAGE,
 * STATUS_STORAGE_FULL. */
MUST_CHECK enum status nodes_open(struct nodes **nodes, const char *directory, bool is_readonly);
void nodes_close(struct nodes *nodes);

/* Readonly: sees what another process has written since. */
MUST_CHECK enum status nodes_refresh(struct nodes *nodes);

/* Takes over the beginning, of at most max leaves, in which every node is what its children hash
 * to. It ends where the file was torn or ended; and as nothing stands above a last leaf that has no
 * neighbour, before that one. The first leaves, so many as are trusted, are not looked at.
 * STATUS_STORAGE. */
MUST_CHECK enum status nodes_keep(struct nodes *nodes, uint64_t trusted, uint64_t max);

/* Leaves, of the writer's; and their tree. */
uint64_t nodes_size(const struct nodes *nodes);
const struct merkle *nodes_tree(const struct nodes *nodes);

/* Reserves space for so many leaves more, so that appending them cannot meet a full disk.
 * STATUS_STORAGE_FULL, STATUS_STORAGE. */
MUST_CHECK enum status nodes_reserve(struct nodes *nodes, size_t count);

/* Appends leaves with the nodes that they complete. After a failure the file is only good for
 * nodes_open(). */
MUST_CHECK enum status nodes_append(struct nodes *nodes, const uint8_t (*leaves)[HASH_LEN],
				    size_t count);

/* Makes what was appended last. STATUS_STORAGE. */
MUST_CHECK enum status nodes_sync(struct nodes *nodes);

/* As struct merkle_nodes wants it; context is the struct nodes. STATUS_CORRUPT when the node was
 * never written; STATUS_STORAGE. */
MUST_CHECK enum status nodes_get(void *context, unsigned level, uint64_t index,
				 uint8_t out[static HASH_LEN]);

#endif
