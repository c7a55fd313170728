#include "tests/unit/ledger/fixture.h"

#include "server/ledger/segment.h"

static void test_names_are_twenty_digits(void **state)
{
	(void)state;
	char name[SEGMENT_NAME_LEN];
	uint64_t first;

	segment_name(0, name);
	assert_string_equal(name, "00000000000000000000.seg");
	segment_name(UINT64_MAX, name);
	assert_string_equal(name, "18446744073709551615.seg");
	assert_true(segment_named(name, &first));
	assert_true(first == UINT64_MAX);
	assert_true(segment_named("00000000000000000042.seg", &first));
	assert_int_equal(first, 42);
}

static void test_other_names_are_no_segments(void **state)
{
	(void)state;
	const char *names[] = {
		"",
		".",
		"segment.new",
		"0000000000000000042.seg",
		"000000000000000000042.seg",
		"00000000000000000042.sef",
		"0000000000000000004a.seg",
		"00000000000000000042seg.",
		"18446744073709551616.seg",
		"99999999999999999999.seg",
		"-0000000000000000042.seg",
	};
	uint64_t first;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_false(segment_named(names[i], &first));
}

static void test_a_header_is_read_as_it_was_made(void **state)
{
	struct fixture *fixture = *state;
	struct segment made = {
		.first = 500,
		.size = LEDGER_SEGMENT_MIN + 4096,
		.before = {.first = 400, .offset = 5000, .time = -1, .crc = 0xfedcba98},
	};
	struct segment read;
	struct stat about;
	char path[160];
	int fd;

	memset(made.origin, 0xab, sizeof(made.origin));
	assert_int_equal(segment_make(fixture->directory, &made, &fd), STATUS_OK);
	close(fd);
	assert_int_equal(segment_open(fixture->directory, 500, O_RDONLY, &read, &fd), STATUS_OK);
	assert_int_equal(fstat(fd, &about), 0);
	close(fd);
	assert_int_equal(about.st_size, LEDGER_SEGMENT_MIN + 4096);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(read.first, 500);
	assert_int_equal(read.size, made.size);
	assert_memory_equal(read.origin, made.origin, sizeof(made.origin));
	assert_int_equal(read.before.first, 400);
	assert_int_equal(read.before.offset, 5000);
	assert_int_equal(read.before.time, -1);
	assert_int_equal(read.before.crc, 0xfedcba98);
	assert_int_equal(fixture_count(fixture, ".new"), 0);

	fixture_segment(fixture, 500, path);
	fixture_flip(path, 70);
	assert_int_equal(segment_open(fixture->directory, 500, O_RDONLY, &read, &fd),
			 STATUS_CORRUPT);
	assert_int_equal(segment_open(fixture->directory, 501, O_RDONLY, &read, &fd),
			 STATUS_NOT_FOUND);
}

/* A leftover of an interrupted making may be longer, and full of anything. */
static void test_a_leftover_is_made_over(void **state)
{
	struct fixture *fixture = *state;
	struct segment segment = {.first = 9, .size = LEDGER_SEGMENT_MIN};
	uint8_t bytes[5000];
	char path[160];
	int fd;

	fixture_path(fixture, SEGMENT_TEMPORARY, path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * LEDGER_SEGMENT_MIN), 0);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), LEDGER_SEGMENT_MIN - 5000), 5000);
	close(fd);
	assert_int_equal(segment_make(fixture->directory, &segment, &fd), STATUS_OK);
	assert_int_equal(lseek(fd, 0, SEEK_END), LEDGER_SEGMENT_MIN);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), LEDGER_SEGMENT_MIN - 5000), 5000);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_twenty_digits),
		cmocka_unit_test(test_other_names_are_no_segments),
		TEST(test_a_header_is_read_as_it_was_made),
		TEST(test_a_leftover_is_made_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
