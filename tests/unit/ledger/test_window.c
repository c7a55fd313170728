#include "server/ledger/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_LEN (3 * WINDOW_CHUNK + 100)

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 251);
}

static int setup(void **state)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	for (uint64_t i = 0; i < FILE_LEN; i++)
		assert_int_equal(putc(byte_at(i), file), byte_at(i));
	assert_int_equal(fflush(file), 0);
	*state = file;
	return 0;
}

static int teardown(void **state)
{
	return fclose(*state);
}

static void test_bytes_are_those_of_the_file_wherever_they_are(void **state)
{
	struct window window;
	const uint8_t *bytes;
	uint64_t seed = 3;

	window_init(&window, fileno(*state));
	for (int i = 0; i < 3000; i++) {
		uint64_t offset;
		size_t len;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		offset = (seed >> 33) % FILE_LEN;
		len = (size_t)(seed >> 13) % (i % 100 == 0 ? FILE_LEN : 100);
		if (len > FILE_LEN - offset)
			len = (size_t)(FILE_LEN - offset);
		assert_int_equal(window_get(&window, offset, len, FILE_LEN, &bytes), STATUS_OK);
		for (size_t j = 0; j < len; j += 1 + len / 100)
			assert_int_equal(bytes[j], byte_at(offset + j));
	}
	window_release(&window);
}

static void test_nothing_is_read_from_the_end_on(void **state)
{
	struct window window;
	const uint8_t *bytes;
	size_t len;

	window_init(&window, fileno(*state));
	assert_int_equal(window_get(&window, 100, 50, 149, &bytes), STATUS_NOT_FOUND);
	assert_int_equal(window_get(&window, 100, 50, 150, &bytes), STATUS_OK);
	assert_int_equal(window.len, 50);
	assert_int_equal(window_get(&window, 200, 1, 150, &bytes), STATUS_NOT_FOUND);
	assert_int_equal(window_run(&window, 140, 1, 145, &bytes, &len), STATUS_OK);
	assert_int_equal(len, 5);
	window_release(&window);
}

static void test_a_run_is_at_least_as_long_as_asked_unless_the_end_comes(void **state)
{
	struct window window;
	const uint8_t *bytes;
	uint64_t offset = 0;
	size_t len;

	window_init(&window, fileno(*state));
	while (offset < FILE_LEN) {
		assert_int_equal(window_run(&window, offset, 32, FILE_LEN, &bytes, &len),
				 STATUS_OK);
		assert_true(len >= 32 || offset + len == FILE_LEN);
		assert_int_equal(bytes[len - 1], byte_at(offset + len - 1));
		offset += len > 40 ? len - 3 : len;
	}
	window_release(&window);
}

static void test_a_file_that_is_too_short_is_damage(void **state)
{
	struct window window;
	const uint8_t *bytes;

	window_init(&window, fileno(*state));
	assert_int_equal(window_get(&window, FILE_LEN - 1, 1, FILE_LEN + 1, &bytes),
			 STATUS_CORRUPT);
	assert_int_equal(window_load(&window, FILE_LEN, 1), STATUS_CORRUPT);
	assert_int_equal(window_load(&window, FILE_LEN - 1, 1), STATUS_OK);
	window_release(&window);
}

static void test_a_closed_file_is_a_storage_failure(void **state)
{
	(void)state;
	struct window window;

	window_init(&window, -1);
	assert_int_equal(window_load(&window, 0, 1), STATUS_STORAGE);
	window_release(&window);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes_are_those_of_the_file_wherever_they_are),
		TEST(test_nothing_is_read_from_the_end_on),
		TEST(test_a_run_is_at_least_as_long_as_asked_unless_the_end_comes),
		TEST(test_a_file_that_is_too_short_is_damage),
		TEST(test_a_closed_file_is_a_storage_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
