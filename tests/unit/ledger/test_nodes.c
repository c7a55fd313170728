/* The tree's file: every node where the layout says and as the RFC defines it, and proofs from it;
 * torn, lost, strange or of another ledger it is made anew. */
#include "tests/unit/ledger/fixture.h"

#include "common/merkle.h"
#include "server/ledger/nodes.h"
#include "server/ledger/tree.h"
#include "tests/lib/rfc_tree.h"

#define FEW 45 /* leaves of a file that is damaged everywhere */

static void tree_path(const struct fixture *fixture, char path[static 160])
{
	fixture_path(fixture, NODES_NAME, path);
}

/* Nodes of n leaves. */
static uint64_t nodes_of(uint64_t n)
{
	return 2 * n - (uint64_t)__builtin_popcountll(n);
}

/* The tree over all entries, by the definition. */
static struct rfc_tree *define(const struct ledger *ledger)
{
	static uint8_t leaves[RFC_TREE_MAX][HASH_LEN];
	struct ledger_reader *reader;
	struct ledger_record record;
	struct hash *hash = hash_new();
	size_t count = 0;

	assert_int_equal(ledger_reader_new(&reader, ledger), STATUS_OK);
	while (ledger_reader_next(reader, &record) == STATUS_OK)
		merkle_leaf(hash, record.header, record.header_len, leaves[count++]);
	assert_int_equal(count, ledger_size(ledger));
	ledger_reader_free(reader);
	hash_free(hash);
	struct rfc_tree *tree = rfc_tree_new((const void *)leaves, count);
	assert_non_null(tree);
	return tree;
}

/* That the edge of every size so far is right, and the proofs that it gives. */
static void expect_proofs(const struct ledger *ledger, const struct rfc_tree *tree, uint64_t size)
{
	uint8_t path[MERKLE_PROOF_MAX][HASH_LEN];
	struct merkle_proof proof;
	struct merkle_edge edge;

	assert_int_equal(ledger_edge(ledger, size, &edge), STATUS_OK);
	assert_memory_equal(merkle_edge_root(&edge), rfc_tree_hash(tree, 0, size), HASH_LEN);
	for (uint64_t i = size % 7; i < size; i += 7) {
		assert_int_equal(merkle_prove_inclusion(&edge, i, &proof), STATUS_OK);
		assert_int_equal(proof.count, rfc_tree_path(tree, i, 0, size, path));
		assert_memory_equal(proof.hashes, path, proof.count * HASH_LEN);
		assert_int_equal(merkle_prove_consistency(&edge, i + 1, &proof), STATUS_OK);
		assert_int_equal(proof.count, rfc_tree_subproof(tree, i + 1, 0, size, true, path));
		assert_memory_equal(proof.hashes, path, proof.count * HASH_LEN);
	}
}

static void expect_all(const struct ledger *ledger)
{
	struct rfc_tree *tree = define(ledger);

	for (uint64_t size = 1; size <= ledger_size(ledger); size++)
		expect_proofs(ledger, tree, size);
	rfc_tree_free(tree);
}

static void test_every_node_stands_where_the_layout_says(void **state)
{
	struct fixture *fixture = *state;
	uint8_t found[HASH_LEN];
	char path[160];

	fixture_append(fixture->ledger, 100, 3, 10);
	struct rfc_tree *tree = define(fixture->ledger);
	tree_path(fixture, path);
	for (uint64_t i = 0; i < 300; i++) {
		for (unsigned level = 0; ((i + 1) & ((UINT64_C(1) << level) - 1)) == 0; level++) {
			uint64_t width = UINT64_C(1) << level;
			fixture_bytes(path, (nodes_of(i) + level) * HASH_LEN, found, HASH_LEN);
			assert_memory_equal(found, rfc_tree_hash(tree, i + 1 - width, width),
					    HASH_LEN);
			if (i + 1 == width)
				break;
		}
	}
	rfc_tree_free(tree);
}

static void test_every_size_of_the_past_is_proven(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 60, 5, 10);
	expect_all(fixture->ledger);
	fixture_reopen(fixture);
	expect_all(fixture->ledger);
}

static void test_there_is_no_edge_of_nothing_and_none_of_the_future(void **state)
{
	struct fixture *fixture = *state;
	struct merkle_edge edge;

	fixture_append(fixture->ledger, 1, 3, 10);
	assert_int_equal(fixture_stage(fixture->ledger, 10, NULL), STATUS_OK);
	assert_int_equal(ledger_edge(fixture->ledger, 0, &edge), STATUS_INVALID);
	assert_int_equal(ledger_edge(fixture->ledger, 3, &edge), STATUS_OK);
	assert_int_equal(ledger_edge(fixture->ledger, 4, &edge), STATUS_INVALID);
	assert_int_equal(ledger_edge(fixture->ledger, UINT64_MAX, &edge), STATUS_INVALID);
}

