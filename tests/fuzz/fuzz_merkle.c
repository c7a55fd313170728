/* Proofs from anywhere do no harm, and one that holds does so for one root only. What we prove
 * holds; bent, it does not. */
#include "common/merkle.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/bytes.h"
#include "tests/lib/rfc_tree.h"

#define LEAVES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(bool is_so)
{
	if (!is_so)
		abort();
}

/* Of a tree whose leaf hashes are their indexes. */
static enum status get(void *context, unsigned level, uint64_t index, uint8_t out[static HASH_LEN])
{
	uint8_t right[HASH_LEN];

	memset(out, (int)index, HASH_LEN);
	if (level == 0)
		return STATUS_OK;
	(void)get(context, level - 1, 2 * index, out); /* cannot fail */
	(void)get(context, level - 1, 2 * index + 1, right);
	rfc_tree_join(out, right, out);
	return STATUS_OK;
}

static void prove(uint64_t size, uint64_t before, const uint8_t *bend)
{
	const struct merkle_nodes nodes = {.get = get};
	struct hash *hash = hash_new();
	struct merkle_edge old, new;
	struct merkle_proof in, on;
	uint8_t leaf[HASH_LEN];

	demand(hash != NULL && !merkle_edge_init(&old, &nodes, before, hash) &&
	       !merkle_edge_init(&new, &nodes, size, hash) && !get(NULL, 0, before - 1, leaf) &&
	       !merkle_prove_inclusion(&new, before - 1, &in) &&
	       !merkle_prove_consistency(&new, before, &on));
	for (unsigned bit = 0; bit < 2; bit++) {
		if (in.count > 0)
			in.hashes[bend[0] % in.count][bend[1] % HASH_LEN] ^= (uint8_t)bit;
		if (on.count > 0)
			on.hashes[bend[0] % on.count][bend[1] % HASH_LEN] ^= (uint8_t)bit;
		enum status included =
			merkle_verify_inclusion(before - 1, size, leaf, (const void *)in.hashes,
						in.count, merkle_edge_root(&new));
		enum status begun =
			merkle_verify_consistency(before, size, (const void *)on.hashes, on.count,
						  merkle_edge_root(&old), merkle_edge_root(&new));
		demand((included == STATUS_OK) == (bit == 0 || in.count == 0));
		demand((begun == STATUS_OK) == (bit == 0 || on.count == 0));
	}
	hash_free(hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const size_t fixed = 16 + 2 * HASH_LEN;
	if (len < fixed)
		return 0;
	uint64_t first = bytes_get64(data), second = bytes_get64(data + 8);
	const uint8_t(*proof)[HASH_LEN] = (const uint8_t(*)[HASH_LEN])(data + fixed);
	const uint8_t *leaf = data + 16, *root = leaf + HASH_LEN;
	size_t count = (len - fixed) / HASH_LEN;
	uint8_t bent[HASH_LEN];

	memcpy(bent, root, HASH_LEN);
	bent[first % HASH_LEN] ^= 1;
	demand(merkle_verify_inclusion(first, second, leaf, proof, count, root) ||
	       merkle_verify_inclusion(first, second, leaf, proof, count, bent));
	demand(merkle_verify_consistency(first, second, proof, count, leaf, root) || first == 0 ||
	       merkle_verify_consistency(first, second, proof, count, leaf, bent));
	uint64_t size = 1 + second % LEAVES;
	prove(size, 1 + first % size, leaf);
	return 0;
}
