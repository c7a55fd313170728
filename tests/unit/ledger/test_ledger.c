#include "tests/unit/ledger/fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void test_a_new_ledger_is_empty(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ledger_size(fixture->ledger), 0);
	assert_int_equal(ledger_last_time(fixture->ledger), 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 0);
	assert_int_equal(fixture_count(fixture, ".seg"), 1);
}

static void test_entries_are_read_back_also_after_reopening(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 10, 7, 100);
	assert_int_equal(fixture_read(fixture->ledger, 0), 70);
	fixture_reopen(fixture);
	assert_int_equal(ledger_size(fixture->ledger), 70);
	assert_int_equal(ledger_last_time(fixture->ledger), FIXTURE_TIME + 69);
	assert_int_equal(fixture_read(fixture->ledger, 0), 70);
	fixture_append(fixture->ledger, 1, 1, 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 71);
}

static void test_staged_entries_are_not_seen_until_committed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture_stage(fixture->ledger, 10, NULL), STATUS_OK);
	assert_int_equal(ledger_staged(fixture->ledger), 1);
	assert_int_equal(ledger_next(fixture->ledger), 1);
	assert_int_equal(ledger_size(fixture->ledger), 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 0);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_staged(fixture->ledger), 0);
	assert_int_equal(fixture_read(fixture->ledger, 0), 1);
}

static void test_a_discarded_group_leaves_its_sequences_to_the_next(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 1, 3, 10);
	assert_int_equal(fixture_stage(fixture->ledger, 10, NULL), STATUS_OK);
	ledger_discard(fixture->ledger);
	assert_int_equal(ledger_next(fixture->ledger), 3);
	fixture_append(fixture->ledger, 1, 1, 10);
	fixture_reopen(fixture);
	assert_int_equal(fixture_read(fixture->ledger, 0), 4);
}

static void test_a_commit_of_nothing_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	uint64_t bytes = ledger_bytes(fixture->ledger);

	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_bytes(fixture->ledger), bytes);
}

static void test_a_full_group_takes_no_more(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture_stage(fixture->ledger, LEDGER_GROUP_MAX, NULL), STATUS_LIMIT);
	assert_int_equal(ledger_staged(fixture->ledger), 0);
	assert_int_equal(fixture_stage(fixture->ledger, LEDGER_GROUP_MAX - 200, NULL), STATUS_OK);
	assert_int_equal(fixture_stage(fixture->ledger, 200, NULL), STATUS_LIMIT);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(fixture_stage(fixture->ledger, 200, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(fixture_read(fixture->ledger, 0), 2);
}

static void test_an_entry_with_too_many_subjects_is_refused(void **state)
{
	struct fixture *fixture = *state;
	static struct subject subjects[ENTRY_SUBJECTS_MAX + 1];
	struct entry entry = {.class_ = ENTRY_CHANGE,
			      .subject_count = ENTRY_SUBJECTS_MAX + 1,
			      .subjects = subjects};
	uint8_t leaf[HASH_LEN];

	assert_int_equal(ledger_stage(fixture->ledger, &entry, NULL, 0, leaf, NULL, NULL),
			 STATUS_INVALID);
	entry.subject_count = ENTRY_SUBJECTS_MAX;
	assert_int_equal(ledger_stage(fixture->ledger, &entry, NULL, 0, leaf, NULL, NULL),
			 STATUS_OK);
}

static void test_the_leaf_is_the_hash_of_the_header_that_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct hash *hash = hash_new();
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t leaves[20][HASH_LEN];
	uint8_t leaf[HASH_LEN];

	for (size_t i = 0; i < 20; i++)
		assert_int_equal(fixture_stage(fixture->ledger, i, leaves[i]), STATUS_OK);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
		assert_int_equal(ledger_record_verify(&record, hash), STATUS_OK);
		merkle_leaf(hash, record.header, record.header_len, leaf);
		assert_memory_equal(leaf, leaves[i], HASH_LEN);
	}
	ledger_reader_free(reader);
	hash_free(hash);
}

static void test_a_changed_payload_does_not_verify(void **state)
{
	struct fixture *fixture = *state;
	struct hash *hash = hash_new();
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t other[8] = {0};

	fixture_append(fixture->ledger, 1, 1, sizeof(other));
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	assert_int_equal(ledger_record_verify(&record, hash), STATUS_OK);
	record.payload = other;
	assert_int_equal(ledger_record_verify(&record, hash), STATUS_CORRUPT);
	ledger_reader_free(reader);
	hash_free(hash);
}

