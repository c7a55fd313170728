#include "common/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const uint8_t bytes[FRAME_HEADER_LEN] = {
	0x00, 0x01, 0x02, 0x03, 0x03, 0x01, 0x00, 0x3c,
	0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
};

static void a_header_has_the_bytes_the_protocol_says(void **state)
{
	const struct frame frame = {
		.length = 0x00010203,
		.kind = FRAME_REQUEST,
		.flags = FRAME_DRY_RUN,
		.rpc = 60,
		.request_id = 0x1122334455667788,
	};
	uint8_t encoded[FRAME_HEADER_LEN];

	(void)state;
	frame_encode(encoded, &frame);
	assert_memory_equal(encoded, bytes, FRAME_HEADER_LEN);
}

static void a_header_is_read_back_as_it_was(void **state)
{
	struct frame frame;

	(void)state;
	frame_decode(&frame, bytes);
	assert_int_equal(frame.length, 0x00010203);
	assert_int_equal(frame.kind, FRAME_REQUEST);
	assert_int_equal(frame.flags, FRAME_DRY_RUN);
	assert_int_equal(frame.rpc, 60);
	assert_int_equal(frame.request_id, 0x1122334455667788);
}

static void any_bytes_decode(void **state)
{
	struct frame frame;
	uint8_t all[FRAME_HEADER_LEN];
	uint8_t again[FRAME_HEADER_LEN];

	(void)state;
	for (int value = 0; value < 256; value++) {
		for (size_t i = 0; i < FRAME_HEADER_LEN; i++)
			all[i] = (uint8_t)(value + (int)i * 17);
		frame_decode(&frame, all);
		frame_encode(again, &frame);
		assert_memory_equal(again, all, FRAME_HEADER_LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_the_bytes_the_protocol_says),
		cmocka_unit_test(a_header_is_read_back_as_it_was),
		cmocka_unit_test(any_bytes_decode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
