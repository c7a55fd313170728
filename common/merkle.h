/*
 * Merkle tree hashing of RFC 6962 section 2.1 with SHA-256: leaf = H(0x00 || data), node = H(0x01
 * || left || right). Keeps only the peaks of the growing tree (its compact range); does not know
 * what the leaves are.
 */
#ifndef COMMON_MERKLE_H
#define COMMON_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"

/* A tree of 2^64 leaves has at most 64 perfect subtrees. */
#define MERKLE_PEAKS_MAX 64
#define MERKLE_PROOF_MAX 64 /* hashes in a proof that we make or take */

/* An inclusion or consistency proof. */
struct merkle_proof {
	size_t count;
	uint8_t hashes[MERKLE_PROOF_MAX][HASH_LEN];
};

struct merkle {
	uint64_t size;                             /* leaves so far */
	uint8_t peaks[MERKLE_PEAKS_MAX][HASH_LEN]; /* popcount(size) of them, largest first */
};

/* The empty tree. */
void merkle_init(struct merkle *tree);

/* Number of peaks, which follows from the size. */
unsigned merkle_peaks(const struct merkle *tree);

void merkle_leaf(struct hash *hash, const void *data, size_t len, uint8_t out[static HASH_LEN]);

/* Appends one leaf hash: amortized one node hash. */
void merkle_append(struct merkle *tree, struct hash *hash, const uint8_t leaf[static HASH_LEN]);

/* The same, and gives the nodes that are complete now, from the leaf up; returns how many. */
size_t merkle_grow(struct merkle *tree, struct hash *hash, const uint8_t leaf[static HASH_LEN],
		   uint8_t nodes[static MERKLE_PEAKS_MAX][HASH_LEN]);

/* Root of the tree as it stands; of the empty tree H("") as the RFC says. */
void merkle_root(const struct merkle *tree, struct hash *hash, uint8_t out[static HASH_LEN]);

/* Where the nodes are: get() gives the hash of a perfect subtree; node index of a level is above
 * the leaves [index << level, (index + 1) << level). */
struct merkle_nodes {
	enum status (*get)(void *context, unsigned level, uint64_t index,
			   uint8_t out[static HASH_LEN]);
	void *context;
};

/* A tree of some size seen from its right edge, which all its proofs share. */
struct merkle_edge {
	uint64_t size;
	struct merkle_nodes nodes;
	unsigned count;                            /* peaks */
	uint8_t folds[MERKLE_PEAKS_MAX][HASH_LEN]; /* root of the i-th peak and all right of it */
};

/* Hashes once for each peak but one. STATUS_INVALID for the empty tree and above INT64_MAX leaves;
 * what get() says. */
MUST_CHECK enum status merkle_edge_init(struct merkle_edge *edge, const struct merkle_nodes *nodes,
					uint64_t size, struct hash *hash);

/* The tree's root. */
const uint8_t *merkle_edge_root(const struct merkle_edge *edge);

/* Proves that a leaf is in the tree (RFC 9162 section 2.1.3.1). Hashes nothing. STATUS_INVALID when
 * index is not below the size; what get() says. */
MUST_CHECK enum status merkle_prove_inclusion(const struct merkle_edge *edge, uint64_t index,
					      struct merkle_proof *proof);

/* Proves that the tree of size1 leaves is its beginning (RFC 9162 section 2.1.4.1); for 0 and size
 * the proof is empty. Hashes nothing. STATUS_INVALID when size1 is above the size; what get() says.
 */
MUST_CHECK enum status merkle_prove_consistency(const struct merkle_edge *edge, uint64_t size1,
						struct merkle_proof *proof);

/* Whether leaf is the index-th of the size leaves below root, by an inclusion proof of count hashes
 * (RFC 9162 section 2.1.3.2). Takes any input. */
MUST_CHECK enum status merkle_verify_inclusion(uint64_t index, uint64_t size,
					       const uint8_t leaf[static HASH_LEN],
					       const uint8_t (*proof)[HASH_LEN], size_t count,
					       const uint8_t root[static HASH_LEN]);

/* Whether the tree of size1 leaves below root1 is the beginning of the tree of size2 leaves below
 * root2 (RFC 9162 section 2.1.4.2). The empty tree begins every tree, by the empty proof. Takes any
 * input. */
MUST_CHECK enum status merkle_verify_consistency(uint64_t size1, uint64_t size2,
						 const uint8_t (*proof)[HASH_LEN], size_t count,
						 const uint8_t root1[static HASH_LEN],
						 const uint8_t root2[static HASH_LEN]);

#endif
