/* The proofs that we make: against the RFC's definition, against our own verifying, and against the
 * public tree of eight leaves. */
#include "common/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/rfc_tree.h"

#define LEAVES RFC_TREE_MAX
#define LEVELS 9

static uint8_t leaves[LEAVES][HASH_LEN];
static struct rfc_tree *defined;
static struct hash *hash;

static enum status get(void *context, unsigned level, uint64_t index, uint8_t out[static HASH_LEN])
{
	const struct rfc_tree *tree = context;
	uint64_t first = index << level;

	assert_true(first + (UINT64_C(1) << level) <= LEAVES);
	memcpy(out, rfc_tree_hash(tree, first, (size_t)1 << level), HASH_LEN);
	return STATUS_OK;
}

static enum status get_nothing(void *context, unsigned level, uint64_t index,
			       uint8_t out[static HASH_LEN])
{
	(void)level;
	(void)index;
	memset(out, 0, HASH_LEN);
	return (*(int *)context)-- > 0 ? STATUS_OK : STATUS_STORAGE;
}

static void look(struct merkle_edge *edge, const struct rfc_tree *tree, uint64_t size)
{
	const struct merkle_nodes nodes = {.get = get, .context = (void *)tree};

	assert_int_equal(merkle_edge_init(edge, &nodes, size, hash), STATUS_OK);
}

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

static void every_size_has_the_root_of_the_definition(void **state)
{
	struct merkle_edge edge;

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		look(&edge, defined, n);
		assert_memory_equal(merkle_edge_root(&edge), rfc_tree_hash(defined, 0, n),
				    HASH_LEN);
	}
}

static void every_leaf_of_every_size_is_proven_as_defined(void **state)
{
	uint8_t path[MERKLE_PROOF_MAX][HASH_LEN];
	struct merkle_proof proof;
	struct merkle_edge edge;

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		look(&edge, defined, n);
		for (size_t i = 0; i < n; i++) {
			size_t count = rfc_tree_path(defined, i, 0, n, path);
			assert_int_equal(merkle_prove_inclusion(&edge, i, &proof), STATUS_OK);
			assert_int_equal(proof.count, count);
			assert_memory_equal(proof.hashes, path, count * HASH_LEN);
			assert_int_equal(
				merkle_verify_inclusion(i, n, leaves[i], (const void *)proof.hashes,
							proof.count, merkle_edge_root(&edge)),
				STATUS_OK);
		}
		assert_int_equal(merkle_prove_inclusion(&edge, n, &proof), STATUS_INVALID);
	}
}

static void every_beginning_of_every_size_is_proven_as_defined(void **state)
{
	uint8_t path[MERKLE_PROOF_MAX][HASH_LEN];
	struct merkle_proof proof;
	struct merkle_edge edge;

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		look(&edge, defined, n);
		for (size_t m = 1; m <= n; m++) {
			size_t count = rfc_tree_subproof(defined, m, 0, n, true, path);
			assert_int_equal(merkle_prove_consistency(&edge, m, &proof), STATUS_OK);
			assert_int_equal(proof.count, count);
			assert_memory_equal(proof.hashes, path, count * HASH_LEN);
			assert_int_equal(merkle_verify_consistency(m, n, (const void *)proof.hashes,
								   proof.count,
								   rfc_tree_hash(defined, 0, m),
								   merkle_edge_root(&edge)),
					 STATUS_OK);
		}
	}
}

static void the_empty_beginning_needs_no_proof_and_a_longer_one_has_none(void **state)
{
	struct merkle_proof proof = {.count = 1};
	struct merkle_edge edge;

	(void)state;
	look(&edge, defined, 5);
	assert_int_equal(merkle_prove_consistency(&edge, 0, &proof), STATUS_OK);
	assert_int_equal(proof.count, 0);
	assert_int_equal(merkle_prove_consistency(&edge, 6, &proof), STATUS_INVALID);
	assert_int_equal(merkle_prove_consistency(&edge, UINT64_MAX, &proof), STATUS_INVALID);
}

