/* The file of all heads that were signed. */
#include "server/ledger/headlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/file.h"

#define RECORD_LEN 128
#define ROOM 65536 /* bytes reserved at once */

static char path[64];

static bool is_full; /* the disk */

enum status __real_file_preallocate(int fd, uint64_t size);
enum status __wrap_file_preallocate(int fd, uint64_t size);

enum status __wrap_file_preallocate(int fd, uint64_t size)
{
	return is_full ? STATUS_STORAGE_FULL : __real_file_preallocate(fd, size);
}

static struct head head_of(uint64_t size)
{
	struct head head = {.size = size, .time = (int64_t)size * 1000};
	memset(head.root, (int)size, sizeof(head.root));
	return head;
}

static void append(struct headlog *log, uint64_t size)
{
	uint8_t signature[ED25519_SIGNATURE_LEN];
	struct head head = head_of(size);
	memset(signature, (int)size + 1, sizeof(signature));
	assert_int_equal(headlog_reserve(log), STATUS_OK);
	assert_int_equal(headlog_append(log, &head, signature), STATUS_OK);
}

/* The records from first on are of sizes 1 to count; then come zeros. */
static void assert_kept(uint64_t first, uint64_t count)
{
	uint8_t *bytes;
	size_t len;
	assert_int_equal(file_get(path, 1 << 24, &bytes, &len), STATUS_OK);
	assert_true(len >= (first + count) * RECORD_LEN);
	for (uint64_t size = 1; size <= count; size++) {
		const uint8_t *record = bytes + (first + size - 1) * RECORD_LEN;
		struct head head = head_of(size);
		assert_int_equal(bytes_get64(record), size);
		assert_memory_equal(record + 8, head.root, HASH_LEN);
		assert_int_equal(bytes_get64(record + 40), head.time);
		assert_int_equal(record[48], (uint8_t)(size + 1));
		assert_int_equal(record[48 + ED25519_SIGNATURE_LEN - 1], (uint8_t)(size + 1));
		assert_int_equal(bytes_get32(record + 124), crc32c(0, record, 124));
	}
	for (size_t at = (first + count) * RECORD_LEN; at < len; at++)
		assert_int_equal(bytes[at], 0);
	free(bytes);
}

static int setup(void **state)
{
	(void)state;
	is_full = false;
	snprintf(path, sizeof(path), "/tmp/headlog-test-%d", (int)getpid());
	(void)unlink(path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void each_opening_goes_on_behind_the_last_one(void **state)
{
	struct headlog log;
	(void)state;
	for (uint64_t size = 1; size <= 2 * ROOM / RECORD_LEN + 3; size++) {
		if (size < 5 || size % 100 == 0) {
			if (size > 1)
				headlog_close(&log);
			assert_int_equal(headlog_open(&log, path), STATUS_OK);
		}
		append(&log, size);
	}
	headlog_close(&log);
	assert_kept(0, 2 * ROOM / RECORD_LEN + 3);
}

static void zeros_in_the_midst_are_left_as_they_are(void **state)
{
	struct headlog log;
	(void)state;
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 9);
	log.end += 5 * RECORD_LEN; /* they were lost */
	append(&log, 1);
	headlog_close(&log);
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 2);
	append(&log, 3);
	headlog_close(&log);
	assert_kept(6, 3);
}

static void a_tail_that_is_no_whole_record_is_written_over(void **state)
{
	struct headlog log;
	(void)state;
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 1);
	assert_int_equal(ftruncate(log.fd, RECORD_LEN), 0);
	assert_int_equal(file_write_at(log.fd, "torn", 4, RECORD_LEN), STATUS_OK);
	headlog_close(&log);
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 2);
	headlog_close(&log);
	assert_kept(0, 2);
}

static void a_full_disk_is_met_when_room_is_made(void **state)
{
	struct headlog log;
	uint64_t size = 1;
	(void)state;
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, size);
	is_full = true;
	while (headlog_reserve(&log) == STATUS_OK)
		append(&log, ++size);
	assert_int_equal(size, ROOM / RECORD_LEN);
	assert_int_equal(headlog_reserve(&log), STATUS_STORAGE_FULL);
	is_full = false;
	append(&log, ++size);
	headlog_close(&log);
	assert_kept(0, size);
}

/* Expects the sizes in turn; 0: a damaged record. */
static void assert_read(const uint64_t *sizes, size_t count)
{
	struct headlog_record record;
	struct headlog log;
	uint64_t at = 0;
	assert_int_equal(headlog_look(&log, path), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		enum status status = headlog_next(&log, &at, &record);
		assert_int_equal(status, sizes[i] == 0 ? STATUS_CORRUPT : STATUS_OK);
		if (status != STATUS_OK)
			continue;
		assert_int_equal(record.head.size, sizes[i]);
		assert_int_equal(record.head.time, head_of(sizes[i]).time);
		assert_memory_equal(record.head.root, head_of(sizes[i]).root, HASH_LEN);
		assert_int_equal(record.signature[0], (uint8_t)(sizes[i] + 1));
	}
	assert_int_equal(headlog_next(&log, &at, &record), STATUS_NOT_FOUND);
	headlog_close(&log);
}

static void a_damaged_record_is_told_and_a_torn_last_one_is_none(void **state)
{
	struct headlog log;
	(void)state;
	assert_int_equal(headlog_look(&log, path), STATUS_NOT_FOUND);
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 1);
	log.end += RECORD_LEN; /* it was lost */
	for (uint64_t size = 2; size <= 4; size++)
		append(&log, size);
	assert_read((uint64_t[]){1, 2, 3, 4}, 4);
	assert_int_equal(file_write_at(log.fd, "x", 1, 3 * RECORD_LEN + 60), STATUS_OK);
	assert_int_equal(file_write_at(log.fd, "x", 1, 4 * RECORD_LEN + 60), STATUS_OK);
	assert_read((uint64_t[]){1, 2, 0}, 3);
	headlog_close(&log);
	assert_int_equal(headlog_open(&log, path), STATUS_OK);
	append(&log, 5);
	headlog_close(&log);
	assert_read((uint64_t[]){1, 2, 0, 5}, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_opening_goes_on_behind_the_last_one),
		TEST(zeros_in_the_midst_are_left_as_they_are),
		TEST(a_tail_that_is_no_whole_record_is_written_over),
		TEST(a_damaged_record_is_told_and_a_torn_last_one_is_none),
		TEST(a_full_disk_is_met_when_room_is_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
