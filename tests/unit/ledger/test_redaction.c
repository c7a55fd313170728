#include "tests/unit/ledger/fixture.h"

#include <errno.h>
#include <stdbool.h>

#include "common/file.h"
#include "server/ledger/redaction.h"

#define SECRET "a name that must go"

/* The n-th write, sync, rename or removal fails, a write after half of it; from then on all do. */
static struct {
	size_t calls;
	size_t fail_at; /* 0: never */
} storage;

static bool fails(void)
{
	errno = EIO;
	return storage.fail_at != 0 && ++storage.calls >= storage.fail_at;
}

enum status __real_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __real_file_sync(int fd);
enum status __wrap_file_sync(int fd);
enum status __real_file_remove(const char *path);
enum status __wrap_file_remove(const char *path);
enum status __real_file_put(const char *path, const void *bytes, size_t len);
enum status __wrap_file_put(const char *path, const void *bytes, size_t len);
enum status __real_directory_sync(const char *path);
enum status __wrap_directory_sync(const char *path);

enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
	if (!fails())
		return __real_file_write_at(fd, bytes, len, offset);
	if (storage.calls == storage.fail_at &&
	    __real_file_write_at(fd, bytes, len / 2, offset) != STATUS_OK)
		abort();
	return STATUS_STORAGE;
}

enum status __wrap_file_sync(int fd)
{
	return fails() ? STATUS_STORAGE : __real_file_sync(fd);
}

enum status __wrap_file_remove(const char *path)
{
	return fails() ? STATUS_STORAGE : __real_file_remove(path);
}

enum status __wrap_file_put(const char *path, const void *bytes, size_t len)
{
	return fails() ? STATUS_STORAGE : __real_file_put(path, bytes, len);
}

enum status __wrap_directory_sync(const char *path)
{
	return fails() ? STATUS_STORAGE : __real_directory_sync(path);
}

static int setup(void **state)
{
	storage.calls = 0;
	storage.fail_at = 0;
	return fixture_setup(state);
}

/* ---- helpers ---- */

static void append_text(struct ledger *ledger, const char *text)
{
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = 7};
	uint8_t leaf[HASH_LEN];

	assert_int_equal(
		ledger_stage(ledger, &entry, (const uint8_t *)text, strlen(text), leaf, NULL, NULL),
		STATUS_OK);
}

static void read_at(struct ledger_reader *reader, uint64_t sequence, struct ledger_record *record)
{
	ledger_reader_seek(reader, sequence);
	assert_int_equal(ledger_reader_next(reader, record), STATUS_OK);
}

/* Three groups of three; the middle entry of each is secret. */
static void fill(struct ledger *ledger)
{
	for (int i = 0; i < 3; i++) {
		append_text(ledger, "before");
		append_text(ledger, SECRET);
		append_text(ledger, "");
		assert_int_equal(ledger_commit(ledger), STATUS_OK);
	}
}

/* What is to stand in the place of the entries 1, 4 and 7. */
static void make_three(struct ledger *ledger, struct redaction redactions[3], uint8_t bytes[3][64])
{
	struct ledger_reader *reader;
	struct ledger_record record;

	assert_int_equal(ledger_reader_new(&reader, ledger), STATUS_OK);
	for (uint64_t i = 0; i < 3; i++) {
		read_at(reader, 3 * i + 1, &record);
		assert_int_equal(redaction_make(&record, (const uint8_t *)"gone", 4, bytes[i]),
				 STATUS_OK);
		redactions[i] = (struct redaction){3 * i + 1, bytes[i], redaction_len(&record)};
	}
	ledger_reader_free(reader);
}

static void expect_all(struct ledger *ledger, bool redacted)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	struct hash *hash = hash_new();

	assert_int_equal(ledger_reader_new(&reader, ledger), STATUS_OK);
	for (uint64_t i = 0; i < 9; i++) {
		const char *text = i % 3 == 0 ? "before" : i % 3 == 2 ? "" : SECRET;

		if (i % 3 == 1 && redacted)
			text = "gone";
		read_at(reader, i, &record);
		assert_int_equal(record.redacted, redacted && i % 3 == 1);
		assert_int_equal(record.payload_len, strlen(text));
		assert_memory_equal(record.payload, text, strlen(text));
		assert_int_equal(ledger_record_verify(&record, hash),
				 record.redacted ? STATUS_CORRUPT : STATUS_OK);
	}
	ledger_reader_free(reader);
	hash_free(hash);
}

/* Over the first nine. */
static void root_of(const struct ledger *ledger, uint8_t root[HASH_LEN])
{
	struct hash *hash = hash_new();
	struct merkle tree;

	merkle_init(&tree);
	assert_int_equal(ledger_tree(ledger, &tree, 9), STATUS_OK);
	merkle_root(&tree, hash, root);
	hash_free(hash);
}

/* Whether a file of the ledger's directory still has the secret in it. */
static bool is_on_disk(const struct fixture *fixture)
{
	bool found = false;
	char path[160];
	uint8_t *bytes;
	size_t len;

	fixture_segment(fixture, 0, path);
	assert_int_equal(file_get(path, LEDGER_SEGMENT_MIN, &bytes, &len), STATUS_OK);
	found = memmem(bytes, len, SECRET, strlen(SECRET)) != NULL;
	free(bytes);
	return found;
}

/* ---- tests ---- */

static void test_a_reader_that_has_read_ahead_sees_it(void **state)
{
	struct fixture *fixture = *state;
	struct redaction redactions[3];
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t bytes[3][64];

	fill(fixture->ledger);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
	make_three(fixture->ledger, redactions, bytes);
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_OK);
	for (uint64_t i = 1; i < 9; i++) {
		assert_int_equal(ledger_reader_next(reader, &record), STATUS_OK);
		assert_int_equal(record.entry.sequence, i);
		assert_int_equal(record.redacted, i % 3 == 1);
	}
	ledger_reader_free(reader);
}

