#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static enum text_fault check(const char *text)
{
	return text_check(text, strlen(text));
}

static void names_in_many_scripts_are_fine(void **state)
{
	(void)state;
	assert_int_equal(check(""), TEXT_OK);
	assert_int_equal(check("Wang & Partners, Inc. (~#1)"), TEXT_OK);
	assert_int_equal(check("上海宏达贸易有限公司"), TEXT_OK);
	assert_int_equal(check("Ñandú Ødegård Ελλάδα Москва 東京 서울"), TEXT_OK);
	assert_int_equal(check("\U00020bb7\U0001f4c1\U0010fffd"), TEXT_OK);
	assert_int_equal(check("\u00a0\u07ff\u0800\ud7ff\ue000\uffff"), TEXT_OK);
}

static void what_is_not_utf8_is_found(void **state)
{
	static const char *const wrong[] = {
		"\x80",             /* a continuation alone */
		"\xc3",             /* cut short */
		"\xe4\xb8",         /* cut short */
		"\xf0\x9f\x93",     /* cut short */
		"\xe4\xb8zz",       /* not continued */
		"\xc0\xaf",         /* overlong slash */
		"\xc1\xbf",         /* overlong */
		"\xe0\x80\xaf",     /* overlong */
		"\xe0\x9f\xbf",     /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",     /* first surrogate */
		"\xed\xbf\xbf",     /* last surrogate */
		"\xf4\x90\x80\x80", /* beyond the end */
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(check(wrong[i]), TEXT_NOT_UTF8);
		assert_int_equal(text_check("ok\xe4\xb8\xad", 4), TEXT_NOT_UTF8);
	}
}

static void every_control_character_is_found(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x100; c++) {
		char text[] = {'a', (char)c, 'b'};
		char two[] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
		if (c < 0x80)
			assert_int_equal(text_check(text, 3),
					 c < 0x20 || c == 0x7f ? TEXT_CONTROL : TEXT_OK);
		else
			assert_int_equal(text_check(two, 2), c < 0xa0 ? TEXT_CONTROL : TEXT_OK);
	}
}

static void what_turns_or_breaks_the_line_is_found(void **state)
{
	static const char *const turning[] = {"\u202a", "\u202b", "\u202c", "\u202d",
					      "\u202e", "\u2066", "\u2067", "\u2068",
					      "\u2069", "\u2028", "\u2029"};

	(void)state;
	for (size_t i = 0; i < sizeof(turning) / sizeof(turning[0]); i++)
		assert_int_equal(check(turning[i]), TEXT_CONTROL);
	assert_int_equal(check("\u2027\u202f\u2065\u206a"), TEXT_OK);
}

static void columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("HQ-2026"), 7);
	assert_int_equal(text_width("档案"), 4);
	assert_int_equal(text_width("客户A，（一）"), 13);
	assert_int_equal(text_width("ﾊﾝｶｸ"), 4);
	assert_int_equal(text_width("Ｆｕｌｌ"), 8);
	assert_int_equal(text_width("한국어"), 6);
	assert_int_equal(text_width("\U00020bb7\U00030000"), 4);
	assert_int_equal(text_width("📁"), 2);
	assert_int_equal(text_width("é ü"), 3);
}

static void combining_characters_take_no_column(void **state)
{
	(void)state;
	assert_int_equal(text_width("e\u0301"), 1);
	assert_int_equal(text_width("\u200b\u200d\ufe0f"), 0);
	assert_int_equal(text_width("\u0e01\u0e34"), 1);
	assert_int_equal(text_width("\U000e0100"), 0);
	assert_int_equal(text_width("\u1112\u1161\u11ab"), 2); /* a Hangul syllable in its parts */
	assert_int_equal(text_width("a\u00adb"), 3);
}

static void text_that_is_not_utf8_counts_a_column_a_byte(void **state)
{
	(void)state;
	assert_int_equal(text_width("\xb5\xb5\xb0\xb8"), 4);
	assert_int_equal(text_width("档\xff"), 4);
}

static void emptiness_is_null_or_nothing(void **state)
{
	(void)state;
	assert_true(text_empty(NULL));
	assert_true(text_empty(""));
	assert_false(text_empty(" "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_many_scripts_are_fine),
		cmocka_unit_test(what_is_not_utf8_is_found),
		cmocka_unit_test(every_control_character_is_found),
		cmocka_unit_test(what_turns_or_breaks_the_line_is_found),
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(combining_characters_take_no_column),
		cmocka_unit_test(text_that_is_not_utf8_counts_a_column_a_byte),
		cmocka_unit_test(emptiness_is_null_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
