#include "common/merkle.h"

#include <stdbool.h>
#include <string.h>

/* The prefixes keep a leaf from being taken for a node (RFC 6962 section 2.1). */
static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void merkle_init(struct merkle *tree)
{
	tree->size = 0;
}

unsigned merkle_peaks(const struct merkle *tree)
{
	return (unsigned)__builtin_popcountll(tree->size);
}

void merkle_leaf(struct hash *hash, const void *data, size_t len, uint8_t out[static HASH_LEN])
{
	hash_begin(hash);
	hash_add(hash, &leaf_prefix, 1);
	hash_add(hash, data, len);
	hash_end(hash, out);
}

/* out may be left or right. */
static void node(struct hash *hash, const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t bytes[1 + 2 * HASH_LEN] = {node_prefix};

	memcpy(bytes + 1, left, HASH_LEN);
	memcpy(bytes + 1 + HASH_LEN, right, HASH_LEN);
	hash_begin(hash);
	hash_add(hash, bytes, sizeof(bytes));
	hash_end(hash, out);
}

/* nodes: NULL, or what merkle_grow() gives. */
static size_t append(struct merkle *tree, struct hash *hash, const uint8_t *leaf,
		     uint8_t (*nodes)[HASH_LEN])
{
	unsigned count = merkle_peaks(tree);
	uint8_t top[HASH_LEN];
	size_t level = 0;

	memcpy(top, leaf, HASH_LEN);
	/* Each trailing one of the size is a peak as large as what we carry: as in adding one. */
	for (uint64_t size = tree->size; size & 1; size >>= 1) {
		if (nodes != NULL)
			memcpy(nodes[level], top, HASH_LEN);
		node(hash, tree->peaks[--count], top, top);
		level++;
	}
	if (nodes != NULL)
		memcpy(nodes[level], top, HASH_LEN);
	memcpy(tree->peaks[count], top, HASH_LEN);
	tree->size++;
	return level + 1;
}

void merkle_append(struct merkle *tree, struct hash *hash, const uint8_t leaf[static HASH_LEN])
{
	(void)append(tree, hash, leaf, NULL);
}

size_t merkle_grow(struct merkle *tree, struct hash *hash, const uint8_t leaf[static HASH_LEN],
		   uint8_t nodes[static MERKLE_PEAKS_MAX][HASH_LEN])
{
	return append(tree, hash, leaf, nodes);
}

void merkle_root(const struct merkle *tree, struct hash *hash, uint8_t out[static HASH_LEN])
{
	unsigned count = merkle_peaks(tree);

	if (count == 0) {
		hash_begin(hash);
		hash_end(hash, out);
		return;
	}
	memcpy(out, tree->peaks[--count], HASH_LEN);
	while (count > 0)
		node(hash, tree->peaks[--count], out, out);
}

/* Every one in the size is a peak. Gives the root of the one at that bit. */
static enum status get_peak(const struct merkle_nodes *nodes, uint64_t size, unsigned bit,
			    uint8_t *out)
{
	return nodes->get(nodes->context, bit, (size >> bit) - 1, out);
}

enum status merkle_edge_init(struct merkle_edge *edge, const struct merkle_nodes *nodes,
			     uint64_t size, struct hash *hash)
{
	unsigned i = (unsigned)__builtin_popcountll(size);
	enum status status;

	if (size == 0 ||
	    size > INT64_MAX) /* above it a proof may be longer than MERKLE_PROOF_MAX */
		return STATUS_INVALID;
	edge->size = size;
	edge->nodes = *nodes;
	edge->count = i;
	for (uint64_t rest = size; rest != 0; rest &= rest - 1) { /* from the last peak on */
		i--;
		status = get_peak(nodes, size, (unsigned)__builtin_ctzll(rest), edge->folds[i]);
		if (status != STATUS_OK)
			return status;
		if (i + 1 < edge->count)
			node(hash, edge->folds[i], edge->folds[i + 1], edge->folds[i]);
	}
	return STATUS_OK;
}

const uint8_t *merkle_edge_root(const struct merkle_edge *edge)
{
	return edge->folds[0];
}

/* Adds what stands beside the way from a node up to the root: below its peak siblings, then all
 * that is right of the peak, then the peaks left of it, the nearest first. */
static enum status prove_way(const struct merkle_edge *edge, unsigned level, uint64_t index,
			     struct merkle_proof *proof)
{
	const struct merkle_nodes *nodes = &edge->nodes;
	/* The highest bit that the size has and the node's leaves have not is the peak's. */
	unsigned bit = 63 - (unsigned)__builtin_clzll(edge->size ^ index << level);
	unsigned right = (unsigned)__builtin_popcountll(edge->size >> bit);
	enum status status = STATUS_OK;

