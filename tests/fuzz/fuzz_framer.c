/* Any stream, cut anywhere: every frame lies within what came, within the limit, and in order. */
#include <stdlib.h>
#include <string.h>

#include "common/framer.h"

#define BODY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct framer framer;
	struct frame frame;
	const uint8_t *body;
	size_t at = 0, given = 0;

	framer_init(&framer, BODY_MAX);
	while (at < size) {
		size_t room_size, piece = 1 + data[at] % 64u;
		uint8_t *room = framer_room(&framer, &room_size);

		if (room == NULL)
			abort();
		piece = piece < size - at ? piece : size - at;
		piece = piece < room_size ? piece : room_size;
		memcpy(room, data + at, piece);
		framer_added(&framer, piece);
		at += piece;
		while (framer_next(&framer, &frame, &body) == STATUS_OK) {
			if (frame.length > BODY_MAX ||
			    given + FRAME_HEADER_LEN + frame.length > at ||
			    memcmp(body, data + given + FRAME_HEADER_LEN, frame.length) != 0)
				abort();
			given += FRAME_HEADER_LEN + frame.length;
		}
	}
	framer_release(&framer);
	return 0;
}
