#include "tests/unit/ledger/fixture.h"

#include "common/file.h"
#include "server/ledger/chain.h"
#include "server/ledger/segment.h"

static size_t reads;

/* Counts reads behind the segment header. */
enum status __real_file_read_at(int fd, void *bytes, size_t len, uint64_t offset, size_t *got);
enum status __wrap_file_read_at(int fd, void *bytes, size_t len, uint64_t offset, size_t *got);

enum status __wrap_file_read_at(int fd, void *bytes, size_t len, uint64_t offset, size_t *got)
{
	reads += offset >= SEGMENT_HEADER_LEN;
	return __real_file_read_at(fd, bytes, len, offset, got);
}

static uint64_t random_below(uint64_t *seed, uint64_t limit)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % limit;
}

static void expect_at(struct ledger_reader *reader, uint64_t sequence)
{
	struct ledger_record record;

	ledger_reader_seek(reader, sequence);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	fixture_expect(&record, sequence);
}

static void test_every_entry_can_be_sought(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	uint64_t seed = 1;

	for (size_t i = 0; i < 60; i++)
		fixture_append(fixture->ledger, 1, 1 + i * 7 % 13, 1 + i * 997 % 9000);
	fixture_append(fixture->ledger, 1, 3, 200000);
	fixture_append(fixture->ledger, 20, 1, 70000);
	for (int round = 0; round < 2; round++) {
		uint64_t size = ledger_size(fixture->ledger);

		assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
		for (uint64_t i = size; i-- > 0;)
			expect_at(reader, i);
		for (int i = 0; i < 2000; i++)
			expect_at(reader, random_below(&seed, size));
		ledger_reader_free(reader);
		fixture_reopen(fixture);
	}
	assert_true(fixture_count(fixture, ".seg") > 2);
}

static void test_reading_goes_on_behind_the_sought_entry(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 50, 5, 10000);
	for (uint64_t from = 0; from <= 250; from += 7)
		assert_int_equal(fixture_read(fixture->ledger, from), 250 - from);
}

static void test_behind_the_end_there_is_nothing_until_it_is_committed(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	struct ledger_record record;

	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	for (uint64_t i = 0; i < 300; i++) {
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_NOT_FOUND);
		fixture_append(fixture->ledger, 1, 1, 9000);
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
		fixture_expect(&record, i);
	}
	ledger_reader_seek(reader, 1000);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_NOT_FOUND);
	expect_at(reader, 7);
	ledger_reader_free(reader);
}

static void test_a_random_entry_costs_one_read(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	uint64_t seed = 2;
	const size_t count = 500;

	fixture_append(fixture->ledger, 900, 5, 200);
	fixture_reopen(fixture);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	expect_at(reader, ledger_size(fixture->ledger) - 1);
	reads = 0;
	for (size_t i = 0; i < count; i++)
		expect_at(reader, random_below(&seed, ledger_size(fixture->ledger)));
	assert_in_range(reads, count / 2, count);
	ledger_reader_free(reader);
}

static void test_reading_all_takes_one_read_for_many_groups(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 900, 5, 100);
	reads = 0;
	assert_int_equal(fixture_read(fixture->ledger, 0), 4500);
	assert_in_range(reads, 1, 6);
}

/* Damage in the first of several segments: seen by readers, each time, and nowhere else. */
static void test_damage_in_an_old_segment_is_refused_where_it_is(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	struct ledger_record record;
	uint64_t read = 0;
	enum status status;
	char path[160];

	fixture_append(fixture->ledger, 60, 4, 10000);
	assert_true(fixture_count(fixture, ".seg") > 2);
	fixture_segment(fixture, 0, path);
	fixture_flip(path, 500000);
	fixture_reopen(fixture);
	assert_int_equal(ledger_size(fixture->ledger), 240);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	while ((status = ledger_reader_next(reader, &record)) == STATUS_OK)
		fixture_expect(&record, read++);
	assert_int_equal(status, STATUS_CORRUPT);
	assert_in_range(read, 40, 50);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_CORRUPT);
	assert_non_null(strstr(ledger_reader_why(reader), "00000000000000000000.seg"));
	expect_at(reader, 0);
	expect_at(reader, 239);
	ledger_reader_free(reader);
}

