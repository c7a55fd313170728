/* Any sixteen bytes are a frame header, and encode to themselves. */
#include "common/frame.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t again[FRAME_HEADER_LEN];
	struct frame frame;

	if (len < FRAME_HEADER_LEN)
		return 0;
	frame_decode(&frame, data);
	frame_encode(again, &frame);
	if (memcmp(again, data, FRAME_HEADER_LEN) != 0)
		abort();
	return 0;
}
