#include "common/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct line line_of(const char *text)
{
	return (struct line){text, strlen(text)};
}

static void lines_are_cut_off_until_what_is_left_has_no_end(void **state)
{
	const char *text = "one\n\nthree\nrest";
	size_t left = strlen(text);
	struct line line;

	(void)state;
	assert_true(line_next(&text, &left, &line) && line_is(&line, "one"));
	assert_true(line_next(&text, &left, &line) && line_is(&line, ""));
	assert_true(line_next(&text, &left, &line) && line_is(&line, "three"));
	assert_false(line_next(&text, &left, &line));
	assert_int_equal(left, 4);
	left = 0;
	assert_false(line_next(&text, &left, &line));
}

static void a_word_is_skipped_with_its_one_space(void **state)
{
	struct line line = line_of("index  7"), same = line;

	(void)state;
	assert_false(line_skip(&same, "inde"));
	assert_false(line_skip(&same, "Index"));
	assert_true(line_is(&same, "index  7"));
	assert_true(line_skip(&line, "index") && line_is(&line, " 7"));
	line = line_of("index");
	assert_false(line_skip(&line, "index"));
	line = line_of("index ");
	assert_true(line_skip(&line, "index") && line_is(&line, ""));
}

static void numbers_are_decimal_and_shortest(void **state)
{
	static const char *const wrong[] = {
		"",
		"00",
		"01",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1a",
		"0x1",
		"18446744073709551616",
		"99999999999999999999",
		"184467440737095516150",
		"1.",
		"\xd9\xa1",
	};
	uint64_t number;

	(void)state;
	struct line line = line_of("0");
	assert_int_equal(line_number(&line, &number), STATUS_OK);
	assert_int_equal(number, 0);
	line = line_of("18446744073709551615");
	assert_int_equal(line_number(&line, &number), STATUS_OK);
	assert_true(number == UINT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		line = line_of(wrong[i]);
		assert_int_equal(line_number(&line, &number), STATUS_INVALID);
	}
}

static void a_hash_comes_back_and_nothing_shorter_or_longer_is_one(void **state)
{
	uint8_t hash[HASH_LEN], back[HASH_LEN];
	struct buf text = BUF_EMPTY;
	struct line line;

	(void)state;
	hash_of("x", 1, hash);
	assert_int_equal(line_add_hash(&text, hash), STATUS_OK);
	assert_int_equal(line_add(&text, "c2hvcnQ="), STATUS_OK);
	assert_int_equal(line_add(&text, "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"),
			 STATUS_OK);
	const char *at = (const char *)buf_head(&text);
	size_t left = text.len;
	assert_true(line_next(&at, &left, &line));
	assert_int_equal(line_hash(&line, back), STATUS_OK);
	assert_memory_equal(back, hash, HASH_LEN);
	for (int i = 0; i < 2; i++) {
		assert_true(line_next(&at, &left, &line));
		assert_int_equal(line_hash(&line, back), STATUS_INVALID);
	}
	assert_int_equal(left, 0);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_off_until_what_is_left_has_no_end),
		cmocka_unit_test(a_word_is_skipped_with_its_one_space),
		cmocka_unit_test(numbers_are_decimal_and_shortest),
		cmocka_unit_test(a_hash_comes_back_and_nothing_shorter_or_longer_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
