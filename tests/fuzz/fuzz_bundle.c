/* What decodes as a record of a bundle encodes to the same bytes: a record has one form only. */
#include "common/bundle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bundle_record record;
	struct buf again = BUF_EMPTY;
	enum bundle_kind kind;
	size_t body;

	if (len < BUNDLE_PREFIX_LEN || bundle_prefix(data, &kind, &body) != STATUS_OK ||
	    body != len - BUNDLE_PREFIX_LEN ||
	    bundle_decode(&record, kind, data + BUNDLE_PREFIX_LEN, body) != STATUS_OK)
		return 0;
	if (bundle_put(&again, &record) != STATUS_OK || again.len != len ||
	    memcmp(buf_head(&again), data, len) != 0)
		abort();
	buf_release(&again);
	return 0;
}
