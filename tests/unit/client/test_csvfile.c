#include "client/cli/csvfile.h"

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

#define GB18030_HEAD "\xc3\xfb\xb3\xc6,\xb5\xe7\xbb\xb0\r\n" /* 名称,电话 */

/* Records as text: fields in [], rows ended by |. */
struct records {
	char text[1024];
	size_t rows;
};

static enum status take(void *context, uint64_t row, const struct csv_field *fields, size_t count)
{
	struct records *records = context;
	size_t len = strlen(records->text);

	assert_int_equal(row, records->rows++);
	for (size_t i = 0; i < count && len < 900; i++)
		len += (size_t)snprintf(records->text + len, sizeof(records->text) - len, "[%s]",
					fields[i].text);
	snprintf(records->text + len, sizeof(records->text) - len, "|");
	return STATUS_OK;
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("csv", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static enum status read_text(const char *text, size_t len, struct csvfile *file,
			     struct records *records)
{
	int fd = file_of(text, len);
	enum status status = csvfile_survey(file, fd);

	*records = (struct records){.rows = 0};
	if (status == STATUS_OK)
		status = csvfile_read(file, take, records);
	close(fd);
	return status;
}

static void assert_reads(const char *text, enum charset charset, const char *expected)
{
	struct records records;
	struct csvfile file;

	assert_int_equal(read_text(text, strlen(text), &file, &records), STATUS_OK);
	assert_int_equal(file.charset, charset);
	assert_int_equal(file.size, strlen(text));
	assert_int_equal(file.read, strlen(text));
	assert_string_equal(records.text, expected);
}

static void assert_fails(const char *text, const char *why)
{
	struct records records;
	struct csvfile file;

	assert_int_equal(read_text(text, strlen(text), &file, &records), STATUS_INPUT);
	if (strstr(file.why, why) == NULL)
		fail_msg("%s", file.why);
}

static void records_are_read_as_rfc_4180_has_them(void **state)
{
	(void)state;
	assert_reads("a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n", CHARSET_UTF8,
		     "[a][b]|[x, y][say \"hi\"]|");
	assert_reads("a,b\n\n1,\n", CHARSET_UTF8, "[a][b]|[1][]|");
	assert_reads("a\n\"two\nlines\"", CHARSET_UTF8, "[a]|[two\nlines]|");
	assert_reads("", CHARSET_UTF8, "");
}

static void both_character_sets_become_utf8(void **state)
{
	(void)state;
	assert_reads("名称,电话\r\n", CHARSET_UTF8, "[名称][电话]|");
	assert_reads("\xef\xbb\xbf名称,电话\r\n", CHARSET_UTF8, "[名称][电话]|");
	assert_reads(GB18030_HEAD, CHARSET_GB18030, "[名称][电话]|");
	/* Four bytes, a character that GBK has not. */
	assert_reads("\xc3\xfb,\x95\x32\x82\x36\r\n", CHARSET_GB18030, "[名][\xf0\xa0\x80\x80]|");
}

static void a_file_of_neither_set_is_refused_at_its_byte(void **state)
{
	(void)state;
	assert_fails("name\n\xff\xff\n", "byte 5");
	assert_fails("name\n\xe5", "UTF-8 (see byte 5)");
}

static void what_is_no_csv_is_refused_at_its_row(void **state)
{
	(void)state;
	assert_fails("a,b\n\"x", "row 1");
	assert_fails("a,b\n1,2\nx\"y,z\n", "row 2");
}

/* Every way to cut a multi-byte text into the reader's pieces gives the same records. */
static void characters_may_lie_across_pieces(void **state)
{
	size_t size = 3 * 64 * 1024 + 100;
	char *text = malloc(size + 64);

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		size_t len = shift;
		struct csvfile file;
		struct records records;

		memset(text, 'x', shift);
		while (len < size)
			len += (size_t)snprintf(text + len, 64, "名称%zu,电\n", len);
		assert_int_equal(read_text(text, len, &file, &records), STATUS_OK);
		assert_int_equal(file.read, len);
		assert_true(records.rows > 1000);
	}
	free(text);
}

static void the_digest_is_that_of_the_bytes(void **state)
{
	struct records records;
	struct csvfile file;
	uint8_t digest[HASH_LEN];

	(void)state;
	assert_int_equal(read_text(GB18030_HEAD, strlen(GB18030_HEAD), &file, &records), STATUS_OK);
	hash_of(GB18030_HEAD, strlen(GB18030_HEAD), digest);
	assert_memory_equal(file.digest, digest, HASH_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read_as_rfc_4180_has_them),
		cmocka_unit_test(both_character_sets_become_utf8),
		cmocka_unit_test(a_file_of_neither_set_is_refused_at_its_byte),
		cmocka_unit_test(what_is_no_csv_is_refused_at_its_row),
		cmocka_unit_test(characters_may_lie_across_pieces),
		cmocka_unit_test(the_digest_is_that_of_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
