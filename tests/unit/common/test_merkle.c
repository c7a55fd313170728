#include "common/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/rfc_tree.h"

#define LEAVES 33
#define PROOF_MAX 80

static uint8_t leaves[LEAVES][HASH_LEN];
static struct rfc_tree *defined;
static struct hash *hash;

static int setup(void **state)
{
	(void)state;
	hash = hash_new();
	defined = rfc_tree_of_numbers(leaves, LEAVES);
	return hash == NULL || defined == NULL;
}

static int teardown(void **state)
{
	(void)state;
	rfc_tree_free(defined);
	hash_free(hash);
	return 0;
}

static void the_empty_tree_has_the_hash_of_nothing(void **state)
{
	struct merkle tree;
	uint8_t root[HASH_LEN], nothing[HASH_LEN];

	(void)state;
	merkle_init(&tree);
	merkle_root(&tree, hash, root);
	hash_of("", 0, nothing);
	assert_memory_equal(root, nothing, HASH_LEN);
	assert_int_equal(merkle_peaks(&tree), 0);
}

static void a_leaf_is_hashed_with_its_prefix(void **state)
{
	uint8_t out[HASH_LEN], whole[HASH_LEN];

	(void)state;
	merkle_leaf(hash, "entry", 5, out);
	hash_of("\0entry", 6, whole);
	assert_memory_equal(out, whole, HASH_LEN);
}

static void the_growing_tree_has_the_root_of_the_definition(void **state)
{
	struct merkle tree;
	uint8_t root[HASH_LEN];

	(void)state;
	merkle_init(&tree);
	for (size_t n = 1; n <= LEAVES; n++) {
		merkle_append(&tree, hash, leaves[n - 1]);
		assert_int_equal(tree.size, n);
		assert_int_equal(merkle_peaks(&tree), __builtin_popcountll(n));
		merkle_root(&tree, hash, root);
		assert_memory_equal(root, rfc_tree_hash(defined, 0, n), HASH_LEN);
	}
}

static void every_leaf_is_proven_and_no_other(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], root[HASH_LEN];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		memcpy(root, rfc_tree_hash(defined, 0, n), HASH_LEN);
		for (size_t i = 0; i < n; i++) {
			size_t count = rfc_tree_path(defined, i, 0, n, proof);
			for (size_t other = 0; other <= n; other++) {
				size_t leaf = other < n ? other : 0;
				enum status status = merkle_verify_inclusion(other, n, leaves[leaf],
									     proof, count, root);
				assert_int_equal(status, other == i ? STATUS_OK : STATUS_PROOF);
			}
			assert_int_equal(merkle_verify_inclusion(i, n, leaves[(i + 1) % LEAVES],
								 proof, count, root),
					 STATUS_PROOF);
		}
	}
}

static void a_bent_inclusion_proof_fails(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], root[HASH_LEN];

	(void)state;
	for (size_t n = 2; n <= LEAVES; n++) {
		memcpy(root, rfc_tree_hash(defined, 0, n), HASH_LEN);
		for (size_t i = 0; i < n; i++) {
			size_t count = rfc_tree_path(defined, i, 0, n, proof);
			memset(proof[count], 0, HASH_LEN);
			assert_int_equal(
				merkle_verify_inclusion(i, n, leaves[i], proof, count + 1, root),
				STATUS_PROOF);
			assert_int_equal(
				merkle_verify_inclusion(i, n, leaves[i], proof, count - 1, root),
				STATUS_PROOF);
			for (size_t j = 0; j < count; j++) {
				proof[j][j % HASH_LEN] ^= 1;
				assert_int_equal(merkle_verify_inclusion(i, n, leaves[i], proof,
									 count, root),
						 STATUS_PROOF);
				proof[j][j % HASH_LEN] ^= 1;
			}
		}
	}
}

