/* What anybody may send to a witness: refused, or written back to the byte. */
#include <stdlib.h>
#include <string.h>

#include "common/addcheckpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct addcheckpoint request;
	struct buf back = BUF_EMPTY;

	if (addcheckpoint_parse(&request, bytes, len) == STATUS_OK &&
	    (addcheckpoint_format(&request, &back) != STATUS_OK || back.len != len ||
	     memcmp(buf_head(&back), bytes, len) != 0))
		abort();
	buf_release(&back);
	return 0;
}
