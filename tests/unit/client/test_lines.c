#include "client/cmd/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <sys/mman.h>

static void lines_come_whole_however_they_arrive(void **state)
{
	struct lines *lines = malloc(sizeof(*lines));
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	lines_init(lines, ends[0]);
	assert_int_equal(write(ends[1], "one\ntw", 6), 6);
	assert_int_equal(lines_read(lines), STATUS_OK);
	assert_true(lines_has(lines));
	assert_string_equal(lines_take(lines), "one");
	assert_false(lines_has(lines));
	assert_int_equal(write(ends[1], "o\nlast", 6), 6);
	close(ends[1]);
	assert_int_equal(lines_read(lines), STATUS_OK);
	assert_string_equal(lines_take(lines), "two");
	assert_false(lines_has(lines));
	assert_int_equal(lines_read(lines), STATUS_OK);
	assert_true(lines->ended && lines_has(lines));
	assert_string_equal(lines_take(lines), "last");
	assert_false(lines_has(lines));
	close(ends[0]);
	free(lines);
}

static void a_line_without_end_is_not_read_for_ever(void **state)
{
	struct lines *lines = malloc(sizeof(*lines));
	char *text = calloc(1, LINES_MAX);
	int fd;

	(void)state;
	memset(text, 'x', LINES_MAX);
	fd = memfd_create("lines", 0);
	assert_int_equal(write(fd, text, LINES_MAX), LINES_MAX);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	lines_init(lines, fd);
	assert_int_equal(lines_read(lines), STATUS_OK);
	assert_int_equal(lines_read(lines), STATUS_LIMIT);
	close(fd);
	free(text);
	free(lines);
}

static char *rest_of(const char *text, size_t taken)
{
	struct lines *lines = malloc(sizeof(*lines));
	char *told = NULL;
	size_t len;
	FILE *to = open_memstream(&told, &len);
	int fd = memfd_create("lines", 0);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	lines_init(lines, fd);
	assert_int_equal(lines_read(lines), STATUS_OK);
	for (size_t i = 0; i < taken; i++)
		(void)lines_take(lines);
	lines_tell_rest(lines, taken, to);
	fclose(to);
	close(fd);
	free(lines);
	return told;
}

static void what_was_never_sent_is_told_with_the_way_to_go_on(void **state)
{
	char *told = rest_of("a\nb\nc\nd", 2);

	(void)state;
	assert_string_equal(told, "Lines 1-2 were sent; lines 3-4 were not.\n"
				  "To go on: tail -n +3 FILE | dossier batch\n");
	free(told);
	told = rest_of("a\nb\n", 2);
	assert_string_equal(told, "");
	free(told);
	told = rest_of("a\nb\n", 0);
	assert_string_equal(told, "");
	free(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_arrive),
		cmocka_unit_test(a_line_without_end_is_not_read_for_ever),
		cmocka_unit_test(what_was_never_sent_is_told_with_the_way_to_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
