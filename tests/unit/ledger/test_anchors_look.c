/* The file of anchored heads, as one sees it who only looks. */
#include "server/ledger/anchors_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/anchors-look-test-%d", (int)getpid());
	(void)unlink(path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void see(void *context, uint64_t size, const struct buf *note)
{
	(void)size;
	(void)note;
	++*(size_t *)context;
}

/* Adds a head to the records that are there. */
static void add(size_t there, uint64_t size)
{
	struct anchors_file file;
	struct buf note = BUF_EMPTY;
	size_t seen = 0;
	assert_int_equal(buf_append(&note, "thirty bytes that are no note.", 30), STATUS_OK);
	assert_int_equal(anchors_file_open(&file, path, see, &seen), STATUS_OK);
	assert_int_equal(seen, there);
	assert_int_equal(anchors_file_add(&file, size, 2, &note), STATUS_OK);
	anchors_file_close(&file);
	buf_release(&note);
}

static void assert_looks(size_t whole, size_t damaged)
{
	struct anchors_file file;
	assert_int_equal(anchors_file_look(&file, path), STATUS_OK);
	assert_int_equal(file.count, whole);
	assert_int_equal(file.damaged, damaged);
	anchors_file_close(&file);
}

static void flip(off_t at)
{
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "\x7f", 1, at), 1);
	close(fd);
}

static off_t length(void)
{
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	return info.st_size;
}

static void a_file_that_is_not_there_is_not_made(void **state)
{
	struct anchors_file file;
	(void)state;
	assert_int_equal(anchors_file_look(&file, path), STATUS_NOT_FOUND);
	anchors_file_close(&file);
	add(0, 3);
	assert_looks(1, 0);
}

/* As while it is being written. */
static void a_torn_record_is_no_damage_and_is_cut_off(void **state)
{
	(void)state;
	add(0, 3);
	off_t first = length();
	for (off_t cut = first + 1; cut < 2 * first; cut++) {
		add(1, 7);
		assert_int_equal(truncate(path, cut), 0);
		assert_looks(1, 0);
	}
	add(1, 9);
	assert_int_equal(length(), 2 * first);
	assert_looks(2, 0);
}

static void damaged_records_are_counted(void **state)
{
	(void)state;
	add(0, 3);
	off_t first = length();
	add(1, 7);
	add(2, 9);
	flip(2 * first - 5); /* the second one's note */
	assert_looks(2, 1);
	flip(3 * first - 5); /* the last one's */
	assert_looks(1, 2);
	add(1, 11);
	assert_looks(2, 2);
	flip(20); /* the first one's header */
	assert_looks(1, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_is_not_there_is_not_made),
		TEST(a_torn_record_is_no_damage_and_is_cut_off),
		TEST(damaged_records_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
