#include "tests/unit/ledger/fixture.h"

#include <errno.h>
#include <stdbool.h>

#include "common/file.h"
#include "server/ledger/segment.h"

/* Storage that fails at the n-th call that changes something, once or from then on. No power is cut
 * here, so syncs only pretend. */
static struct {
	size_t calls;
	size_t fail_at; /* 0: never */
	bool for_ever;
	bool keep_half; /* a failing write has written half */
	enum status status;
	bool no_space;     /* preallocation fails */
	uint64_t group_at; /* offset of a group that is watched */
	bool group_written;
	bool group_synced; /* after it was written */
	char events[64];   /* the first letters of what was done */
} storage;

static bool fails(char event)
{
	size_t done = strlen(storage.events);

	if (done < sizeof(storage.events) - 1)
		storage.events[done] = event;
	storage.calls++;
	if (storage.fail_at == 0 || storage.calls < storage.fail_at)
		return false;
	errno = EIO;
	return storage.for_ever || storage.calls == storage.fail_at;
}

enum status __real_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_sync(int fd);
enum status __real_file_preallocate(int fd, uint64_t size);
enum status __wrap_file_preallocate(int fd, uint64_t size);
enum status __real_file_rename(const char *from, const char *to);
enum status __wrap_file_rename(const char *from, const char *to);
enum status __wrap_directory_sync(const char *path);

enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
	storage.group_written |= offset == storage.group_at;
	if (!fails('w'))
		return __real_file_write_at(fd, bytes, len, offset);
	if (storage.keep_half && __real_file_write_at(fd, bytes, len / 2, offset) != STATUS_OK)
		abort();
	return storage.status;
}

enum status __wrap_file_sync(int fd)
{
	storage.group_synced |= storage.group_written;
	(void)fd;
	return fails('s') ? storage.status : STATUS_OK;
}

enum status __wrap_file_preallocate(int fd, uint64_t size)
{
	if (storage.no_space)
		return STATUS_STORAGE_FULL;
	return fails('p') ? storage.status : __real_file_preallocate(fd, size);
}

enum status __wrap_file_rename(const char *from, const char *to)
{
	return fails('r') ? storage.status : __real_file_rename(from, to);
}

enum status __wrap_directory_sync(const char *path)
{
	(void)path;
	return fails('d') ? storage.status : STATUS_OK;
}

static void forget_events(void)
{
	memset(storage.events, 0, sizeof(storage.events));
}

static int setup(void **state)
{
	memset(&storage, 0, sizeof(storage));
	storage.status = STATUS_STORAGE;
	return fixture_setup(state);
}

/* Appends over a change of segment until storage fails; returns how many entries are acknowledged.
 */
static uint64_t append_some(struct ledger *ledger)
{
	uint64_t acknowledged = ledger_size(ledger);

	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 3; j++)
			assert_int_equal(fixture_stage(ledger, 100000, NULL), STATUS_OK);
		enum status status = ledger_commit(ledger);
		if (status == STATUS_STORAGE_FULL) {
			/* Harmless: the same succeeds when there is room again. */
			assert_false(storage.for_ever);
			status = ledger_commit(ledger);
			assert_int_equal(status, STATUS_OK);
		}
		if (status != STATUS_OK) {
			assert_int_equal(status, STATUS_STORAGE);
			assert_int_equal(ledger_commit(ledger), STATUS_STORAGE);
			break;
		}
		acknowledged += 3;
		assert_int_equal(ledger_size(ledger), acknowledged);
	}
	return acknowledged;
}

/* One failure at every call of a script in turn: what was acknowledged is there, in order, and at
 * most the one group more whose outcome was not known. */
static void sweep(struct fixture *fixture, bool for_ever, bool keep_half, enum status failure)
{
	storage.status = failure;
	storage.keep_half = keep_half;
	storage.for_ever = for_ever;
	for (size_t n = 1;; n++) {
		uint64_t acknowledged;
		uint64_t found;
		bool failed;

		storage.calls = 0;
		storage.fail_at = n;
		acknowledged = append_some(fixture->ledger);
		failed = storage.calls >= n;
		storage.fail_at = 0;
		fixture_reopen(fixture);
		found = ledger_size(fixture->ledger);
		assert_true(found == acknowledged || (failed && found == acknowledged + 3));
		assert_int_equal(fixture_read(fixture->ledger, found > 12 ? found - 12 : 0),
				 found > 12 ? 12 : found);
		if (!failed)
			break;
	}
	assert_int_equal(fixture_read(fixture->ledger, 0), ledger_size(fixture->ledger));
	assert_int_equal(fixture_count(fixture, ".new"), 0);
}

static void test_one_failure_anywhere_loses_nothing_acknowledged(void **state)
{
	sweep(*state, false, false, STATUS_STORAGE);
}

static void test_lasting_failure_anywhere_loses_nothing_acknowledged(void **state)
{
	sweep(*state, true, true, STATUS_STORAGE);
}

static void test_a_full_disk_anywhere_loses_nothing_acknowledged(void **state)
{
	sweep(*state, false, true, STATUS_STORAGE_FULL);
}

