#include "tests/unit/ledger/fixture.h"

#include "common/bytes.h"
#include "common/crc32c.h"
#include "server/ledger/group.h"
#include "server/ledger/segment.h"

/* No power is cut here: a thousand syncs would only take the time. */
enum status __wrap_file_sync(int fd);
enum status __wrap_directory_sync(const char *path);

enum status __wrap_file_sync(int fd)
{
	(void)fd;
	return STATUS_OK;
}

enum status __wrap_directory_sync(const char *path)
{
	(void)path;
	return STATUS_OK;
}

/* Offset behind the last group of a ledger with one segment. */
static uint64_t end_of(const struct fixture *fixture)
{
	return ledger_bytes(fixture->ledger);
}

static void expect_corrupt(struct fixture *fixture, const char *word)
{
	struct ledger *readonly;

	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_CORRUPT);
	assert_null(fixture->ledger);
	assert_non_null(strstr(fixture->why, word));
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_CORRUPT);
	assert_non_null(strstr(fixture->why, word));
}

/* What of a group arrived: all but [from, to). Then the ledger is opened. */
static void open_torn(struct fixture *fixture, const uint8_t *group, size_t len, uint64_t offset,
		      size_t from, size_t to)
{
	static uint8_t torn[GROUP_MAX_LEN];
	char path[160];

	memcpy(torn, group, len);
	memset(torn + from, 0, to - from);
	fixture_segment(fixture, 0, path);
	fixture_write(path, offset, torn, len);
	fixture_open(fixture);
}

static void test_a_group_torn_at_any_byte_is_dropped_and_appended_over(void **state)
{
	struct fixture *fixture = *state;
	uint8_t group[1024];
	char path[160];
	uint64_t at;
	size_t len;

	fixture_append(fixture->ledger, 2, 2, 30);
	at = end_of(fixture);
	fixture_append(fixture->ledger, 1, 2, 30);
	len = (size_t)(end_of(fixture) - at);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_bytes(path, at, group, len);

	for (size_t cut = 0; cut < len; cut++) {
		open_torn(fixture, group, len, at, cut, len);
		assert_int_equal(ledger_size(fixture->ledger), 4);
		fixture_close(fixture);

		open_torn(fixture, group, len, at, 0, cut + 1);
		assert_int_equal(ledger_size(fixture->ledger), 4);
		fixture_append(fixture->ledger, 1, 1, 5);
		assert_int_equal(fixture_read(fixture->ledger, 0), 5);
		fixture_reopen(fixture);
		assert_int_equal(fixture_read(fixture->ledger, 0), 5);
		fixture_close(fixture);

		/* A zero that did not arrive is not missed. */
		open_torn(fixture, group, len, at, cut, cut + 1);
		assert_int_equal(ledger_size(fixture->ledger), group[cut] == 0 ? 6 : 4);
		fixture_close(fixture);
	}
	open_torn(fixture, group, len, at, 0, 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 6);
}

static void test_a_torn_tail_is_zeroed_before_anything_is_appended(void **state)
{
	struct fixture *fixture = *state;
	uint8_t rest[2000];
	char path[160];
	uint64_t from;

	fixture_append(fixture->ledger, 1, 1, 10);
	from = end_of(fixture);
	fixture_append(fixture->ledger, 1, 1, 1500);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_flip(path, from + 100);
	fixture_open(fixture);
	assert_int_equal(ledger_size(fixture->ledger), 1);
	fixture_bytes(path, from, rest, sizeof(rest));
	for (size_t i = 0; i < sizeof(rest); i++)
		assert_int_equal(rest[i], 0);
}

static void test_a_readonly_opening_does_not_touch_a_torn_tail(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;
	uint8_t before[600];
	uint8_t after[600];
	char path[160];
	uint64_t from;

	fixture_append(fixture->ledger, 1, 1, 10);
	from = end_of(fixture);
	fixture_append(fixture->ledger, 1, 1, 500);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_flip(path, from + 100);
	fixture_bytes(path, from, before, sizeof(before));
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	assert_int_equal(fixture_read(readonly, 0), 1);
	assert_int_equal(ledger_refresh(readonly), STATUS_OK);
	assert_int_equal(ledger_size(readonly), 1);
	ledger_close(readonly);
	fixture_bytes(path, from, after, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
}

static void test_a_flipped_byte_before_the_last_group_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[160];
	uint64_t end;

	fixture_append(fixture->ledger, 3, 2, 40);
	end = end_of(fixture);
	fixture_append(fixture->ledger, 1, 1, 40);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	for (uint64_t at = SEGMENT_HEADER_LEN; at < end; at++) {
		fixture_flip(path, at);
		expect_corrupt(fixture, "00000000000000000000.seg");
		assert_non_null(strstr(fixture->why, "at byte"));
		fixture_flip(path, at);
	}
	fixture_open(fixture);
	assert_int_equal(fixture_read(fixture->ledger, 0), 7);
}

static void test_a_damaged_segment_header_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_append(fixture->ledger, 1, 1, 40);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	for (uint64_t at = 0; at < SEGMENT_HEADER_LEN; at += at < 100 ? 1 : 97) {
		fixture_flip(path, at);
		expect_corrupt(fixture, "00000000000000000000.seg");
		fixture_flip(path, at);
	}
	fixture_open(fixture);
}

static void test_bytes_far_behind_the_end_are_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_append(fixture->ledger, 1, 1, 40);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_flip(path, LEDGER_SEGMENT_MIN - 1);
	expect_corrupt(fixture, "more than a torn one leaves");
}

static void test_a_segment_cut_short_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fixture_append(fixture->ledger, 1, 1, 40);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	assert_int_equal(truncate(path, LEDGER_SEGMENT_MIN - 1), 0);
	expect_corrupt(fixture, "00000000000000000000.seg");
}

