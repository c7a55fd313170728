#include "client/lib/receipts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/path.h"
#include "common/rpc.h"
#include "tests/unit/client/folder.h"

struct seen {
	size_t count;
	uint64_t sequences[64];
	enum status answer;
};

static enum status see(void *context, const struct receipt *receipt)
{
	struct seen *seen = context;

	assert_true(seen->count < 64);
	assert_int_equal(receipt->rpc, RPC_borrow);
	assert_int_equal(receipt->entry->subject_count, 1);
	assert_int_equal(receipt->entry->subjects[0].id, 5);
	seen->sequences[seen->count++] = receipt->entry->sequence;
	return seen->answer;
}

static void add(const struct path *path, uint64_t sequence)
{
	struct subject subject = {SUBJECT_ITEM, 5};
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = sequence};
	uint8_t bytes[ENTRY_FIXED_LEN + ENTRY_SUBJECT_LEN];

	entry.subject_count = 1;
	entry.subjects = &subject;
	assert_int_equal(entry_header_len(&entry), sizeof(bytes));
	entry_encode(&entry, bytes);
	assert_int_equal(receipts_add(path->text, RPC_borrow, bytes, sizeof(bytes)), STATUS_OK);
}

static struct path receipts_in(const char *folder)
{
	struct path path;

	assert_int_equal(path_join(&path, folder, RECEIPTS_FILE), STATUS_OK);
	return path;
}

static void receipts_come_back_oldest_first(void **state)
{
	struct path path = receipts_in(*state);
	struct seen seen = {0};
	size_t damaged;

	assert_int_equal(receipts_each(path.text, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 0);
	for (uint64_t i = 0; i < 10; i++)
		add(&path, i * i);
	assert_int_equal(receipts_each(path.text, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 10);
	assert_int_equal(damaged, 0);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(seen.sequences[i], i * i);
}

static void who_looks_may_stop(void **state)
{
	struct path path = receipts_in(*state);
	struct seen seen = {.answer = STATUS_CANCELLED};
	size_t damaged;

	add(&path, 1);
	add(&path, 2);
	assert_int_equal(receipts_each(path.text, see, &seen, &damaged), STATUS_CANCELLED);
	assert_int_equal(seen.count, 1);
}

static void what_comes_after_a_torn_record_is_found(void **state)
{
	struct path path = receipts_in(*state);
	struct seen seen = {0};
	uint8_t *bytes;
	size_t len;
	size_t damaged;

	add(&path, 1);
	add(&path, 2);
	assert_int_equal(file_get(path.text, 4096, &bytes, &len), STATUS_OK);
	assert_int_equal(file_put(path.text, bytes, len - 9), STATUS_OK);
	free(bytes);
	add(&path, 3);
	assert_int_equal(receipts_each(path.text, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.sequences[1], 3);
	assert_int_equal(damaged, 1);
}

static void a_damaged_receipt_is_counted_not_shown(void **state)
{
	struct path path = receipts_in(*state);
	struct seen seen = {0};
	uint8_t *bytes;
	size_t len;
	size_t damaged;

	add(&path, 1);
	add(&path, 2);
	assert_int_equal(file_get(path.text, 4096, &bytes, &len), STATUS_OK);
	bytes[40] ^= 1;
	assert_int_equal(file_put(path.text, bytes, len), STATUS_OK);
	free(bytes);
	assert_int_equal(receipts_each(path.text, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.sequences[0], 2);
	assert_int_equal(damaged, 1);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(receipts_come_back_oldest_first),
		in_folder(who_looks_may_stop),
		in_folder(what_comes_after_a_torn_record_is_found),
		in_folder(a_damaged_receipt_is_counted_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