static void test_what_is_redacted_is_gone_and_all_else_stays(void **state)
{
	struct fixture *fixture = *state;
	struct redaction redactions[3];
	uint8_t bytes[3][64];
	uint8_t before[HASH_LEN];
	uint8_t after[HASH_LEN];

	fill(fixture->ledger);
	root_of(fixture->ledger, before);
	assert_true(is_on_disk(fixture));
	make_three(fixture->ledger, redactions, bytes);
	expect_all(fixture->ledger, false);
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_OK);
	assert_false(is_on_disk(fixture));
	assert_int_equal(fixture_count(fixture, "erasing"), 0);
	expect_all(fixture->ledger, true);
	append_text(fixture->ledger, "later");
	assert_int_equal(ledger_commit(fixture->ledger), STATUS_OK);
	fixture_reopen(fixture);
	expect_all(fixture->ledger, true);
	assert_int_equal(ledger_size(fixture->ledger), 10);
	root_of(fixture->ledger, after);
	assert_memory_equal(before, after, HASH_LEN);
}

static void test_it_can_be_redacted_further(void **state)
{
	struct fixture *fixture = *state;
	struct redaction redactions[3];
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t bytes[3][64];
	uint8_t left[64];

	fill(fixture->ledger);
	make_three(fixture->ledger, redactions, bytes);
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_OK);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	read_at(reader, 4, &record);
	assert_int_equal(redaction_make(&record, NULL, 0, left), STATUS_OK);
	redactions[0] = (struct redaction){4, left, redaction_len(&record)};
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 1), STATUS_OK);
	ledger_reader_free(reader);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	read_at(reader, 4, &record);
	assert_true(record.redacted);
	assert_int_equal(record.payload_len, 0);
	ledger_reader_free(reader);
}

static void test_what_does_not_fit_is_refused_and_nothing_written(void **state)
{
	struct fixture *fixture = *state;
	struct redaction redactions[3];
	struct redaction wrong;
	uint8_t bytes[3][64];

	fill(fixture->ledger);
	make_three(fixture->ledger, redactions, bytes);
	wrong = redactions[2];
	redactions[2].sequence = 9; /* not there */
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_INVALID);
	redactions[2].sequence = 6; /* of another length */
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_INVALID);
	redactions[2] = wrong;
	bytes[2][20] ^= 1; /* another checksum */
	assert_int_equal(ledger_redact(fixture->ledger, redactions, 3), STATUS_INVALID);
	expect_all(fixture->ledger, false);
	assert_int_equal(fixture_count(fixture, "erasing"), 0);
}

static void test_a_payload_that_is_not_shorter_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t bytes[64];

	fill(fixture->ledger);
	assert_int_equal(ledger_reader_new(&reader, fixture->ledger), STATUS_OK);
	read_at(reader, 1, &record);
	assert_int_equal(redaction_make(&record, (const uint8_t *)SECRET, strlen(SECRET), bytes),
			 STATUS_LIMIT);
	assert_int_equal(
		redaction_make(&record, (const uint8_t *)SECRET, strlen(SECRET) - 1, bytes),
		STATUS_OK);
	read_at(reader, 2, &record);
	assert_int_equal(redaction_make(&record, NULL, 0, bytes), STATUS_LIMIT);
	ledger_reader_free(reader);
}

/* Every call that fails, with half of a write done: opening anew finds all or nothing of it. */
static void test_what_was_cut_off_is_finished_at_the_next_opening(void **state)
{
	struct fixture *fixture = *state;
	struct redaction redactions[3];
	uint8_t bytes[3][64];
	bool done = false;
	size_t all_gone = 0;

	for (size_t at = 1; !done; at++) {
		fill(fixture->ledger);
		make_three(fixture->ledger, redactions, bytes);
		storage.calls = 0;
		storage.fail_at = at;
		done = ledger_redact(fixture->ledger, redactions, 3) == STATUS_OK;
		storage.fail_at = 0;
		fixture_reopen(fixture);
		assert_int_equal(fixture_count(fixture, "erasing"), 0);
		expect_all(fixture->ledger, !is_on_disk(fixture));
		all_gone += !is_on_disk(fixture);
		assert_int_equal(fixture_teardown(state), 0);
		assert_int_equal(fixture_setup(state), 0);
		fixture = *state;
	}
	assert_int_equal(all_gone, 7); /* all but the journal's own failure: 3 writes, 4 more */
}

static void test_a_damaged_journal_is_not_followed(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	fill(fixture->ledger);
	fixture_path(fixture, "erasing", path);
	assert_int_equal(file_put(path, "DOSERAS1 and more", 17), STATUS_OK);
	fixture_close(fixture);
	assert_int_equal(ledger_open(&fixture->ledger, fixture->directory, fixture->why),
			 STATUS_CORRUPT);
	assert_non_null(strstr(fixture->why, "erasure"));
	assert_int_equal(unlink(path), 0);
	fixture_open(fixture);
	expect_all(fixture->ledger, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_redacted_is_gone_and_all_else_stays,
						setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_a_reader_that_has_read_ahead_sees_it, setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_it_can_be_redacted_further, setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(
			test_what_does_not_fit_is_refused_and_nothing_written, setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(test_a_payload_that_is_not_shorter_is_refused,
						setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			test_what_was_cut_off_is_finished_at_the_next_opening, setup,
			fixture_teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_journal_is_not_followed, setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