	for (; level < bit && status == STATUS_OK; level++, index >>= 1)
		status =
			nodes->get(nodes->context, level, index ^ 1, proof->hashes[proof->count++]);
	if (right < edge->count)
		memcpy(proof->hashes[proof->count++], edge->folds[right], HASH_LEN);
	for (bit++; bit < 64 && status == STATUS_OK; bit++) {
		if (edge->size >> bit & 1)
			status = get_peak(nodes, edge->size, bit, proof->hashes[proof->count++]);
	}
	return status;
}

enum status merkle_prove_inclusion(const struct merkle_edge *edge, uint64_t index,
				   struct merkle_proof *proof)
{
	proof->count = 0;
	if (index >= edge->size)
		return STATUS_INVALID;
	return prove_way(edge, 0, index, proof);
}

enum status merkle_prove_consistency(const struct merkle_edge *edge, uint64_t size1,
				     struct merkle_proof *proof)
{
	const struct merkle_nodes *nodes = &edge->nodes;
	enum status status = STATUS_OK;

	proof->count = 0;
	if (size1 > edge->size)
		return STATUS_INVALID;
	if (size1 == 0 || size1 == edge->size)
		return STATUS_OK;
	/* The smaller tree's last peak is where both trees' ways begin; when it is the whole of the
	 * smaller tree, its root is known. */
	unsigned level = (unsigned)__builtin_ctzll(size1);
	uint64_t index = (size1 >> level) - 1;
	if (index > 0)
		status = nodes->get(nodes->context, level, index, proof->hashes[proof->count++]);
	return status == STATUS_OK ? prove_way(edge, level, index, proof) : status;
}

/* Climbs from the node at index on a level whose last node is at last, in the words of RFC 9162
 * (fn and sn). Where old is not NULL it follows the smaller tree's root on the way. False when the
 * proof is longer or shorter than the way. */
static bool climb(struct hash *hash, uint64_t index, uint64_t last,
		  const uint8_t (*proof)[HASH_LEN], size_t count, uint8_t *top, uint8_t *old)
{
	for (size_t i = 0; i < count; i++) {
		if (last == 0)
			return false;
		if ((index & 1) != 0 || index == last) {
			node(hash, proof[i], top, top);
			if (old != NULL)
				node(hash, proof[i], old, old);
			while ((index & 1) == 0 && index != 0) {
				index >>= 1;
				last >>= 1;
			}
		} else {
			node(hash, top, proof[i], top);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, HASH_LEN) == 0;
}

enum status merkle_verify_inclusion(uint64_t index, uint64_t size,
				    const uint8_t leaf[static HASH_LEN],
				    const uint8_t (*proof)[HASH_LEN], size_t count,
				    const uint8_t root[static HASH_LEN])
{
	uint8_t top[HASH_LEN];

	if (index >= size)
		return STATUS_PROOF;
	struct hash *hash = hash_new();
	if (hash == NULL)
		return STATUS_MEMORY;
	memcpy(top, leaf, HASH_LEN);
	bool proven = climb(hash, index, size - 1, proof, count, top, NULL) && same(top, root);
	hash_free(hash);
	return proven ? STATUS_OK : STATUS_PROOF;
}

/* For 0 < size1 < size2. */
static bool grown(struct hash *hash, uint64_t size1, uint64_t size2,
		  const uint8_t (*proof)[HASH_LEN], size_t count, const uint8_t *root1,
		  const uint8_t *root2)
{
	uint64_t index = size1 - 1;
	uint64_t last = size2 - 1;
	uint8_t top[HASH_LEN], old[HASH_LEN];
	const uint8_t *first = root1;

	/* A perfect smaller tree is a node of the larger one: its root begins the proof unsaid. */
	if ((size1 & (size1 - 1)) != 0) {
		if (count == 0)
			return false;
		first = proof[0];
		proof++;
		count--;
	}
	for (; (index & 1) != 0; index >>= 1)
		last >>= 1;
	memcpy(top, first, HASH_LEN);
	memcpy(old, first, HASH_LEN);
	return climb(hash, index, last, proof, count, top, old) && same(old, root1) &&
	       same(top, root2);
}

enum status merkle_verify_consistency(uint64_t size1, uint64_t size2,
				      const uint8_t (*proof)[HASH_LEN], size_t count,
				      const uint8_t root1[static HASH_LEN],
				      const uint8_t root2[static HASH_LEN])
{
	if (size1 > size2)
		return STATUS_PROOF;
	if (size1 == size2)
		return count == 0 && same(root1, root2) ? STATUS_OK : STATUS_PROOF;
	if (size1 == 0) { /* every tree begins with the empty one, which has one root */
		uint8_t empty[HASH_LEN];
		hash_of("", 0, empty);
		return count == 0 && same(root1, empty) ? STATUS_OK : STATUS_PROOF;
	}
	struct hash *hash = hash_new();
	if (hash == NULL)
		return STATUS_MEMORY;
	bool proven = grown(hash, size1, size2, proof, count, root1, root2);
	hash_free(hash);
	return proven ? STATUS_OK : STATUS_PROOF;
}
