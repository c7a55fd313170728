#include "server/ledger/anchors_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH_LEN 64

static int setup(void **state)
{
	char *path = malloc(PATH_LEN);

	snprintf(path, PATH_LEN, "/tmp/dossier-anchors-XXXXXX");
	close(mkstemp(path));
	*state = path;
	return 0;
}

static int teardown(void **state)
{
	remove(*state);
	free(*state);
	return 0;
}

static void ignore(void *context, uint64_t size, const struct buf *note)
{
	(void)size;
	(void)note;
	(*(size_t *)context)++;
}

/* How many records were read. */
static size_t open_file(struct anchors_file *file, const char *path)
{
	size_t count = 0;

	assert_int_equal(anchors_file_open(file, path, ignore, &count), STATUS_OK);
	return count;
}

static void add(struct anchors_file *file, uint64_t size, const char *text)
{
	struct buf note = BUF_EMPTY;

	assert_int_equal(buf_append(&note, text, strlen(text)), STATUS_OK);
	assert_int_equal(anchors_file_add(file, size, 2, &note), STATUS_OK);
	buf_release(&note);
}

static void assert_read(const struct anchors_file *file, uint64_t size, const char *text)
{
	const struct anchor *anchor = anchors_file_find(file, size);
	struct buf note = BUF_EMPTY;

	assert_non_null(anchor);
	assert_int_equal(anchor->size, size);
	assert_int_equal(anchors_file_read(file, anchor, &note), STATUS_OK);
	assert_int_equal(note.len, strlen(text));
	assert_memory_equal(buf_head(&note), text, note.len);
	buf_release(&note);
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* It must not hide those behind it, nor let the next one be written over them. */
static void a_damaged_header_costs_its_own_record_alone(void **state)
{
	struct anchors_file file;

	for (off_t at = 0; at < 32; at++) {
		assert_int_equal(truncate(*state, 0), 0);
		assert_int_equal(open_file(&file, *state), 0);
		add(&file, 3, "three");
		add(&file, 7, "seven");
		anchors_file_close(&file);
		flip(*state, at);
		assert_int_equal(open_file(&file, *state), 1);
		add(&file, 9, "nine");
		anchors_file_close(&file);
		assert_int_equal(open_file(&file, *state), 2);
		assert_read(&file, 7, "seven");
		assert_read(&file, 9, "nine");
		anchors_file_close(&file);
	}
}

static void damage_at_the_end_is_written_over(void **state)
{
	struct anchors_file file;

	open_file(&file, *state);
	add(&file, 3, "three");
	add(&file, 7, "seven");
	uint64_t end = file.end;
	anchors_file_close(&file);
	flip(*state, (off_t)end - 6); /* in the header of the last */
	assert_int_equal(open_file(&file, *state), 1);
	add(&file, 7, "seven");
	assert_int_equal(file.end, end);
	anchors_file_close(&file);
	assert_int_equal(open_file(&file, *state), 2);
	anchors_file_close(&file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_damaged_header_costs_its_own_record_alone),
		TEST(damage_at_the_end_is_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