static void there_is_no_edge_of_nothing_and_none_that_a_proof_cannot_reach(void **state)
{
	int left = 1000;
	struct merkle_nodes nodes = {.get = get_nothing, .context = &left};
	struct merkle_proof proof;
	struct merkle_edge edge;

	(void)state;
	assert_int_equal(merkle_edge_init(&edge, &nodes, 0, hash), STATUS_INVALID);
	assert_int_equal(merkle_edge_init(&edge, &nodes, UINT64_C(1) << 63, hash), STATUS_INVALID);
	assert_int_equal(merkle_edge_init(&edge, &nodes, INT64_MAX, hash), STATUS_OK);
	assert_int_equal(merkle_prove_consistency(&edge, INT64_MAX - 2, &proof), STATUS_OK);
	assert_true(proof.count <= MERKLE_PROOF_MAX);
	assert_int_equal(merkle_prove_inclusion(&edge, INT64_MAX - 1, &proof), STATUS_OK);
	assert_int_equal(proof.count, 62);
}

static void a_node_that_cannot_be_had_fails_what_needs_it(void **state)
{
	struct merkle_proof proof;
	struct merkle_edge edge;
	int left = 0;
	const struct merkle_nodes nodes = {.get = get_nothing, .context = &left};

	(void)state;
	for (int had = 0; had < 3; had++) { /* 7 leaves have three peaks */
		left = had;
		assert_int_equal(merkle_edge_init(&edge, &nodes, 7, hash), STATUS_STORAGE);
	}
	left = 3;
	assert_int_equal(merkle_edge_init(&edge, &nodes, 7, hash), STATUS_OK);
	for (int had = 0; had < 2; had++) {
		left = had;
		assert_int_equal(merkle_prove_inclusion(&edge, 4, &proof), STATUS_STORAGE);
		left = had;
		assert_int_equal(merkle_prove_consistency(&edge, 5, &proof), STATUS_STORAGE);
	}
	left = 2;
	assert_int_equal(merkle_prove_inclusion(&edge, 4, &proof), STATUS_OK);
	left = 3;
	assert_int_equal(merkle_prove_consistency(&edge, 5, &proof), STATUS_OK);
}

/* The eight leaves that the test data of many logs have in common, with the roots of their trees
 * and two of the proofs that transparency-dev/merkle publishes. */
static const char *const public_data[8] = {
	"",
	"00",
	"10",
	"2021",
	"3031",
	"40414243",
	"5051525354555657",
	"606162636465666768696a6b6c6d6e6f",
};
static const char *const public_roots[8] = {
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};
static const char *const public_beginning[3] = {
	/* 6 of 8 */
	"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
	"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
};
static const char *const public_fifth[3] = {
	/* 5 in 8 */
	"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
	"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
};

static void the_public_tree_has_its_public_roots_and_proofs(void **state)
{
	uint8_t bytes[16], hashes[8][HASH_LEN], expected[HASH_LEN];
	struct merkle_proof inclusion, consistency;
	struct merkle_edge edge;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(hex_decode(public_data[i], bytes, strlen(public_data[i]) / 2),
				 STATUS_OK);
		merkle_leaf(hash, bytes, strlen(public_data[i]) / 2, hashes[i]);
	}
	struct rfc_tree *tree = rfc_tree_new((const void *)hashes, 8);
	assert_non_null(tree);
	for (size_t n = 1; n <= 8; n++) {
		look(&edge, tree, n);
		assert_int_equal(hex_decode(public_roots[n - 1], expected, HASH_LEN), STATUS_OK);
		assert_memory_equal(merkle_edge_root(&edge), expected, HASH_LEN);
	}
	assert_int_equal(merkle_prove_inclusion(&edge, 5, &inclusion), STATUS_OK);
	assert_int_equal(merkle_prove_consistency(&edge, 6, &consistency), STATUS_OK);
	assert_int_equal(inclusion.count, 3);
	assert_int_equal(consistency.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hex_decode(public_fifth[i], expected, HASH_LEN), STATUS_OK);
		assert_memory_equal(inclusion.hashes[i], expected, HASH_LEN);
		assert_int_equal(hex_decode(public_beginning[i], expected, HASH_LEN), STATUS_OK);
		assert_memory_equal(consistency.hashes[i], expected, HASH_LEN);
	}
	rfc_tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_has_the_root_of_the_definition),
		cmocka_unit_test(every_leaf_of_every_size_is_proven_as_defined),
		cmocka_unit_test(every_beginning_of_every_size_is_proven_as_defined),
		cmocka_unit_test(the_empty_beginning_needs_no_proof_and_a_longer_one_has_none),
		cmocka_unit_test(there_is_no_edge_of_nothing_and_none_that_a_proof_cannot_reach),
		cmocka_unit_test(a_node_that_cannot_be_had_fails_what_needs_it),
		cmocka_unit_test(the_public_tree_has_its_public_roots_and_proofs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
