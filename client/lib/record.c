#include "client/lib/record.h"

#include <string.h>

#include "common/bytes.h"
#include "common/crc32c.h"

#define MARK UINT32_C(0x646f7372)

enum status record_append(struct buf *to, const void *head, size_t head_len, const void *body,
			  size_t body_len)
{
	size_t len = head_len + body_len;
	uint8_t *room;

	if (len > RECORD_MAX)
		return STATUS_LIMIT;
	room = buf_reserve(to, RECORD_HEADER_LEN + len);
	if (room == NULL)
		return STATUS_MEMORY;
	memcpy(room + RECORD_HEADER_LEN, head, head_len);
	if (body_len > 0)
		memcpy(room + RECORD_HEADER_LEN + head_len, body, body_len);
	bytes_put32(room, MARK);
	bytes_put32(room + 4, (uint32_t)len);
	bytes_put32(room + 8, crc32c(0, room + RECORD_HEADER_LEN, len));
	buf_added(to, RECORD_HEADER_LEN + len);
	return STATUS_OK;
}

bool record_next(struct record_reader *reader, const uint8_t **payload, size_t *len)
{
	const uint8_t *from = reader->bytes + reader->at;
	size_t left = reader->len - reader->at;
	uint32_t size;

	if (left < RECORD_HEADER_LEN || bytes_get32(from) != MARK)
		return false;
	size = bytes_get32(from + 4);
	if (size > RECORD_MAX || size > left - RECORD_HEADER_LEN)
		return false;
	if (crc32c(0, from + RECORD_HEADER_LEN, size) != bytes_get32(from + 8))
		return false;
	*payload = from + RECORD_HEADER_LEN;
	*len = size;
	reader->at += RECORD_HEADER_LEN + (size_t)size;
	return true;
}

bool record_seek(struct record_reader *reader)
{
	while (reader->len - reader->at > RECORD_HEADER_LEN) {
		reader->at++;
		if (bytes_get32(reader->bytes + reader->at) == MARK)
			return true;
	}
	reader->at = reader->len;
	return false;
}
