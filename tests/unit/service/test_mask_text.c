/* What a mask leaves of a text. */
#include "server/service/mask_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/text.h"

#define ARENA_MAX (1024u * 1024)

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, ARENA_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void masks_look_as_they_are_written(void **state)
{
	static const struct {
		enum mask_style style;
		const char *text;
		const char *mask;
	} cases[] = {
		{MASK_STYLE_NAME, "张三", "张**"},
		{MASK_STYLE_NAME, "欧阳娜娜", "欧**"},
		{MASK_STYLE_NAME, "𠮷野家", "𠮷**"},
		{MASK_STYLE_NAME, "张", "***"},
		{MASK_STYLE_PHONE, "13812341234", "138****1234"},
		{MASK_STYLE_PHONE, "02886660000", "028****0000"},
		{MASK_STYLE_PHONE, "+86 138 1234 5678", "+86****5678"},
		{MASK_STYLE_PHONE, "86660000", "***********"},
		{MASK_STYLE_ID, "51010619800101123X", "510***********123X"},
		{MASK_STYLE_ID, "510106800101123", "510***********1123"},
		{MASK_STYLE_ID, "E12345678", "******************"},
		{MASK_STYLE_ACCOUNT, "6222021234567890123", "********0123"},
		{MASK_STYLE_ACCOUNT, "1234567", "************"},
		{MASK_STYLE_ADDRESS, "成都市锦江区一号", "成都市****"},
		{MASK_STYLE_ADDRESS, "成都市一", "*******"},
		{MASK_STYLE_TEXT, "随便什么", "****"},
		{MASK_STYLE_BYTES, "x", "****"},
		{MASK_STYLE_NAME, "", ""},
		{MASK_STYLE_TEXT, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(mask_text(cases[i].style, cases[i].text, &arena),
				    cases[i].mask);
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void a_mask_has_one_length_and_is_its_own_mask(void **state)
{
	(void)state;
	for (enum mask_style style = MASK_STYLE_TEXT; style <= MASK_STYLE_BYTES; style++) {
		const char *text = "字";
		size_t len = characters(mask_text(style, text, &arena));

		for (int i = 0; i < 40; i++) {
			const char *mask = mask_text(style, text, &arena);

			assert_int_equal(characters(mask), len);
			assert_true(mask_is_mask(mask));
			assert_string_equal(mask_text(style, mask, &arena), mask);
			assert_int_equal(text_check(mask, strlen(mask)), TEXT_OK);
			text = arena_printf(&arena, "%s%s", text, i % 2 == 0 ? "7" : "字");
		}
	}
	assert_false(mask_is_mask("13812341234 *"));
}

static void without_memory_there_is_no_mask(void **state)
{
	struct arena none;

	(void)state;
	arena_init(&none, 0);
	assert_null(mask_text(MASK_STYLE_NAME, "张三", &none));
	arena_release(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
		CASE(masks_look_as_they_are_written),
		CASE(a_mask_has_one_length_and_is_its_own_mask),
		CASE(without_memory_there_is_no_mask),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