static void test_the_origin_is_remembered(void **state)
{
	struct fixture *fixture = *state;

	fixture_reopen(fixture);
	assert_int_equal(ledger_check_origin(fixture->ledger, FIXTURE_ORIGIN), STATUS_OK);
	assert_int_equal(ledger_check_origin(fixture->ledger, "other.example"), STATUS_CORRUPT);
}

static void test_creating_over_a_ledger_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 1, 1, 10);
	assert_int_equal(ledger_create(fixture->directory, FIXTURE_ORIGIN, 0), STATUS_CONFLICT);
	assert_int_equal(fixture_read(fixture->ledger, 0), 1);
	assert_int_equal(ledger_create(fixture->directory, FIXTURE_ORIGIN, LEDGER_SEGMENT_MIN - 1),
			 STATUS_INVALID);
}

static void test_a_creation_cut_off_halfway_can_be_repeated(void **state)
{
	struct fixture *fixture = *state;
	char segment[160];
	char temporary[160];

	fixture_close(fixture);
	fixture_segment(fixture, 0, segment);
	fixture_path(fixture, "segment.new", temporary);
	assert_int_equal(rename(segment, temporary), 0);
	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_CORRUPT);
	assert_non_null(strstr(fixture->why, "first segment"));
	assert_int_equal(ledger_create(fixture->directory, FIXTURE_ORIGIN, LEDGER_SEGMENT_MIN),
			 STATUS_OK);
	fixture_open(fixture);
	assert_int_equal(fixture_count(fixture, ".new"), 0);
}

static void test_segments_roll_over_and_all_is_read_back(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture->ledger, 12, 20, 20000);
	assert_true(fixture_count(fixture, ".seg") >= 5);
	assert_int_equal(fixture_read(fixture->ledger, 0), 240);
	fixture_reopen(fixture);
	assert_int_equal(fixture_read(fixture->ledger, 0), 240);
	assert_true(ledger_bytes(fixture->ledger) > 240 * 20000);
	assert_true(ledger_bytes(fixture->ledger) < 240 * 20000 + 240 * 200 + 20 * 4096);
	assert_int_equal(fixture_count(fixture, ".new"), 0);
}

static void test_bytes_are_the_same_after_reopening(void **state)
{
	struct fixture *fixture = *state;
	uint64_t bytes;

	fixture_append(fixture->ledger, 12, 20, 20000);
	bytes = ledger_bytes(fixture->ledger);
	fixture_reopen(fixture);
	assert_int_equal(ledger_bytes(fixture->ledger), bytes);
}

