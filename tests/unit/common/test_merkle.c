#include "common/merkle.h"

#include <ftw.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "common/bytes.h"

#define LEAVES 33
#define PROOF_MAX 80

/* The words of RFC 9162 section 2.1, written down as they stand: what the quick ways must equal. */
static uint8_t leaves[LEAVES][HASH_LEN];
static struct hash *hash;

static void join(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	hash_begin(hash);
	hash_add(hash, "\x01", 1);
	hash_add(hash, left, HASH_LEN);
	hash_add(hash, right, HASH_LEN);
	hash_end(hash, out);
}

static size_t split(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static void tree_hash(size_t from, size_t n, uint8_t *out)
{
	uint8_t left[HASH_LEN], right[HASH_LEN];

	if (n == 1) {
		memcpy(out, leaves[from], HASH_LEN);
		return;
	}
	tree_hash(from, split(n), left);
	tree_hash(from + split(n), n - split(n), right);
	join(left, right, out);
}

static size_t path(size_t index, size_t from, size_t n, uint8_t (*proof)[HASH_LEN])
{
	size_t k = split(n);
	size_t count;

	if (n == 1)
		return 0;
	if (index < k) {
		count = path(index, from, k, proof);
		tree_hash(from + k, n - k, proof[count]);
	} else {
		count = path(index - k, from + k, n - k, proof);
		tree_hash(from, k, proof[count]);
	}
	return count + 1;
}

static size_t subproof(size_t m, size_t from, size_t n, bool whole, uint8_t (*proof)[HASH_LEN])
{
	size_t k = split(n);
	size_t count;

	if (m == n) {
		if (whole)
			return 0;
		tree_hash(from, n, proof[0]);
		return 1;
	}
	if (m <= k) {
		count = subproof(m, from, k, whole, proof);
		tree_hash(from + k, n - k, proof[count]);
	} else {
		count = subproof(m - k, from + k, n - k, false, proof);
		tree_hash(from, k, proof[count]);
	}
	return count + 1;
}

static int setup(void **state)
{
	uint8_t data[8];

	(void)state;
	hash = hash_new();
	for (uint64_t i = 0; hash != NULL && i < LEAVES; i++) {
		bytes_put64(data, i);
		merkle_leaf(hash, data, sizeof(data), leaves[i]);
	}
	return hash == NULL;
}

static int teardown(void **state)
{
	(void)state;
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
	uint8_t root[HASH_LEN], defined[HASH_LEN];

	(void)state;
	merkle_init(&tree);
	for (size_t n = 1; n <= LEAVES; n++) {
		merkle_append(&tree, hash, leaves[n - 1]);
		assert_int_equal(tree.size, n);
		assert_int_equal(merkle_peaks(&tree), __builtin_popcountll(n));
		merkle_root(&tree, hash, root);
		tree_hash(0, n, defined);
		assert_memory_equal(root, defined, HASH_LEN);
	}
}

static void every_leaf_is_proven_and_no_other(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], root[HASH_LEN];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		tree_hash(0, n, root);
		for (size_t i = 0; i < n; i++) {
			size_t count = path(i, 0, n, proof);
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
		tree_hash(0, n, root);
		for (size_t i = 0; i < n; i++) {
			size_t count = path(i, 0, n, proof);
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

static void every_beginning_is_proven_and_no_other(void **state)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], old[HASH_LEN], new[HASH_LEN];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		tree_hash(0, n, new);
		for (size_t m = 1; m <= n; m++) {
			size_t count = subproof(m, 0, n, true, proof);
			tree_hash(0, m, old);
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
				tree_hash(0, m, old);
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

/* The public test vectors of transparency-dev/merkle: JSON files, one case each. */

static size_t vectors_right;
static size_t vectors_wrong;

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* False when it is not the base64 of one hash: such a vector cannot even be asked. */
static bool read_hash(const json_t *value, uint8_t out[static HASH_LEN])
{
	const char *text = json_string_value(value);
	uint32_t bits = 0;
	unsigned held = 0;
	size_t len = 0;

	for (; text != NULL && base64_digit(*text) >= 0; text++) {
		bits = bits << 6 | (uint32_t)base64_digit(*text);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (len == HASH_LEN)
			return false;
		out[len++] = (uint8_t)(bits >> held);
	}
	return len == HASH_LEN;
}

/* Where a number of the file is 2^64 - 1 all of them come as reals. */
static uint64_t read_number(const json_t *value)
{
	double real = json_real_value(value);

	if (!json_is_real(value))
		return (uint64_t)json_integer_value(value);
	return real >= 0x1p64 ? UINT64_MAX : (uint64_t)real;
}

static bool read_proof(const json_t *value, uint8_t (*proof)[HASH_LEN], size_t *count)
{
	*count = json_array_size(value);
	if (*count > PROOF_MAX)
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (!read_hash(json_array_get(value, i), proof[i]))
			return false;
	}
	return true;
}

static bool holds(const json_t *vector)
{
	uint8_t proof[PROOF_MAX][HASH_LEN], first[HASH_LEN], second[HASH_LEN];
	size_t count;

	if (!read_proof(json_object_get(vector, "proof"), proof, &count))
		return false;
	if (json_object_get(vector, "leafIdx") != NULL)
		return read_hash(json_object_get(vector, "leafHash"), first) &&
		       read_hash(json_object_get(vector, "root"), second) &&
		       merkle_verify_inclusion(read_number(json_object_get(vector, "leafIdx")),
					       read_number(json_object_get(vector, "treeSize")),
					       first, proof, count, second) == STATUS_OK;
	return read_hash(json_object_get(vector, "root1"), first) &&
	       read_hash(json_object_get(vector, "root2"), second) &&
	       merkle_verify_consistency(read_number(json_object_get(vector, "size1")),
					 read_number(json_object_get(vector, "size2")), proof,
					 count, first, second) == STATUS_OK;
}

static int visit(const char *name, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)where;
	if (type != FTW_F || strstr(name, ".json") == NULL)
		return 0;
	json_t *vector = json_load_file(name, 0, NULL);
	if (vector == NULL) /* a number is too large for an integer */
		vector = json_load_file(name, JSON_DECODE_INT_AS_REAL, NULL);
	bool wanted = !json_is_true(json_object_get(vector, "wantErr"));
	bool agreed = vector != NULL && holds(vector) == wanted;
	if (!agreed)
		print_error("disagrees with %s\n", name);
	vectors_right += agreed;
	vectors_wrong += !agreed;
	json_decref(vector);
	return 0;
}

static void all_public_vectors_agree(void **state)
{
	const char *shared = getenv("DOSSIER_SHARED");
	char root[4096];

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/vectors", shared != NULL ? shared : "../shared");
	if (nftw(root, visit, 8, FTW_PHYS) != 0) {
		print_message("skipped: no vectors in %s\n", root);
		skip();
	}
	assert_int_equal(vectors_wrong, 0);
	assert_true(vectors_right >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_tree_has_the_hash_of_nothing),
		cmocka_unit_test(a_leaf_is_hashed_with_its_prefix),
		cmocka_unit_test(the_growing_tree_has_the_root_of_the_definition),
		cmocka_unit_test(every_leaf_is_proven_and_no_other),
		cmocka_unit_test(a_bent_inclusion_proof_fails),
		cmocka_unit_test(every_beginning_is_proven_and_no_other),
		cmocka_unit_test(every_tree_begins_with_the_empty_one),
		cmocka_unit_test(the_largest_numbers_do_no_harm),
		cmocka_unit_test(all_public_vectors_agree),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
