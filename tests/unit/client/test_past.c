#include "client/lib/past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/lib/receipts.h"
#include "common/file.h"
#include "tests/unit/client/pastworld.h"

static void the_first_head_is_kept_and_later_ones_follow(void **state)
{
	struct world *world = *state;

	load(world);
	assert_int_equal(world->past.count, 0);
	keep(world, 3);
	assert_int_equal(kept_size(world), 3);
	keep(world, 3);
	keep(world, 20);
	assert_int_equal(kept_size(world), 20);
	assert_int_equal(world->past.count, 1);
}

static void before_the_first_entry_there_is_nothing_to_show(void **state)
{
	struct world *world = *state;
	struct past_shown nothing = {0};

	load(world);
	assert_int_equal(past_judge(&world->past, &nothing), STATUS_OK);
	assert_int_equal(past_save(&world->past), STATUS_OK);
	assert_int_equal(kept_size(world), 0);
	keep(world, 2);
	load(world);
	assert_int_equal(past_judge(&world->past, &nothing), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_SHORTER);
}

static void a_shorter_ledger_is_not_believed(void **state)
{
	struct world *world = *state;

	keep(world, 9);
	load(world);
	assert_int_equal(meet(world, 8, 0), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_SHORTER);
	assert_int_equal(world->past.heads[world->past.guilty].checkpoint.size, 9);
	assert_int_equal(kept_size(world), 9);
}

static void a_forked_ledger_is_not_believed_longer_or_as_long(void **state)
{
	struct world *world = *state;

	keep(world, 9);
	for (uint64_t size = 9; size < 14; size++) {
		load(world);
		assert_int_equal(meet(world, size, 1), STATUS_PROOF);
		assert_int_equal(world->past.fault, PAST_FORKED);
	}
	assert_int_equal(kept_size(world), 9);
}

static void a_proof_that_is_left_out_is_not_forgiven(void **state)
{
	struct world *world = *state;

	keep(world, 9);
	load(world);
	assert_int_equal(meet(world, 12, 0), STATUS_OK);
	load(world);
	world->showing.shown.count = 0;
	assert_int_equal(past_judge(&world->past, &world->showing.shown), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_UNPROVEN);
}

static void a_head_that_nobody_signed_is_not_believed(void **state)
{
	struct world *world = *state;

	keep(world, 9);
	load(world);
	assert_int_equal(meet(world, 12, 0), STATUS_OK);
	world->showing.shown.checkpoint.data[sizeof(COSIGNERS_ORIGIN)] ^= 1;
	load(world);
	assert_int_equal(past_judge(&world->past, &world->showing.shown), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_UNSIGNED);
	assert_true(world->past.shown.note.len > 0);
}

static void receipts_are_joined_to_what_is_shown(void **state)
{
	struct world *world = *state;

	keep(world, 4);
	file_receipt(world, 6, 0);
	file_receipt(world, 6, 0);
	file_receipt(world, 8, 0);
	load(world);
	assert_int_equal(world->past.count, 3);
	assert_int_equal(meet(world, 10, 0), STATUS_OK);
	assert_false(past_is_open(&world->past));
	assert_int_equal(past_save(&world->past), STATUS_OK);
	assert_int_equal(kept_size(world), 10);
	assert_int_equal(world->past.count, 1);
}

static void a_receipt_of_another_history_convicts(void **state)
{
	struct world *world = *state;

	keep(world, 4);
	file_receipt(world, 6, 0);
	file_receipt(world, 7, 1);
	load(world);
	assert_int_equal(meet(world, 10, 0), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_FORKED);
	assert_int_equal(world->past.heads[world->past.guilty].checkpoint.size, 7);
	assert_int_equal(kept_size(world), 4);
}

static void two_heads_of_one_size_cannot_both_hold(void **state)
{
	struct world *world = *state;

	file_receipt(world, 6, 0);
	file_receipt(world, 6, 1);
	load(world);
	assert_int_equal(world->past.count, 2);
	assert_int_equal(meet(world, 10, 0), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_FORKED);
}

static void a_receipt_newer_than_what_is_shown_convicts(void **state)
{
	struct world *world = *state;

	keep(world, 4);
	file_receipt(world, 9, 0);
	load(world);
	assert_int_equal(meet(world, 8, 0), STATUS_PROOF);
	assert_int_equal(world->past.fault, PAST_SHORTER);
}

static void more_receipts_than_can_be_asked_at_once_are_joined_in_turns(void **state)
{
	struct world *world = *state;
	int turns = 1;

	for (uint64_t size = 1; size <= 40; size++)
		file_receipt(world, size, 0);
	load(world);
	assert_int_equal(world->past.count, PAST_HEADS_MAX - 1);
	assert_int_equal(meet(world, 50, 0), STATUS_OK);
	for (; past_is_open(&world->past); turns++)
		assert_int_equal(meet(world, 50, 0), STATUS_OK);
	assert_int_equal(turns, 3);
	assert_int_equal(past_save(&world->past), STATUS_OK);
	assert_int_equal(kept_size(world), 50);
	assert_int_equal(world->past.count, 1);
}

static void a_damaged_head_is_said_to_be_damaged(void **state)
{
	struct world *world = *state;
	struct path path;
	uint8_t *bytes;
	size_t len;

	keep(world, 9);
	assert_int_equal(path_join(&path, world->folder, PAST_FILE), STATUS_OK);
	assert_int_equal(file_get(path.text, 4096, &bytes, &len), STATUS_OK);
	for (size_t i = 0; i < len; i++) {
		struct past past;
		enum status status;

		/* The offset is a hint: with another one receipts are joined anew. */
		if (bytes[i] >= '0' && bytes[i] <= '9' && i > 14 && i < 18)
			continue;
		bytes[i] ^= 0x80;
		assert_int_equal(file_put(path.text, bytes, len), STATUS_OK);
		status = past_load(&past, &world->trust, world->folder);
		assert_int_equal(status, STATUS_CORRUPT);
		past_release(&past);
		bytes[i] ^= 0x80;
	}
	free(bytes);
}

static void receipts_that_were_cut_are_joined_anew(void **state)
{
	struct world *world = *state;
	struct path path;

	file_receipt(world, 3, 0);
	file_receipt(world, 4, 0);
	keep(world, 5);
	assert_true(world->past.joined > 0);
	assert_int_equal(path_join(&path, world->folder, RECEIPTS_FILE), STATUS_OK);
	assert_int_equal(truncate(path.text, 0), 0);
	file_receipt(world, 6, 1);
	load(world);
	assert_int_equal(world->past.count, 2);
	assert_int_equal(meet(world, 8, 0), STATUS_PROOF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(the_first_head_is_kept_and_later_ones_follow),
		in_world(before_the_first_entry_there_is_nothing_to_show),
		in_world(a_shorter_ledger_is_not_believed),
		in_world(a_forked_ledger_is_not_believed_longer_or_as_long),
		in_world(a_proof_that_is_left_out_is_not_forgiven),
		in_world(a_head_that_nobody_signed_is_not_believed),
		in_world(receipts_are_joined_to_what_is_shown),
		in_world(a_receipt_of_another_history_convicts),
		in_world(two_heads_of_one_size_cannot_both_hold),
		in_world(a_receipt_newer_than_what_is_shown_convicts),
		in_world(more_receipts_than_can_be_asked_at_once_are_joined_in_turns),
		in_world(a_damaged_head_is_said_to_be_damaged),
		in_world(receipts_that_were_cut_are_joined_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
