/* Receipts from anywhere do no harm, and none is believed whose head nobody has signed; a file of
 * keys is one or is refused. */
#include "client/lib/trust.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t key[ED25519_KEY_LEN] = {9};
	Pb__Receipt *receipt = pb__receipt__unpack(NULL, len, data);
	struct checkpoint checkpoint;
	struct trust trust;

	trust_init(&trust);
	if (logkeys_parse(&trust.keys, (const char *)data, len) != STATUS_OK) {
		if (note_key_make(&trust.keys.keys[0], "a", NOTE_ED25519, key) != STATUS_OK)
			abort();
		trust.keys.count = 1;
	}
	if (receipt != NULL) {
		if (trust_entry(&trust, &receipt->entry, receipt->proof, &checkpoint) == STATUS_OK)
			abort();
		pb__receipt__free_unpacked(receipt, NULL);
	}
	trust_release(&trust);
	return 0;
}
