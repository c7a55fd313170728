#include "common/framer.h"

void framer_init(struct framer *framer, uint32_t body_max)
{
	*framer = (struct framer){.body_max = body_max};
}

void framer_release(struct framer *framer)
{
	buf_release(&framer->buf);
	framer->given = 0;
}

void framer_limit(struct framer *framer, uint32_t body_max)
{
	framer->body_max = body_max;
}

static void framer_drop_given(struct framer *framer)
{
	buf_consume(&framer->buf, framer->given);
	framer->given = 0;
}

uint8_t *framer_room(struct framer *framer, size_t *size)
{
	size_t largest = FRAME_HEADER_LEN + (size_t)framer->body_max;

	framer_drop_given(framer);
	*size = largest < FRAMER_PIECE_MAX ? largest : FRAMER_PIECE_MAX;
	return buf_reserve(&framer->buf, *size);
}

void framer_added(struct framer *framer, size_t size)
{
	buf_added(&framer->buf, size);
}

enum status framer_next(struct framer *framer, struct frame *frame, const uint8_t **body)
{
	framer_drop_given(framer);
	if (framer->buf.len == 0)
		buf_release(&framer->buf);
	if (framer->buf.len < FRAME_HEADER_LEN)
		return STATUS_NOT_FOUND;
	frame_decode(frame, buf_head(&framer->buf));
	if (frame->length > framer->body_max)
		return STATUS_FRAME_TOO_LARGE;
	if (framer->buf.len - FRAME_HEADER_LEN < frame->length)
		return STATUS_NOT_FOUND;
	*body = buf_head(&framer->buf) + FRAME_HEADER_LEN;
	framer->given = FRAME_HEADER_LEN + (size_t)frame->length;
	return STATUS_OK;
}

bool framer_waiting(const struct framer *framer)
{
	return framer->buf.len > framer->given;
}
