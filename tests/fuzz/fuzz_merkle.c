/* Proofs from anywhere do no harm, and one that holds does so for one root only. */
#include "common/merkle.h"

#include <stdlib.h>
#include <string.h>
#include "common/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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
	if (!merkle_verify_inclusion(first, second, leaf, proof, count, root) &&
	    !merkle_verify_inclusion(first, second, leaf, proof, count, bent))
		abort();
	if (!merkle_verify_consistency(first, second, proof, count, leaf, root) && first > 0 &&
	    !merkle_verify_consistency(first, second, proof, count, leaf, bent))
		abort();
	return 0;
}