static void test_a_group_missing_at_the_end_of_an_old_segment_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t zeros[20000] = {0};
	uint64_t second = 0;
	uint64_t end = 0;
	char path[160];

	while (fixture_count(fixture, ".seg") < 2) {
		second = ledger_size(fixture->ledger);
		end = ledger_bytes(fixture->ledger);
		fixture_append(fixture->ledger, 1, 1, 10000);
	}
	fixture_segment(fixture, 0, path);
	fixture_write(path, end - 10000, zeros, 10000);
	fixture_reopen(fixture);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	for (uint64_t i = 0; i + 1 < second; i++)
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_CORRUPT);
	ledger_reader_free(reader);
}

/* Whole in itself, of the same origin, with as many entries: but not what the ledger had. */
static void test_another_ledgers_segment_is_refused_where_it_ends(void **state)
{
	struct fixture *fixture = *state;
	struct fixture *other;
	struct ledger_reader *reader;
	struct ledger_record record;
	enum status status;
	uint64_t read = 0;
	char path[160];
	char other_path[160];

	assert_int_equal(fixture_setup((void **)&other), 0);
	fixture_append(fixture->ledger, 30, 4, 10000);
	fixture_append(other->ledger, 30, 4, 10000);
	fixture_segment(fixture, 0, path);
	fixture_segment(other, 0, other_path);
	assert_int_equal(rename(other_path, path), 0);
	fixture_reopen(fixture);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	while ((status = ledger_reader_next(reader, &record)) == STATUS_OK)
		read++;
	assert_int_equal(status, STATUS_CORRUPT);
	assert_non_null(strstr(ledger_reader_why(reader), "as the next segment says"));
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_CORRUPT);
	assert_in_range(read, 90, 119);
	ledger_reader_free(reader);
	assert_int_equal(fixture_teardown((void **)&other), 0);
}

static void test_a_segment_that_vanished_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	struct ledger_record record;
	char path[160];

	fixture_append(fixture->ledger, 60, 4, 10000);
	fixture_segment(fixture, 0, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_CORRUPT);
	expect_at(reader, 239);
	ledger_reader_free(reader);
}

static void test_points_are_a_stride_apart(void **state)
{
	(void)state;
	struct chain *chain = chain_new();
	struct segment segment = {.size = LEDGER_SEGMENT_MIN};
	struct place place = {.offset = SEGMENT_HEADER_LEN};
	struct view view;

	assert_non_null(chain);
	assert_int_equal(chain_add(chain, &segment), STATUS_OK);
	assert_int_equal(chain_find(chain, 0, &view), STATUS_NOT_FOUND);
	for (; place.sequence < 1000; place.sequence++, place.offset += 1000)
		chain_note(chain, 0, &place);
	chain_advance(chain, &place, 5);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t offset = SEGMENT_HEADER_LEN + i * 1000;

		assert_int_equal(chain_find(chain, i, &view), STATUS_OK);
		assert_true(view.from.sequence <= i && view.from.offset <= offset);
		assert_true(view.until > offset);
		assert_true(view.until - view.from.offset < CHAIN_STRIDE + 1000);
		assert_int_equal(view.next, 1000);
	}
	assert_int_equal(chain_find(chain, 1000, &view), STATUS_NOT_FOUND);
	assert_int_equal(chain_time(chain), 5);
	chain_free(chain);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_entry_can_be_sought),
		TEST(test_reading_goes_on_behind_the_sought_entry),
		TEST(test_behind_the_end_there_is_nothing_until_it_is_committed),
		TEST(test_a_random_entry_costs_one_read),
		TEST(test_reading_all_takes_one_read_for_many_groups),
		TEST(test_damage_in_an_old_segment_is_refused_where_it_is),
		TEST(test_a_group_missing_at_the_end_of_an_old_segment_is_refused),
		TEST(test_another_ledgers_segment_is_refused_where_it_ends),
		TEST(test_a_segment_that_vanished_is_refused),
		cmocka_unit_test(test_points_are_a_stride_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
