/* Enrolment codes: what is formatted is parsed, slips are noticed, habits are forgiven. */
#include "common/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const struct code example = {
	.secret = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a,
		   0x56, 0xd7},
	.pin = {0xc6, 0x75, 0xbe, 0x77, 0xdf, 0x00, 0x11, 0x22, 0x33, 0x44},
};

/* All 32 characters in their order, then eight more, then the check. */
static const char example_text[] = "01234-56789-ABCDE-FGHJK-MNPQR-STVWX-YZ008-J4CT4-YK";

static void assert_parses(const char *text, const struct code *expected)
{
	struct code code;

	assert_int_equal(code_parse(text, &code), CODE_OK);
	assert_memory_equal(&code, expected, sizeof(code));
}

static void a_code_is_written_in_groups_of_five(void **state)
{
	char text[CODE_TEXT_LEN];

	(void)state;
	code_format(&example, text);
	assert_string_equal(text, example_text);
	assert_parses(text, &example);
}

static void every_code_that_is_made_is_another_and_parses(void **state)
{
	static const uint8_t pin[PIN_LEN] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct code before = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char text[CODE_TEXT_LEN];
		struct code code;

		code_make(&code, pin);
		code_format(&code, text);
		assert_int_equal(strlen(text), CODE_TEXT_LEN - 1);
		assert_parses(text, &code);
		assert_memory_equal(code.pin, pin, PIN_LEN);
		assert_memory_not_equal(code.secret, before.secret, CODE_SECRET_LEN);
		before = code;
	}
}

static void case_dashes_blanks_and_look_alikes_do_not_matter(void **state)
{
	(void)state;
	assert_parses("0123456789abcdefghjkmnpqrstvwxyz008j4ct4yk", &example);
	assert_parses("  o1234 56789 ABCDE FGHJK MNPQR STVWX YZoO8 J4CT4 YK\n", &example);
	assert_parses("0L234-56789-ABCDE-FGHJK-MNPQR-STVWX-YZ008-J4CT4-YK", &example);
	assert_parses("0i234_56789_ABCDE_FGHJK_MNPQR_STVWX_YZ008_J4CT4_YK", &example);
	assert_parses("０１２３４－５６７８９－ＡＢＣＤＥ　ＦＧＨＪＫ—MNPQR–STVWX‐YZ008−J4CT4-ｙｋ",
		      &example);
}

static void every_wrong_character_is_noticed(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char text[sizeof(example_text)];
	struct code code;

	(void)state;
	for (size_t at = 0; at < sizeof(example_text) - 1; at++) {
		if (example_text[at] == '-')
			continue;
		for (const char *other = alphabet; *other != '\0'; other++) {
			memcpy(text, example_text, sizeof(text));
			text[at] = *other;
			assert_int_equal(code_parse(text, &code),
					 *other == example_text[at] ? CODE_OK : CODE_MISTYPED);
		}
	}
}

static void neighbours_and_groups_that_changed_places_are_noticed(void **state)
{
	char plain[CODE_TEXT_LEN];
	size_t len = 0;
	struct code code;

	(void)state;
	for (const char *at = example_text; *at != '\0'; at++)
		if (*at != '-')
			plain[len++] = *at;
	plain[len] = '\0';
	for (size_t distance = 1; distance <= 5; distance += 4) {
		for (size_t i = 0; i + distance < CODE_DIGITS; i++) {
			char one = plain[i];
			char other = plain[i + distance];

			plain[i] = other;
			plain[i + distance] = one;
			assert_int_equal(code_parse(plain, &code),
					 one == other ? CODE_OK : CODE_MISTYPED);
			plain[i] = one;
			plain[i + distance] = other;
		}
	}
}

static void what_is_no_code_is_told_apart(void **state)
{
	char text[sizeof(example_text) + 1];
	struct code code;

	(void)state;
	assert_int_equal(code_parse("", &code), CODE_SHORT);
	snprintf(text, sizeof(text), "%s", example_text);
	text[sizeof(example_text) - 2] = '\0';
	assert_int_equal(code_parse(text, &code), CODE_SHORT);
	snprintf(text, sizeof(text), "%sX", example_text);
	assert_int_equal(code_parse(text, &code), CODE_LONG);
	snprintf(text, sizeof(text), "%s", example_text);
	for (const char *bad = "Uu!\x7f\x80\xff\xe4"; *bad != '\0'; bad++) {
		text[0] = *bad;
		assert_int_equal(code_parse(text, &code), CODE_CHARACTER);
	}
	assert_int_equal(code_parse("登记码", &code), CODE_CHARACTER);
	assert_int_equal(code_parse("\xef\xbc", &code), CODE_CHARACTER);
	assert_int_equal(code_parse("\xef", &code), CODE_CHARACTER);
}

static void the_server_keeps_the_hash_of_the_secret_alone(void **state)
{
	uint8_t kept[HASH_LEN];
	uint8_t expected[HASH_LEN];

	(void)state;
	code_hash(example.secret, kept);
	hash_of(example.secret, CODE_SECRET_LEN, expected);
	assert_memory_equal(kept, expected, HASH_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_written_in_groups_of_five),
		cmocka_unit_test(every_code_that_is_made_is_another_and_parses),
		cmocka_unit_test(case_dashes_blanks_and_look_alikes_do_not_matter),
		cmocka_unit_test(every_wrong_character_is_noticed),
		cmocka_unit_test(neighbours_and_groups_that_changed_places_are_noticed),
		cmocka_unit_test(what_is_no_code_is_told_apart),
		cmocka_unit_test(the_server_keeps_the_hash_of_the_secret_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
