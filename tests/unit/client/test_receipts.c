#include "client/lib/receipts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "client/lib/record.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/path.h"
#include "common/rpc.h"
#include "tests/unit/client/folder.h"

struct seen {
	size_t count;
	uint64_t sequences[64];
	bool proven[64];
	uint64_t ends[64];
	enum status answer;
};

static enum status see(void *context, const struct receipt *receipt)
{
	struct seen *seen = context;

	assert_true(seen->count < 64);
	assert_int_equal(receipt->rpc, RPC_borrow);
	assert_int_equal(receipt->entry->subject_count, 1);
	assert_int_equal(receipt->entry->subjects[0].id, 5);
	seen->proven[seen->count] = receipt->proof != NULL;
	seen->ends[seen->count] = receipt->end;
	if (receipt->proof != NULL) {
		assert_int_equal(receipt->proof->index, receipt->entry->sequence);
		assert_int_equal(receipt->proof->hashes.len, 2 * HASH_LEN);
		assert_memory_equal(receipt->proof->checkpoint.data, "example\n12\nroot\n", 16);
	}
	seen->sequences[seen->count++] = receipt->entry->sequence;
	return seen->answer;
}

#define ENTRY_LEN (ENTRY_FIXED_LEN + ENTRY_SUBJECT_LEN)

static void make_entry(uint64_t sequence, uint8_t bytes[static ENTRY_LEN])
{
	struct subject subject = {SUBJECT_ITEM, 5};
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = sequence};

	entry.subject_count = 1;
	entry.subjects = &subject;
	assert_int_equal(entry_header_len(&entry), ENTRY_LEN);
	entry_encode(&entry, bytes);
}

static void add(const struct path *path, uint64_t sequence)
{
	static uint8_t hashes[2 * HASH_LEN] = {7};
	static uint8_t checkpoint[] = "example\n12\nroot\n";
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	Pb__Proof proof = PB__PROOF__INIT;
	uint8_t bytes[ENTRY_LEN];

	make_entry(sequence, bytes);
	receipt.entry = (ProtobufCBinaryData){sizeof(bytes), bytes};
	receipt.proof = &proof;
	proof.index = sequence;
	proof.hashes = (ProtobufCBinaryData){sizeof(hashes), hashes};
	proof.checkpoint = (ProtobufCBinaryData){sizeof(checkpoint) - 1, checkpoint};
	assert_int_equal(receipts_add(path->text, RPC_borrow, &receipt), STATUS_OK);
}

/* As releases before proofs wrote it: time, rpc, header. */
static void add_old(const struct path *path, uint64_t sequence)
{
	uint8_t head[sizeof(int64_t) + sizeof(uint16_t)];
	uint8_t bytes[ENTRY_LEN];
	struct buf record = BUF_EMPTY;
	int fd;

	make_entry(sequence, bytes);
	bytes_put64(head, 1234567);
	bytes_put16(head + sizeof(int64_t), RPC_borrow);
	assert_int_equal(record_append(&record, head, sizeof(head), bytes, sizeof(bytes)),
			 STATUS_OK);
	assert_int_equal(file_open(path->text, O_WRONLY | O_CREAT | O_APPEND, &fd), STATUS_OK);
	assert_int_equal(write(fd, buf_head(&record), record.len), record.len);
	close(fd);
	buf_release(&record);
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

	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 0);
	for (uint64_t i = 0; i < 10; i++)
		add(&path, i * i);
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
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
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_CANCELLED);
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
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
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
	bytes[70] ^= 1;
	assert_int_equal(file_put(path.text, bytes, len), STATUS_OK);
	free(bytes);
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.sequences[0], 2);
	assert_int_equal(damaged, 1);
}

static void receipts_of_old_releases_are_read_beside_new_ones(void **state)
{
	struct path path = receipts_in(*state);
	struct seen seen = {0};
	size_t damaged;

	add_old(&path, 1);
	add(&path, 2);
	add_old(&path, 3);
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, 3);
	assert_int_equal(damaged, 0);
	assert_false(seen.proven[0]);
	assert_true(seen.proven[1]);
	assert_false(seen.proven[2]);
	assert_int_equal(seen.sequences[2], 3);
}

static void reading_can_go_on_where_it_ended(void **state)
{
	struct path path = receipts_in(*state);
	struct seen all = {0};
	struct seen rest = {0};
	size_t damaged;

	for (uint64_t i = 0; i < 3; i++)
		add(&path, i);
	assert_int_equal(receipts_each(path.text, 0, see, &all, &damaged), STATUS_OK);
	assert_int_equal(receipts_each(path.text, all.ends[1], see, &rest, &damaged), STATUS_OK);
	assert_int_equal(rest.count, 1);
	assert_int_equal(rest.sequences[0], 2);
	assert_int_equal(receipts_each(path.text, all.ends[2], see, &rest, &damaged), STATUS_OK);
	assert_int_equal(receipts_each(path.text, UINT64_MAX, see, &rest, &damaged), STATUS_OK);
	assert_int_equal(rest.count, 1);
}

static void several_processes_may_add_at_once(void **state)
{
	enum { WRITERS = 4, EACH = 15 };
	struct path path = receipts_in(*state);
	struct seen seen = {0};
	size_t damaged;
	int failed = 0;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() != 0)
			continue;
		for (uint64_t j = 0; j < EACH; j++)
			add(&path, j);
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++) {
		int ended;

		assert_true(wait(&ended) > 0);
		failed += ended;
	}
	assert_int_equal(failed, 0);
	assert_int_equal(receipts_each(path.text, 0, see, &seen, &damaged), STATUS_OK);
	assert_int_equal(seen.count, WRITERS * EACH);
	assert_int_equal(damaged, 0);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(receipts_come_back_oldest_first),
		in_folder(who_looks_may_stop),
		in_folder(what_comes_after_a_torn_record_is_found),
		in_folder(a_damaged_receipt_is_counted_not_shown),
		in_folder(receipts_of_old_releases_are_read_beside_new_ones),
		in_folder(reading_can_go_on_where_it_ended),
		in_folder(several_processes_may_add_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
