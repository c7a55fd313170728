/* What decodes as an entry's header encodes to the same bytes: a leaf has one form only. */
#include "common/entry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct subject subjects[ENTRY_SUBJECTS_MAX];
	uint8_t again[ENTRY_HEADER_MAX];
	struct entry entry;

	if (entry_decode(&entry, subjects, data, len) != STATUS_OK)
		return 0;
	if (entry_header_len(&entry) != len)
		abort();
	entry_encode(&entry, again);
	if (memcmp(again, data, len) != 0)
		abort();
	return 0;
}
