#include "common/frame.h"

#include "common/bytes.h"

void frame_encode(uint8_t to[static FRAME_HEADER_LEN], const struct frame *frame)
{
	bytes_put32(to, frame->length);
	to[4] = frame->kind;
	to[5] = frame->flags;
	bytes_put16(to + 6, frame->rpc);
	bytes_put64(to + 8, frame->request_id);
}

void frame_decode(struct frame *frame, const uint8_t from[static FRAME_HEADER_LEN])
{
	*frame = (struct frame){
		.length = bytes_get32(from),
		.kind = from[4],
		.flags = from[5],
		.rpc = bytes_get16(from + 6),
		.request_id = bytes_get64(from + 8),
	};
}