static void test_a_failure_at_opening_is_no_opening_and_harms_nothing(void **state)
{
	struct fixture *fixture = *state;
	enum status status;
	size_t n = 0;

	fixture_append(fixture->ledger, 3, 3, 1000);
	fixture_close(fixture);
	do {
		storage.calls = 0;
		storage.fail_at = ++n;
		status = ledger_open(&fixture->ledger, fixture->directory, fixture->why);
		assert_true(status == STATUS_OK || status == STATUS_STORAGE);
		assert_int_equal(status == STATUS_OK, fixture->why[0] == '\0');
	} while (status != STATUS_OK);
	assert_true(n > 4);
	assert_int_equal(fixture_read(fixture->ledger, 0), 9);
}

static void test_a_failure_at_creation_leaves_none_or_a_whole_ledger(void **state)
{
	struct fixture *fixture = *state;
	enum status status;
	char path[160];
	size_t n = 0;

	do {
		fixture_close(fixture);
		fixture_segment(fixture, 0, path);
		(void)unlink(path);
		storage.calls = 0;
		storage.fail_at = ++n;
		status = ledger_create(fixture->directory, FIXTURE_ORIGIN, LEDGER_SEGMENT_MIN);
		storage.fail_at = 0;
		if (status == STATUS_OK || access(path, F_OK) == 0)
			fixture_open(fixture);
		else
			assert_int_equal(fixture_count(fixture, ".new"), 0);
	} while (status != STATUS_OK);
	assert_true(n > 4);
}

static void test_no_room_for_a_segment_is_harmless_and_passes(void **state)
{
	struct fixture *fixture = *state;
	enum status status = STATUS_OK;
	uint64_t size;

	fixture_append(fixture->ledger, 1, 1, 10); /* the tree has room for thousands now */
	storage.no_space = true;
	while (status == STATUS_OK) {
		assert_int_equal(fixture_stage(fixture->ledger, 100000, NULL), STATUS_OK);
		status = ledger_commit(fixture->ledger);
	}
	assert_int_equal(status, STATUS_STORAGE_FULL);
	assert_int_equal(ledger_staged(fixture->ledger), 1);
	assert_int_equal(fixture_count(fixture, ".new"), 0);
	ledger_discard(fixture->ledger);
	size = ledger_size(fixture->ledger);
	assert_int_equal(fixture_stage(fixture->ledger, 100000, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_STORAGE_FULL);

	/* A small group still has room; and when there is space again the large one goes in. */
	ledger_discard(fixture->ledger);
	fixture_append(fixture->ledger, 1, 1, 10);
	storage.no_space = false;
	fixture_append(fixture->ledger, 1, 1, 100000);
	fixture_reopen(fixture);
	assert_int_equal(fixture_read(fixture->ledger, 0), size + 2);
}

static void test_no_room_for_the_tree_is_harmless_and_passes(void **state)
{
	struct fixture *fixture = *state;

	storage.no_space = true;
	assert_int_equal(fixture_stage(fixture->ledger, 10, NULL), STATUS_OK);
	forget_events();
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_STORAGE_FULL);
	assert_string_equal(storage.events, "");
	assert_int_equal(ledger_staged(fixture->ledger), 1);
	storage.no_space = false;
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_size(fixture->ledger), 1);
}

/* A sync that failed may leave pages that the kernel takes for written. Without writing the last
 * group again a later sync would not bring it to the disk. */
static void test_opening_writes_the_last_group_again_and_syncs_it(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 5, 1, 100);
	storage.group_at = ledger_bytes(fixture->ledger);
	fixture_append(fixture->ledger, 1, 1, 100);
	fixture_close(fixture);
	storage.group_written = false;
	storage.group_synced = false;
	fixture_open(fixture);
	assert_true(storage.group_synced);
}

static void test_a_group_is_synced_after_it_was_written(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 1, 1, 100);
	forget_events();
	fixture_append(fixture->ledger, 1, 1, 100);
	assert_string_equal(storage.events, "wsw"); /* behind it the tree's nodes, unsynced */
}

static void test_a_segment_is_synced_renamed_and_its_name_synced_before_it_is_used(void **state)
{
	struct fixture *fixture = *state;

	while (fixture_count(fixture, ".seg") < 2) {
		forget_events();
		fixture_append(fixture->ledger, 1, 1, 100000);
	}
	assert_string_equal(storage.events, "pwsrdwsw");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_failure_anywhere_loses_nothing_acknowledged),
		TEST(test_lasting_failure_anywhere_loses_nothing_acknowledged),
		TEST(test_a_full_disk_anywhere_loses_nothing_acknowledged),
		TEST(test_a_failure_at_opening_is_no_opening_and_harms_nothing),
		TEST(test_a_failure_at_creation_leaves_none_or_a_whole_ledger),
		TEST(test_a_group_is_synced_after_it_was_written),
		TEST(test_a_segment_is_synced_renamed_and_its_name_synced_before_it_is_used),
		TEST(test_no_room_for_a_segment_is_harmless_and_passes),
		TEST(test_no_room_for_the_tree_is_harmless_and_passes),
		TEST(test_opening_writes_the_last_group_again_and_syncs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