/* A file size limit makes growing a file fail with EFBIG, which is not a full disk. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_after_a_failed_write_every_commit_fails_until_opened_anew(void **state)
{
	struct fixture *fixture = *state;

	(void)signal(SIGXFSZ, SIG_IGN);
	fixture_append(fixture->ledger, 1, 5, 100);
	limit_files(4096);
	assert_int_equal(fixture_stage(fixture->ledger, 100, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_STORAGE);
	limit_files(RLIM_INFINITY);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_STORAGE);
	ledger_discard(fixture->ledger);
	assert_int_equal(fixture_stage(fixture->ledger, 100, NULL), STATUS_OK);
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_STORAGE);
	assert_int_equal(ledger_size(fixture->ledger), 5);
	fixture_reopen(fixture);
	assert_int_equal(ledger_size(fixture->ledger), 5);
	fixture_append(fixture->ledger, 1, 1, 100);
	assert_int_equal(fixture_read(fixture->ledger, 0), 6);
}

static void test_a_readonly_ledger_takes_no_entry(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;

	fixture_append(fixture->ledger, 3, 3, 100);
	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	assert_int_equal(fixture_stage(readonly, 1, NULL), STATUS_DENIED);
	assert_int_equal(fixture_read(readonly, 0), 9);
	ledger_close(readonly);
}

static void test_a_readonly_ledger_follows_the_writer_over_segments(void **state)
{
	struct fixture *fixture = *state;
	struct ledger *readonly;
	uint64_t seen = 0;

	assert_int_equal(ledger_open_readonly(&readonly, fixture->directory, fixture->why),
			 STATUS_OK);
	for (int i = 0; i < 8; i++) {
		fixture_append(fixture->ledger, 3, 10, 15000);
		assert_int_equal(ledger_size(readonly), seen);
		assert_int_equal(ledger_refresh(readonly), STATUS_OK);
		assert_int_equal(ledger_size(readonly), ledger_size(fixture->ledger));
		assert_int_equal(ledger_bytes(readonly), ledger_bytes(fixture->ledger));
		assert_int_equal(fixture_read(readonly, seen), 30);
		seen += 30;
	}
	assert_true(fixture_count(fixture, ".seg") > 3);
	ledger_close(readonly);
}

static void test_the_tree_is_that_of_the_staged_leaves(void **state)
{
	struct fixture *fixture = *state;
	struct hash *hash = hash_new();
	struct merkle expected;
	struct merkle tree;
	uint8_t leaf[HASH_LEN];

	merkle_init(&expected);
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 7; j++) {
			assert_int_equal(fixture_stage(fixture->ledger, 3000, leaf), STATUS_OK);
			merkle_append(&expected, hash, leaf);
		}
		assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	}
	merkle_init(&tree);
	assert_int_equal(ledger_tree(fixture->ledger, &tree, 333), STATUS_OK);
	assert_int_equal(tree.size, 333);
	assert_int_equal(ledger_tree(fixture->ledger, &tree, 700), STATUS_OK);
	assert_int_equal(tree.size, 700);
	assert_memory_equal(tree.peaks, expected.peaks, merkle_peaks(&tree) * HASH_LEN);
	assert_int_equal(ledger_tree(fixture->ledger, &tree, 701), STATUS_NOT_FOUND);
	hash_free(hash);
}

/* RFC 6962 section 2.1, word for word. */
static void naive_root(struct hash *hash, uint8_t (*leaves)[HASH_LEN], size_t count, uint8_t *out)
{
	uint8_t left[HASH_LEN];
	uint8_t right[HASH_LEN];
	size_t split = 1;

	if (count == 1) {
		memcpy(out, leaves[0], HASH_LEN);
		return;
	}
	while (split * 2 < count)
		split *= 2;
	naive_root(hash, leaves, split, left);
	naive_root(hash, leaves + split, count - split, right);
	hash_begin(hash);
	hash_add(hash, "\1", 1);
	hash_add(hash, left, HASH_LEN);
	hash_add(hash, right, HASH_LEN);
	hash_end(hash, out);
}

static void test_the_root_is_what_the_rfc_says_of_the_bytes_on_disk(void **state)
{
	struct fixture *fixture = *state;
	static uint8_t leaves[150][HASH_LEN];
	struct hash *hash = hash_new();
	struct ledger_reader *reader;
	struct ledger_record record;
	struct merkle tree;
	uint8_t expected[HASH_LEN];
	uint8_t root[HASH_LEN];

	fixture_append(fixture->ledger, 50, 3, 50);
	fixture_reopen(fixture);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	for (size_t i = 0; i < 150; i++) {
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
		hash_begin(hash);
		hash_add(hash, "\0", 1);
		hash_add(hash, record.header, record.header_len);
		hash_end(hash, leaves[i]);
	}
	ledger_reader_free(reader);
	for (size_t size = 1; size <= 150; size += 37) {
		merkle_init(&tree);
		assert_int_equal(ledger_tree(fixture->ledger, &tree, size), STATUS_OK);
		merkle_root(&tree, hash, root);
		naive_root(hash, leaves, size, expected);
		assert_memory_equal(root, expected, HASH_LEN);
	}
	hash_free(hash);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_ledger_is_empty),
		TEST(test_entries_are_read_back_also_after_reopening),
		TEST(test_staged_entries_are_not_seen_until_committed),
		TEST(test_a_discarded_group_leaves_its_sequences_to_the_next),
		TEST(test_a_commit_of_nothing_changes_nothing),
		TEST(test_a_full_group_takes_no_more),
		TEST(test_an_entry_with_too_many_subjects_is_refused),
		TEST(test_the_leaf_is_the_hash_of_the_header_that_is_read),
		TEST(test_a_changed_payload_does_not_verify),
		TEST(test_the_origin_is_remembered),
		TEST(test_creating_over_a_ledger_is_refused),
		TEST(test_a_creation_cut_off_halfway_can_be_repeated),
		TEST(test_segments_roll_over_and_all_is_read_back),
		TEST(test_bytes_are_the_same_after_reopening),
		TEST(test_after_a_failed_write_every_commit_fails_until_opened_anew),
		TEST(test_a_readonly_ledger_takes_no_entry),
		TEST(test_a_readonly_ledger_follows_the_writer_over_segments),
		TEST(test_the_tree_is_that_of_the_staged_leaves),
		TEST(test_the_root_is_what_the_rfc_says_of_the_bytes_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