/* One hash more than the way is long, and a root that agrees with it. */
static void a_proof_that_is_too_long_fails_though_it_hashes_to_the_root(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], old[HASH_LEN], root[HASH_LEN];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		size_t count = rfc_tree_path(defined, n - 1, 0, n, proof);
		memcpy(root, rfc_tree_hash(defined, 0, n), HASH_LEN);
		memset(proof[count], 0x5a, HASH_LEN);
		rfc_tree_join(proof[count], root, root);
		assert_int_equal(
			merkle_verify_inclusion(n - 1, n, leaves[n - 1], proof, count + 1, root),
			STATUS_PROOF);
		for (size_t m = n + 1; m <= LEAVES; m++) {
			size_t steps = rfc_tree_subproof(defined, n, 0, m, true, proof);
			memcpy(old, rfc_tree_hash(defined, 0, n), HASH_LEN);
			memcpy(root, rfc_tree_hash(defined, 0, m), HASH_LEN);
			memset(proof[steps], 0x5a, HASH_LEN);
			rfc_tree_join(proof[steps], old, old);
			rfc_tree_join(proof[steps], root, root);
			assert_int_equal(
				merkle_verify_consistency(n, m, proof, steps + 1, old, root),
				STATUS_PROOF);
		}
	}
}

static void every_beginning_is_proven_and_no_other(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], old[HASH_LEN], new[HASH_LEN];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		memcpy(new, rfc_tree_hash(defined, 0, n), HASH_LEN);
		for (size_t m = 1; m <= n; m++) {
			size_t count = rfc_tree_subproof(defined, m, 0, n, true, proof);
			memcpy(old, rfc_tree_hash(defined, 0, m), HASH_LEN);
			assert_int_equal(merkle_verify_consistency(m, n, proof, count, old, new),
					 STATUS_OK);
			assert_int_equal(
				merkle_verify_consistency(m + 1, n, proof, count, old, new),
				STATUS_PROOF);
			memset(proof[count], 0, HASH_LEN);
			assert_int_equal(
				merkle_verify_consistency(m, n, proof, count + 1, old, new),
				STATUS_PROOF);
			if (count > 0)
				assert_int_equal(
					merkle_verify_consistency(m, n, proof, count - 1, old, new),
					STATUS_PROOF);
			old[0] ^= 1;
			assert_int_equal(merkle_verify_consistency(m, n, proof, count, old, new),
					 STATUS_PROOF);
			for (size_t j = 0; j < count; j++) {
				memcpy(old, rfc_tree_hash(defined, 0, m), HASH_LEN);
				proof[j][31] ^= 1;
				assert_int_equal(
					merkle_verify_consistency(m, n, proof, count, old, new),
					STATUS_PROOF);
				proof[j][31] ^= 1;
			}
		}
	}
}

static void every_tree_begins_with_the_empty_one(void **state)
{
	uint8_t proof[1][HASH_LEN] = {{0}};
	uint8_t empty[HASH_LEN];

	(void)state;
	hash_of("", 0, empty);
	assert_int_equal(merkle_verify_consistency(0, 5, proof, 0, empty, leaves[1]), STATUS_OK);
	assert_int_equal(merkle_verify_consistency(0, 5, proof, 1, empty, leaves[1]), STATUS_PROOF);
	assert_int_equal(merkle_verify_consistency(0, 5, proof, 0, leaves[0], leaves[1]),
			 STATUS_PROOF);
}

static void the_largest_numbers_do_no_harm(void **state)
{
	static uint8_t proof[PROOF_MAX][HASH_LEN];

	(void)state;
	for (size_t count = 0; count < PROOF_MAX; count++) {
		assert_int_equal(merkle_verify_inclusion(UINT64_MAX - 1, UINT64_MAX, leaves[0],
							 proof, count, leaves[1]),
				 STATUS_PROOF);
		assert_int_equal(merkle_verify_consistency(UINT64_MAX - 1, UINT64_MAX, proof, count,
							   leaves[0], leaves[1]),
				 STATUS_PROOF);
		assert_int_equal(merkle_verify_consistency(UINT64_C(1) << 63, UINT64_MAX, proof,
							   count, leaves[0], leaves[1]),
				 STATUS_PROOF);
	}
	assert_int_equal(merkle_verify_inclusion(0, 0, leaves[0], proof, 0, leaves[0]),
			 STATUS_PROOF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_tree_has_the_hash_of_nothing),
		cmocka_unit_test(a_leaf_is_hashed_with_its_prefix),
		cmocka_unit_test(the_growing_tree_has_the_root_of_the_definition),
		cmocka_unit_test(every_leaf_is_proven_and_no_other),
		cmocka_unit_test(a_bent_inclusion_proof_fails),
		cmocka_unit_test(a_proof_that_is_too_long_fails_though_it_hashes_to_the_root),
		cmocka_unit_test(every_beginning_is_proven_and_no_other),
		cmocka_unit_test(every_tree_begins_with_the_empty_one),
		cmocka_unit_test(the_largest_numbers_do_no_harm),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
