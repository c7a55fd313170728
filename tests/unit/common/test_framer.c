#include "common/framer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY_MAX 4096

static void give(struct framer *framer, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t size;
		uint8_t *room = framer_room(framer, &size);

		assert_non_null(room);
		size = size < len ? size : len;
		memcpy(room, bytes, size);
		framer_added(framer, size);
		bytes += size;
		len -= size;
	}
}

static size_t put_frame(uint8_t *to, uint64_t id, uint32_t length)
{
	struct frame frame = {.length = length, .kind = FRAME_REQUEST, .request_id = id};

	frame_encode(to, &frame);
	memset(to + FRAME_HEADER_LEN, (int)('a' + id % 26), length);
	return FRAME_HEADER_LEN + length;
}

static void expect_frame(struct framer *framer, uint64_t id, uint32_t length)
{
	struct frame frame;
	const uint8_t *body;

	assert_int_equal(framer_next(framer, &frame, &body), STATUS_OK);
	assert_int_equal(frame.request_id, id);
	assert_int_equal(frame.length, length);
	for (uint32_t i = 0; i < length; i++)
		assert_int_equal(body[i], 'a' + id % 26);
}

static void expect_nothing(struct framer *framer)
{
	struct frame frame;
	const uint8_t *body;

	assert_int_equal(framer_next(framer, &frame, &body), STATUS_NOT_FOUND);
}

static void three_frames_come_whole_wherever_the_stream_is_cut(void **state)
{
	uint8_t stream[3 * FRAME_HEADER_LEN + 60];
	size_t len = put_frame(stream, 1, 20);

	(void)state;
	len += put_frame(stream + len, 2, 0);
	len += put_frame(stream + len, 3, 40);
	for (size_t cut = 0; cut <= len; cut++) {
		struct framer framer;
		struct frame frame;
		const uint8_t *body;
		size_t seen = 0;

		framer_init(&framer, BODY_MAX);
		give(&framer, stream, cut);
		while (framer_next(&framer, &frame, &body) == STATUS_OK)
			assert_int_equal(frame.request_id, ++seen);
		give(&framer, stream + cut, len - cut);
		while (framer_next(&framer, &frame, &body) == STATUS_OK)
			assert_int_equal(frame.request_id, ++seen);
		assert_int_equal(seen, 3);
		assert_false(framer_waiting(&framer));
		framer_release(&framer);
	}
}

static void many_frames_in_one_piece_come_one_by_one(void **state)
{
	uint8_t stream[10 * (FRAME_HEADER_LEN + 9)];
	struct framer framer;
	size_t len = 0;

	(void)state;
	for (uint64_t id = 0; id < 10; id++)
		len += put_frame(stream + len, id, (uint32_t)id);
	framer_init(&framer, BODY_MAX);
	give(&framer, stream, len);
	for (uint64_t id = 0; id < 10; id++) {
		assert_true(framer_waiting(&framer));
		expect_frame(&framer, id, (uint32_t)id);
	}
	assert_false(framer_waiting(&framer));
	expect_nothing(&framer);
	framer_release(&framer);
}

static void a_length_over_the_limit_is_refused_without_memory_for_it(void **state)
{
	static const uint32_t lengths[] = {BODY_MAX + 1, 1 << 20, 0x7fffffff, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint8_t header[FRAME_HEADER_LEN];
		struct framer framer;
		struct frame frame = {.length = lengths[i], .kind = FRAME_REQUEST, .request_id = 7};
		const uint8_t *body = NULL;

		frame_encode(header, &frame);
		framer_init(&framer, BODY_MAX);
		give(&framer, header, sizeof(header));
		assert_int_equal(framer_next(&framer, &frame, &body), STATUS_FRAME_TOO_LARGE);
		assert_null(body);
		assert_int_equal(frame.request_id, 7);
		assert_true(framer.buf.capacity <= 4 * (BODY_MAX + FRAME_HEADER_LEN));
		assert_int_equal(framer_next(&framer, &frame, &body), STATUS_FRAME_TOO_LARGE);
		framer_release(&framer);
	}
}

static void a_body_of_exactly_the_limit_passes(void **state)
{
	uint8_t *stream = malloc(FRAME_HEADER_LEN + BODY_MAX);
	struct framer framer;

	(void)state;
	assert_non_null(stream);
	framer_init(&framer, BODY_MAX);
	give(&framer, stream, put_frame(stream, 5, BODY_MAX));
	expect_frame(&framer, 5, BODY_MAX);
	framer_release(&framer);
	free(stream);
}

static void a_declared_length_takes_no_memory_before_its_bytes_come(void **state)
{
	uint8_t header[FRAME_HEADER_LEN];
	struct framer framer;

	(void)state;
	frame_encode(header, &(struct frame){.length = FRAME_BODY_MAX_ANSWER});
	framer_init(&framer, FRAME_BODY_MAX_ANSWER);
	give(&framer, header, sizeof(header));
	expect_nothing(&framer);
	assert_true(framer.buf.capacity <= 4 * FRAMER_PIECE_MAX);
	framer_release(&framer);
}

static void an_idle_framer_holds_no_memory(void **state)
{
	uint8_t stream[FRAME_HEADER_LEN + 5];
	struct framer framer;

	(void)state;
	framer_init(&framer, BODY_MAX);
	assert_null(framer.buf.bytes);
	give(&framer, stream, put_frame(stream, 1, 5));
	expect_frame(&framer, 1, 5);
	expect_nothing(&framer);
	assert_null(framer.buf.bytes);
}

static void a_new_limit_holds_from_the_next_frame_on(void **state)
{
	uint8_t stream[FRAME_HEADER_LEN + 100];
	size_t len = put_frame(stream, 1, 100);
	struct framer framer;
	struct frame frame;
	const uint8_t *body;

	(void)state;
	framer_init(&framer, 99);
	give(&framer, stream, len);
	assert_int_equal(framer_next(&framer, &frame, &body), STATUS_FRAME_TOO_LARGE);
	framer_limit(&framer, 100);
	expect_frame(&framer, 1, 100);
	framer_release(&framer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_frames_come_whole_wherever_the_stream_is_cut),
		cmocka_unit_test(many_frames_in_one_piece_come_one_by_one),
		cmocka_unit_test(a_length_over_the_limit_is_refused_without_memory_for_it),
		cmocka_unit_test(a_body_of_exactly_the_limit_passes),
		cmocka_unit_test(a_declared_length_takes_no_memory_before_its_bytes_come),
		cmocka_unit_test(an_idle_framer_holds_no_memory),
		cmocka_unit_test(a_new_limit_holds_from_the_next_frame_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
