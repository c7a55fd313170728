#include "common/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void what_is_appended_is_read_in_order(void **state)
{
	struct buf buf = BUF_EMPTY;

	(void)state;
	assert_int_equal(buf_append(&buf, "one ", 4), STATUS_OK);
	assert_int_equal(buf_append(&buf, "", 0), STATUS_OK);
	assert_int_equal(buf_append(&buf, "two", 3), STATUS_OK);
	assert_int_equal(buf.len, 7);
	assert_memory_equal(buf_head(&buf), "one two", 7);
	buf_consume(&buf, 4);
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf_head(&buf), "two", 3);
	buf_release(&buf);
	assert_int_equal(buf.len, 0);
	assert_null(buf_head(&buf));
}

static void reserved_room_can_be_written_to_its_last_byte(void **state)
{
	struct buf buf = BUF_EMPTY;

	(void)state;
	for (size_t size = 1; size < 5000; size = size * 2 + 1) {
		uint8_t *room = buf_reserve(&buf, size);
		assert_non_null(room);
		memset(room, 'x', size);
		buf_added(&buf, size);
	}
	for (size_t i = 0; i < buf.len; i++)
		assert_int_equal(buf_head(&buf)[i], 'x');
	assert_non_null(buf_reserve(&buf, 0));
	buf_release(&buf);
}

/* A queue that is fed and drained for ever must not grow. */
static void a_queue_that_is_drained_stays_small(void **state)
{
	struct buf buf = BUF_EMPTY;
	uint32_t written = 0;
	uint32_t read = 0;

	(void)state;
	for (int round = 0; round < 10000; round++) {
		for (int i = 0; i < 7; i++, written++)
			assert_int_equal(buf_append(&buf, &written, sizeof(written)), STATUS_OK);
		while (buf.len > 16) {
			uint32_t value;
			memcpy(&value, buf_head(&buf), sizeof(value));
			assert_int_equal(value, read++);
			buf_consume(&buf, sizeof(value));
		}
	}
	assert_true(buf.capacity <= 1024);
	buf_release(&buf);
}

static void a_size_that_cannot_be_leaves_all_as_it_was(void **state)
{
	struct buf buf = BUF_EMPTY;

	(void)state;
	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_int_equal(buf_append(&buf, "keep", 4), STATUS_OK);
	assert_null(buf_reserve(&buf, SIZE_MAX));
	assert_null(buf_reserve(&buf, SIZE_MAX / 2 + 1));
	assert_int_equal(buf.len, 4);
	assert_memory_equal(buf_head(&buf), "keep", 4);
	buf_release(&buf);
}

static void clearing_keeps_the_memory(void **state)
{
	struct buf buf = BUF_EMPTY;

	(void)state;
	assert_int_equal(buf_append(&buf, "gone", 4), STATUS_OK);
	size_t capacity = buf.capacity;
	buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.capacity, capacity);
	buf_release(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_appended_is_read_in_order),
		cmocka_unit_test(reserved_room_can_be_written_to_its_last_byte),
		cmocka_unit_test(a_queue_that_is_drained_stays_small),
		cmocka_unit_test(a_size_that_cannot_be_leaves_all_as_it_was),
		cmocka_unit_test(clearing_keeps_the_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
