/* The public test vectors of transparency-dev/merkle, where they are at hand: JSON files, one case
 * each. */
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

#define PROOF_MAX 80

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
		cmocka_unit_test(all_public_vectors_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
