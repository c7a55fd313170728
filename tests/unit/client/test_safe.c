#include "client/cli/safe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/client/capture.h"

static void what_could_steer_a_terminal_is_escaped(void **state)
{
	static const char *const texts[][2] = {
		{"", ""},
		{"王芳 a?", "王芳 a?"},
		{"a\033[2J", "a\\x1b[2J"},
		{"a\nb\t", "a\\x0ab\\x09"},
		{"\xc2\x9b", "\\xc2\\x9b"},
		{"\xe2\x80\xae!", "\\xe2\\x80\\xae!"},
		{"\xff王", "\\xff王"},
		{"a\xe7\x8e", "a\\xe7\\x8e"},
		{"\xc0\x80", "\\xc0\\x80"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(safe_text(texts[i][0], &arena), texts[i][1]);
	arena_release(&arena);
}

static void lines_stay_lines_where_there_are_several(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	safe_write_lines(to, "a\033\nb\n");
	fclose(to);
	assert_string_equal(text, "a\\x1b\nb\n");
	free(text);
}

static void a_complaint_is_one_line_whatever_it_quotes(void **state)
{
	struct capture capture;

	(void)state;
	capture_init(&capture);
	assert_int_equal(cli_complain(&capture.cli, STATUS_USAGE, "no %s", "x\ny\033"),
			 STATUS_USAGE);
	capture_flush(&capture);
	assert_string_equal(capture.err, "dossier: no x\\x0ay\\x1b\n");
	capture_release(&capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_steer_a_terminal_is_escaped),
		cmocka_unit_test(lines_stay_lines_where_there_are_several),
		cmocka_unit_test(a_complaint_is_one_line_whatever_it_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