/* More than is written with one call, and a tree that must agree with the one that only grows. */
static void test_a_large_group_is_in_the_tree(void **state)
{
	struct fixture *fixture = *state;
	uint8_t root[HASH_LEN];
	struct merkle_edge edge;
	struct merkle tree;
	struct hash *hash = hash_new();

	fixture_append(fixture->ledger, 1, 7, 0);
	fixture_append(fixture->ledger, 3, 5000, 0);
	merkle_init(&tree);
	assert_int_equal(ledger_tree(fixture->ledger, &tree, 15007), STATUS_OK);
	merkle_root(&tree, hash, root);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ledger_edge(fixture->ledger, 15007, &edge), STATUS_OK);
		assert_memory_equal(merkle_edge_root(&edge), root, HASH_LEN);
		char path[160];
		tree_path(fixture, path);
		assert_int_equal(unlink(path), 0);
		fixture_reopen(fixture);
	}
	hash_free(hash);
}

static void test_a_file_that_is_lost_is_computed_anew(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_append(fixture->ledger, 20, 7, 10);
	tree_path(fixture, path);
	assert_int_equal(unlink(path), 0);
	fixture_reopen(fixture);
	expect_all(fixture->ledger);
	assert_int_equal(truncate(path, 1000), 0);
	fixture_reopen(fixture);
	expect_all(fixture->ledger);
	fixture_append(fixture->ledger, 20, 7, 10);
	expect_all(fixture->ledger);
}

static void test_a_node_torn_anywhere_is_mended_at_opening(void **state)
{
	struct fixture *fixture = *state;
	uint8_t zeros[HASH_LEN] = {0};
	char path[160];

	fixture_append(fixture->ledger, FEW / 5, 5, 10);
	struct rfc_tree *tree = define(fixture->ledger);
	tree_path(fixture, path);
	for (uint64_t place = 0; place < 2 * nodes_of(FEW); place++) {
		fixture_close(fixture);
		if (place % 2 == 0)
			fixture_flip(path, place / 2 * HASH_LEN + place % 32);
		else
			fixture_write(path, place / 2 * HASH_LEN, zeros, HASH_LEN);
		fixture_open(fixture);
		expect_proofs(fixture->ledger, tree, FEW);
		expect_proofs(fixture->ledger, tree, FEW - 8);
	}
	rfc_tree_free(tree);
}

/* A process dies between a group and its nodes. */
static void test_the_last_groups_nodes_are_mended_though_the_rest_is_trusted(void **state)
{
	struct fixture *fixture = *state;
	static const uint8_t zeros[1500 * HASH_LEN];
	uint8_t root[HASH_LEN];
	struct merkle_edge edge;
	char path[160];

	fixture_append(fixture->ledger, 3, 4001, 0);
	assert_int_equal(ledger_edge(fixture->ledger, 12003, &edge), STATUS_OK);
	memcpy(root, merkle_edge_root(&edge), HASH_LEN);
	tree_path(fixture, path);
	for (int round = 0; round < 4; round++) {
		fixture_close(fixture);
		if (round == 1)
			fixture_write(path, nodes_of(12003) * HASH_LEN - sizeof(zeros), zeros,
				      sizeof(zeros));
		if (round == 2)
			fixture_flip(path, (nodes_of(12003) - 1000) * HASH_LEN);
		if (round == 3)
			assert_int_equal(unlink(path), 0);
		assert_int_equal(
			ledger_open_trusting(&fixture->ledger, fixture->directory, fixture->why),
			STATUS_OK);
		assert_int_equal(ledger_edge(fixture->ledger, 12003, &edge), STATUS_OK);
		assert_memory_equal(merkle_edge_root(&edge), root, HASH_LEN);
	}
}

