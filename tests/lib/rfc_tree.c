#include "tests/lib/rfc_tree.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/merkle.h"

struct rfc_tree {
	/* Of the leaves from the first index on, the second and one of them. */
	uint8_t roots[RFC_TREE_MAX][RFC_TREE_MAX][HASH_LEN];
};

void rfc_tree_join(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t bytes[1 + 2 * HASH_LEN] = {0x01};

	memcpy(bytes + 1, left, HASH_LEN);
	memcpy(bytes + 1 + HASH_LEN, right, HASH_LEN);
	hash_of(bytes, sizeof(bytes), out);
}

/* The largest power of two smaller than n. */
static size_t split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

struct rfc_tree *rfc_tree_new(const uint8_t (*leaves)[HASH_LEN], size_t count)
{
	struct rfc_tree *tree = count <= RFC_TREE_MAX ? malloc(sizeof(*tree)) : NULL;

	if (tree == NULL)
		return NULL;
	for (size_t n = 1; n <= count; n++) {
		size_t k = split(n);
		for (size_t from = 0; from + n <= count; from++) {
			if (n == 1)
				memcpy(tree->roots[from][0], leaves[from], HASH_LEN);
			else
				rfc_tree_join(tree->roots[from][k - 1],
					      tree->roots[from + k][n - k - 1],
					      tree->roots[from][n - 1]);
		}
	}
	return tree;
}

struct rfc_tree *rfc_tree_of_numbers(uint8_t (*leaves)[HASH_LEN], size_t count)
{
	uint8_t data[8];
	struct hash *hash = hash_new();

	if (hash == NULL)
		return NULL;
	for (uint64_t i = 0; i < count; i++) {
		bytes_put64(data, i);
		merkle_leaf(hash, data, sizeof(data), leaves[i]);
	}
	hash_free(hash);
	return rfc_tree_new((const uint8_t(*)[HASH_LEN])leaves, count);
}

void rfc_tree_free(struct rfc_tree *tree)
{
	free(tree);
}

const uint8_t *rfc_tree_hash(const struct rfc_tree *tree, size_t from, size_t n)
{
	return tree->roots[from][n - 1];
}

size_t rfc_tree_path(const struct rfc_tree *tree, size_t index, size_t from, size_t n,
		     uint8_t (*proof)[HASH_LEN])
{
	size_t k = split(n);
	size_t count;

	if (n == 1)
		return 0;
	if (index < k) {
		count = rfc_tree_path(tree, index, from, k, proof);
		memcpy(proof[count], rfc_tree_hash(tree, from + k, n - k), HASH_LEN);
	} else {
		count = rfc_tree_path(tree, index - k, from + k, n - k, proof);
		memcpy(proof[count], rfc_tree_hash(tree, from, k), HASH_LEN);
	}
	return count + 1;
}

size_t rfc_tree_subproof(const struct rfc_tree *tree, size_t m, size_t from, size_t n, bool whole,
			 uint8_t (*proof)[HASH_LEN])
{
	size_t k = split(n);
	size_t count;

	if (m == n) {
		if (whole)
			return 0;
		memcpy(proof[0], rfc_tree_hash(tree, from, n), HASH_LEN);
		return 1;
	}
	if (m <= k) {
		count = rfc_tree_subproof(tree, m, from, k, whole, proof);
		memcpy(proof[count], rfc_tree_hash(tree, from + k, n - k), HASH_LEN);
	} else {
		count = rfc_tree_subproof(tree, m - k, from + k, n - k, false, proof);
		memcpy(proof[count], rfc_tree_hash(tree, from, k), HASH_LEN);
	}
	return count + 1;
}