static void test_a_whole_group_that_does_not_follow_is_refused(void **state)
{
	struct fixture *fixture = *state;
	uint8_t header[GROUP_HEADER_LEN];
	struct group group;
	char path[160];
	uint64_t from;

	fixture_append(fixture->ledger, 1, 1, 40);
	from = end_of(fixture);
	fixture_append(fixture->ledger, 1, 1, 40);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_bytes(path, from, header, sizeof(header));
	assert_int_equal(group_decode(&group, header), STATUS_OK);
	group.before ^= 1;
	group_encode(&group, header);
	fixture_write(path, from, header, sizeof(header));
	expect_corrupt(fixture, "does not belong there");
}

static void test_a_missing_segment_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_record record;
	struct ledger_reader *reader;
	uint64_t second = 0;
	char path[160];
	char aside[160];

	/* The second segment begins where the first group did not fit any more. */
	while (fixture_count(fixture, ".seg") < 2) {
		second = ledger_size(fixture->ledger);
		fixture_append(fixture->ledger, 1, 10, 20000);
	}
	fixture_append(fixture->ledger, 10, 10, 20000);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	ledger_reader_seek(reader, second);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	ledger_reader_free(reader);
	fixture_close(fixture);
	fixture_path(fixture, "aside", aside);

	fixture_segment(fixture, second, path);
	assert_int_equal(rename(path, aside), 0);
	expect_corrupt(fixture, "is not the successor");
	assert_int_equal(rename(aside, path), 0);

	fixture_segment(fixture, 0, path);
	assert_int_equal(rename(path, aside), 0);
	expect_corrupt(fixture, "the first segment is missing");
	assert_int_equal(rename(aside, path), 0);
	fixture_open(fixture);
}

static void test_a_segment_under_another_name_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char path[160];
	char other[160];

	while (fixture_count(fixture, ".seg") < 2)
		fixture_append(fixture->ledger, 1, 10, 20000);
	fixture_close(fixture);
	fixture_segment(fixture, 0, path);
	fixture_segment(fixture, 99999, other);
	assert_int_equal(link(path, other), 0);
	expect_corrupt(fixture, "00000000000000099999.seg");
}

static void test_a_new_segment_without_a_group_is_gone_on_with(void **state)
{
	struct fixture *fixture = *state;
	struct segment segment = {0};
	uint64_t size = 0;
	int64_t time;
	char path[160];
	int fd;

	while (fixture_count(fixture, ".seg") < 2) {
		size = ledger_size(fixture->ledger);
		time = ledger_last_time(fixture->ledger);
		fixture_append(fixture->ledger, 1, 10, 20000);
	}
	fixture_close(fixture);
	/* As if the crash came before the group was written. */
	assert_int_equal(segment_open(fixture->directory, size, O_RDONLY, &segment, &fd),
			 STATUS_OK);
	close(fd);
	fixture_segment(fixture, size, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(segment_make(fixture->directory, &segment, &fd), STATUS_OK);
	close(fd);

	fixture_open(fixture);
	assert_int_equal(ledger_size(fixture->ledger), size);
	assert_int_equal(ledger_last_time(fixture->ledger), time);
	assert_int_equal(fixture_read(fixture->ledger, 0), size);
	fixture_append(fixture->ledger, 3, 10, 2000);
	assert_int_equal(fixture_read(fixture->ledger, 0), size + 30);
	fixture_reopen(fixture);
	assert_int_equal(fixture_read(fixture->ledger, 0), size + 30);
}

static void test_a_segment_half_made_is_removed(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;
	char path[160];
	int fd;

	fixture_append(fixture->ledger, 1, 1, 10);
	fixture_close(fixture);
	fixture_path(fixture, SEGMENT_TEMPORARY, path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	ledger_close(readonly);
	assert_int_equal(fixture_count(fixture, ".new"), 1);
	fixture_open(fixture);
	assert_int_equal(fixture_count(fixture, ".new"), 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 1);
}

static void test_names_that_are_no_segments_are_left_alone(void **state)
{
	struct fixture *fixture = *state;
	char path[160];
	int fd;

	fixture_close(fixture);
	fixture_path(fixture, "0000000000000000001.seg.old", path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	fixture_open(fixture);
	assert_int_equal(fixture_count(fixture, ".old"), 1);
}

static void test_a_directory_that_is_not_there_is_an_error_with_a_sentence(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *ledger;
	char path[160];

	fixture_path(fixture, "nowhere", path);
	assert_int_equal(ledger_open(&ledger, path, fixture->why), STATUS_STORAGE);
	assert_non_null(strstr(fixture->why, "No such file"));
	assert_null(ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_group_torn_at_any_byte_is_dropped_and_appended_over),
		TEST(test_a_torn_tail_is_zeroed_before_anything_is_appended),
		TEST(test_a_readonly_opening_does_not_touch_a_torn_tail),
		TEST(test_a_flipped_byte_before_the_last_group_is_refused),
		TEST(test_a_damaged_segment_header_is_refused),
		TEST(test_bytes_far_behind_the_end_are_refused),
		TEST(test_a_segment_cut_short_is_refused),
		TEST(test_a_whole_group_that_does_not_follow_is_refused),
		TEST(test_a_missing_segment_is_refused),
		TEST(test_a_segment_under_another_name_is_refused),
		TEST(test_a_new_segment_without_a_group_is_gone_on_with),
		TEST(test_a_segment_half_made_is_removed),
		TEST(test_names_that_are_no_segments_are_left_alone),
		TEST(test_a_directory_that_is_not_there_is_an_error_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