static void test_the_file_of_another_ledger_is_seen_by_its_root(void **state)
{
	struct fixture *fixture = *state;
	uint8_t wrong[HASH_LEN], root[HASH_LEN];
	struct merkle_edge edge;
	char path[160];

	/* A tree that is whole in itself: the same entries, staged again with other salts. */
	fixture_append(fixture->ledger, 1, 9, 10);
	assert_int_equal(ledger_edge(fixture->ledger, 9, &edge), STATUS_OK);
	memcpy(wrong, merkle_edge_root(&edge), HASH_LEN);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ledger_create(fixture->directory, FIXTURE_ORIGIN, LEDGER_SEGMENT_MIN),
			 STATUS_OK);
	tree_path(fixture, path);
	uint8_t nodes[16 * HASH_LEN];
	fixture_bytes(path, 0, nodes, sizeof(nodes));
	fixture_open(fixture); /* longer than the ledger: counts for nothing */
	assert_int_equal(ledger_edge(fixture->ledger, 1, &edge), STATUS_INVALID);
	fixture_append(fixture->ledger, 1, 9, 10);
	assert_int_equal(ledger_edge(fixture->ledger, 9, &edge), STATUS_OK);
	memcpy(root, merkle_edge_root(&edge), HASH_LEN);
	assert_memory_not_equal(root, wrong, HASH_LEN);
	fixture_close(fixture);
	fixture_write(path, 0, nodes, sizeof(nodes));
	fixture_open(fixture);
	assert_int_equal(ledger_edge(fixture->ledger, 9, &edge), STATUS_OK);
	assert_memory_not_equal(merkle_edge_root(&edge), root, HASH_LEN);
	assert_int_equal(tree_rebuild(fixture->ledger, fixture->why), STATUS_OK);
	assert_int_equal(ledger_edge(fixture->ledger, 9, &edge), STATUS_OK);
	assert_memory_equal(merkle_edge_root(&edge), root, HASH_LEN);
	expect_all(fixture->ledger);
}

static void test_readonly_follows_the_tree_of_another_process(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;
	struct merkle_edge edge;
	char path[160];

	tree_path(fixture, path);
	fixture_append(fixture->ledger, 5, 5, 10);
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	expect_all(readonly);
	fixture_append(fixture->ledger, 25, 10, 10);
	assert_int_equal(ledger_edge(readonly, 275, &edge), STATUS_INVALID);
	assert_int_equal(ledger_refresh(readonly), STATUS_OK);
	expect_all(readonly);
	ledger_close(readonly);

	/* A file that is not there yet. */
	fixture_close(fixture);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	assert_int_equal(ledger_edge(readonly, 275, &edge), STATUS_CORRUPT);
	assert_int_not_equal(access(path, F_OK), 0);
	fixture_open(fixture);
	assert_int_equal(ledger_refresh(readonly), STATUS_OK);
	expect_all(readonly);
	ledger_close(readonly);
}

/* What is reserved and not written has no proof: of an entry that another process is just adding.
 */
static void test_a_node_that_was_never_written_is_no_node(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;
	uint8_t zeros[HASH_LEN] = {0};
	struct merkle_edge edge;
	char path[160];

	fixture_append(fixture->ledger, 1, 3, 10);
	tree_path(fixture, path);
	fixture_write(path, nodes_of(2) * HASH_LEN, zeros, HASH_LEN);
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	assert_int_equal(ledger_edge(readonly, 2, &edge), STATUS_OK);
	assert_int_equal(ledger_edge(readonly, 3, &edge), STATUS_CORRUPT);
	ledger_close(readonly);
}

static void test_without_the_entries_there_is_no_tree(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_append(fixture->ledger, 15, 1, 100000);
	assert_true(fixture_count(fixture, ".seg") > 1);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_flip(path, 300000);
	fixture_open(fixture); /* the tree's file is there, and whole */
	fixture_close(fixture);
	tree_path(fixture, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_CORRUPT);
	assert_non_null(strstr(fixture->why, "00000000000000000000.seg"));
}

static void test_a_file_that_cannot_be_opened_is_an_error_with_a_sentence(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_close(fixture);
	tree_path(fixture, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_STORAGE);
	assert_string_equal(fixture->why, "tree: Is a directory");
	assert_int_equal(rmdir(path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_node_stands_where_the_layout_says),
		TEST(test_every_size_of_the_past_is_proven),
		TEST(test_there_is_no_edge_of_nothing_and_none_of_the_future),
		TEST(test_a_large_group_is_in_the_tree),
		TEST(test_a_file_that_is_lost_is_computed_anew),
		TEST(test_a_node_torn_anywhere_is_mended_at_opening),
		TEST(test_the_last_groups_nodes_are_mended_though_the_rest_is_trusted),
		TEST(test_the_file_of_another_ledger_is_seen_by_its_root),
		TEST(test_readonly_follows_the_tree_of_another_process),
		TEST(test_a_node_that_was_never_written_is_no_node),
		TEST(test_without_the_entries_there_is_no_tree),
		TEST(test_a_file_that_cannot_be_opened_is_an_error_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
