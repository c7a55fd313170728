/* Certificate requests from any bytes: refused, or a key in one of the two forms we take. */
#include <stdlib.h>

#include "common/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf key = BUF_EMPTY;

	if (csr_public_key(bytes, len, &key) == STATUS_OK ? key.len != 91 && key.len != 44
							  : key.len != 0)
		abort();
	buf_release(&key);
	return 0;
}
