/* Honest bundles hold; each thing that can be done to one is found out. */
#include "client/lib/bundle_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/client/pressed.h"

static void an_honest_bundle_holds_and_tells_its_numbers(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;

	assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_OK);
	assert_int_equal(found.fault, BUNDLE_FAULT_NONE);
	assert_string_equal(found.origin, PRESS_ORIGIN);
	assert_int_equal(found.from, FROM);
	assert_int_equal(found.to, ENTRIES);
	assert_int_equal(found.full, 4);
	assert_int_equal(found.headers, 1);
	assert_int_equal(found.leaves, 1);
	assert_int_equal(found.erased, 1);
	assert_int_equal(found.first_time, press_time(5));
	assert_int_equal(found.last_time, press_time(11));
	assert_int_equal(found.heads, 2);
	assert_int_equal(found.head_size, ENTRIES + 1);
	assert_int_equal(found.dated, DATED);
	assert_int_equal(found.dated_size, ENTRIES - 2);
	assert_int_equal(found.items, 3);
	assert_true(found.whole);
	assert_int_equal(found.replayed.agree, 3);
	assert_int_equal(found.replayed.differ, 0);
	assert_int_equal(found.replayed.acts, 4);
	assert_int_equal(found.replayed.unread, 2);
}

/* Of the dated head. */
static const char *last_line(const struct sheet *sheet)
{
	const char *head = sheet->bytes + sheet->at[AT_DATED];
	const char *end = memrchr(head, '\n', record_len(sheet, AT_DATED));

	return (const char *)memrchr(head, '\n', (size_t)(end - head)) + 1;
}

/* Whichever bit is turned: it is noticed, at the record or at the end. */
static void any_flipped_bit_is_found(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;
	char *bytes = malloc(sheet->len);
	/* What stands in the clear beside the proof: the inventory is the server's word, and what
	 * is left of an erased entry is bound by another entry. */
	size_t erased = sheet->at[AT_8], first_item = sheet->at[AT_ITEM_1];
	size_t behind = sheet->at[AT_HEAD];

	const char *dated = last_line(sheet);

	assert_non_null(bytes);
	memcpy(bytes, sheet->bytes, sheet->len);
	for (size_t i = 0; i < 8 * sheet->len; i += 5) {
		size_t at = i / 8;

		if ((at >= first_item && at < behind) ||
		    (sheet->bytes + at >= dated && sheet->bytes + at < dated + DATED_NAME_LEN) ||
		    (at >= erased + BUNDLE_PREFIX_LEN + 4 && at < sheet->at[AT_9]))
			continue;
		bytes[at] = (char)(bytes[at] ^ (1 << i % 8));
		if (check_bytes(bytes, sheet->len, &ask, &found) != STATUS_PROOF)
			fail_msg("bit %zu of byte %zu was turned unseen", i % 8, at);
		bytes[at] = sheet->bytes[at];
	}
	free(bytes);
}

static void a_flipped_leaf_and_header_break_the_tree(void **state)
{
	struct sheet *sheet = *state;

	sheet->bytes[sheet->at[AT_7] + BUNDLE_PREFIX_LEN] ^= 1; /* the leaf hash */
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_HEAD_GROWTH);
	sheet->bytes[sheet->at[AT_7] + BUNDLE_PREFIX_LEN] ^= 1;
	sheet->bytes[sheet->at[AT_6] + BUNDLE_PREFIX_LEN + 31] ^= 1; /* who it was */
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_HEAD_GROWTH);
}

static void a_changed_content_is_found_at_its_entry(void **state)
{
	struct sheet *sheet = *state;
	struct bundle_ask ask = ask_of(sheet);
	struct bundle_findings found;

	sheet->bytes[sheet->at[AT_10] - 3] ^= 1; /* of the payload of entry 9 */
	assert_int_equal(check_bytes(sheet->bytes, sheet->len, &ask, &found), STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_CONTENT);
	assert_int_equal(found.sequence, 9);
	assert_int_equal(found.offset, sheet->at[AT_9]);
}

/* Two entries whose contents were exchanged have headers that say so. */
static void swapped_contents_are_found(void **state)
{
	struct sheet *sheet = *state;
	size_t content = record_len(sheet, AT_9) - BUNDLE_PREFIX_LEN - 4 - ENTRY_FIXED_LEN -
			 ENTRY_SUBJECT_LEN;
	char *one = sheet->bytes + sheet->at[AT_10] - content;
	char *other = sheet->bytes + sheet->at[AT_ITEM_1] - content;
	char *kept = malloc(content);

	assert_non_null(kept);
	assert_int_equal(record_len(sheet, AT_9), record_len(sheet, AT_11));
	memcpy(kept, one, content);
	memcpy(one, other, content);
	memcpy(other, kept, content);
	free(kept);
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_CONTENT);
}

static void assert_spliced(const struct sheet *sheet, size_t at, size_t drop, const char *insert,
			   size_t insert_len, enum bundle_fault fault)
{
	size_t len;
	char *bytes = splice(sheet, at, drop, insert, insert_len, &len);

	assert_fault(sheet, bytes, len, fault);
	free(bytes);
}

static void a_dropped_doubled_or_moved_entry_is_found(void **state)
{
	struct sheet *sheet = *state;
	const size_t *at = sheet->at;

	assert_spliced(sheet, at[AT_5], record_len(sheet, AT_5), NULL, 0, BUNDLE_FAULT_SEQUENCE);
	assert_spliced(sheet, at[AT_7], record_len(sheet, AT_7), NULL, 0, BUNDLE_FAULT_SEQUENCE);
	assert_spliced(sheet, at[AT_11], record_len(sheet, AT_11), NULL, 0,
		       BUNDLE_FAULT_HEAD_GROWTH);
	assert_spliced(sheet, at[AT_6], 0, sheet->bytes + at[AT_5], record_len(sheet, AT_5),
		       BUNDLE_FAULT_SEQUENCE);
	assert_spliced(sheet, at[AT_7], 0, sheet->bytes + at[AT_7], record_len(sheet, AT_7),
		       BUNDLE_FAULT_SEQUENCE);
	assert_spliced(sheet, at[AT_10], 0, sheet->bytes + at[AT_11], record_len(sheet, AT_11),
		       BUNDLE_FAULT_SEQUENCE);
}

static void a_cut_bundle_is_found_wherever_it_was_cut(void **state)
{
	struct sheet *sheet = *state;

	for (size_t len = BUNDLE_MAGIC_LEN; len < sheet->len; len++)
		assert_fault(sheet, sheet->bytes, len, BUNDLE_FAULT_CUT);
	for (size_t len = 1; len < BUNDLE_MAGIC_LEN; len++)
		assert_fault(sheet, sheet->bytes, len, BUNDLE_FAULT_MAGIC);
}

static void what_follows_the_end_is_found(void **state)
{
	struct sheet *sheet = *state;

	assert_spliced(sheet, sheet->len, 0, "\0\0\0\0\0\0", 6, BUNDLE_FAULT_TRAILING);
	assert_spliced(sheet, sheet->len, 0, "x", 1, BUNDLE_FAULT_TRAILING);
}

static void records_out_of_order_are_found(void **state)
{
	struct sheet *sheet = *state;
	const size_t *at = sheet->at;

	assert_spliced(sheet, at[AT_BEGIN], record_len(sheet, AT_BEGIN), NULL, 0,
		       BUNDLE_FAULT_ORDER);
	assert_spliced(sheet, at[AT_5], 0, sheet->bytes + at[AT_BEGIN], record_len(sheet, AT_BEGIN),
		       BUNDLE_FAULT_ORDER);
	assert_spliced(sheet, at[AT_END], 0, sheet->bytes + at[AT_5], record_len(sheet, AT_5),
		       BUNDLE_FAULT_ORDER);
	assert_spliced(sheet, at[AT_HEAD], at[AT_END] - at[AT_HEAD], NULL, 0, BUNDLE_FAULT_ORDER);
	assert_spliced(sheet, at[AT_ITEM_2], 0, sheet->bytes + at[AT_ITEM_2],
		       record_len(sheet, AT_ITEM_2), BUNDLE_FAULT_ITEM);
	assert_spliced(sheet, at[AT_ITEM_2], record_len(sheet, AT_ITEM_2), NULL, 0,
		       BUNDLE_FAULT_COUNT);
	assert_spliced(sheet, at[AT_5], 0, "\x09\0\0\0\0", 5, BUNDLE_FAULT_RECORD);
	assert_spliced(sheet, at[AT_5], 0, "\x04\0\0\0\0", 5, BUNDLE_FAULT_HEADER);
	assert_spliced(sheet, at[AT_5], 0, "\x05\0\0\0\0", 5, BUNDLE_FAULT_RECORD);
	assert_spliced(sheet, at[AT_5], 0, "\x02\x7f\0\0\0", 5, BUNDLE_FAULT_RECORD);
}

static void wrong_peaks_and_roots_are_found(void **state)
{
	struct sheet *sheet = *state;
	size_t end = sheet->at[AT_END] + BUNDLE_PREFIX_LEN;
	char *peak = sheet->bytes + sheet->at[AT_BEGIN] + BUNDLE_PREFIX_LEN + 8;

	*peak ^= 1;
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_HEAD_GROWTH);
	*peak ^= 1;
	sheet->bytes[end + 8] ^= 1;
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_ROOT);
	sheet->bytes[end + 8] ^= 1;
	sheet->bytes[end + 7] ^= 1;
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_COUNT);
	sheet->bytes[end + 7] ^= 1;
	sheet->bytes[sheet->len - 1] ^= 1;
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_GROWTH);
}

static void another_key_and_no_head_are_found(void **state)
{
	struct sheet *sheet = *state;
	size_t head = sheet->at[AT_HEAD];
	struct note_key other_key;
	uint8_t other[ED25519_KEY_LEN] = {1, 2, 3};

	assert_spliced(sheet, head, record_len(sheet, AT_HEAD), NULL, 0, BUNDLE_FAULT_NO_HEAD);
	assert_int_equal(note_key_make(&other_key, PRESS_ORIGIN, NOTE_ED25519, other), STATUS_OK);
	trust_key(sheet, &other_key);
	assert_fault(sheet, sheet->bytes, sheet->len, BUNDLE_FAULT_SIGNATURE);
}

/* A bundle of 100 entries, one a second, and a head of the first size, which says that time. */
static enum status check_dated(uint64_t size, uint64_t time, const struct checkpoint *since,
			       int64_t since_time, struct bundle_findings *found)
{
	struct sheet sheet = {.bytes = NULL};
	FILE *to = open_memstream(&sheet.bytes, &sheet.len);

	press_init(&sheet.press, to);
	press_begin(&sheet.press);
	for (size_t i = 0; i < 100; i++)
		press_loan(&sheet.press, BUNDLE_FULL, i, i, 1);
	press_close(&sheet.press);
	press_head(&sheet.press, 100, 0);
	press_head(&sheet.press, size, time);
	press_end(&sheet.press, true);
	trust_key(&sheet, &sheet.press.key);
	fclose(to);

	struct bundle_ask ask = ask_of(&sheet);
	struct checkpoint old;

	ask.replay = false;
	ask.since_time = since_time;
	if (since != NULL) {
		old = *since;
		press_root(&sheet.press, old.size, old.root);
		ask.since = &old;
	}
	enum status status = check_bytes(sheet.bytes, sheet.len, &ask, found);
	press_release(&sheet.press);
	policy_free(sheet.policy);
	free(sheet.bytes);
	return status;
}

#define SECONDS_OF(sequence) (press_time(sequence) / 1000000)

static void an_entry_dated_later_than_a_head_that_has_it_is_found(void **state)
{
	struct bundle_findings found;
	uint64_t last = (uint64_t)SECONDS_OF(99);

	(void)state;
	assert_int_equal(check_dated(100, last - BUNDLE_CLOCKS, NULL, 0, &found), STATUS_OK);
	assert_int_equal(found.times, 1);
	assert_int_equal(check_dated(100, last - BUNDLE_CLOCKS - 1, NULL, 0, &found), STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_FORWARD);
	assert_int_equal(found.sequence, 99);
	/* Of an older head the rung below it counts: entry 60 of the first 70. */
	assert_int_equal(check_dated(70, (uint64_t)SECONDS_OF(60) - BUNDLE_CLOCKS, NULL, 0, &found),
			 STATUS_OK);
	assert_int_equal(
		check_dated(70, (uint64_t)SECONDS_OF(60) - BUNDLE_CLOCKS - 1, NULL, 0, &found),
		STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_FORWARD);
	assert_int_equal(found.sequence, 60);
	assert_int_equal(check_dated(100, 0, NULL, 0, &found), STATUS_OK);
	assert_int_equal(found.times, 0);
}

static void an_entry_dated_before_the_auditors_old_head_is_found(void **state)
{
	struct checkpoint since = {.size = 40};
	struct bundle_findings found;
	int64_t first = SECONDS_OF(40);

	(void)state;
	assert_int_equal(check_dated(100, 0, &since, first + BUNDLE_CLOCKS, &found), STATUS_OK);
	assert_int_equal(check_dated(100, 0, &since, first + BUNDLE_CLOCKS + 1, &found),
			 STATUS_PROOF);
	assert_int_equal(found.fault, BUNDLE_FAULT_BACKWARD);
	assert_int_equal(found.sequence, 40);
	assert_int_equal(check_dated(100, 0, &since, 0, &found), STATUS_OK);
}

static bool refuse(void *context, uint64_t done, uint64_t size)
{
	(void)context;
	(void)done;
	(void)size;
	return false;
}

/* Many entries, since progress is told every few megabytes only. */
static void a_long_check_can_be_stopped(void **state)
{
	struct bundle_ask ask = ask_of(*state);
	struct bundle_findings found;
	struct press press;
	char *bytes;
	size_t len = 0;
	FILE *to = open_memstream(&bytes, &len);

	press_init(&press, to);
	press_begin(&press);
	while (len < 5 * 1024 * 1024) { /* which flushing tells */
		for (int i = 0; i < 1000; i++)
			press_loan(&press, BUNDLE_FULL, 1, 1, 1);
		fflush(to);
	}
	fclose(to);
	ask.progress = refuse;
	assert_int_equal(check_bytes(bytes, len, &ask, &found), STATUS_CANCELLED);
	press_release(&press);
	free(bytes);
}

#define SHEET(name) cmocka_unit_test_setup_teardown(name, press_sheet, drop_sheet)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHEET(an_honest_bundle_holds_and_tells_its_numbers),
		SHEET(any_flipped_bit_is_found),
		SHEET(a_flipped_leaf_and_header_break_the_tree),
		SHEET(a_changed_content_is_found_at_its_entry),
		SHEET(swapped_contents_are_found),
		SHEET(a_dropped_doubled_or_moved_entry_is_found),
		SHEET(a_cut_bundle_is_found_wherever_it_was_cut),
		SHEET(what_follows_the_end_is_found),
		SHEET(records_out_of_order_are_found),
		SHEET(wrong_peaks_and_roots_are_found),
		SHEET(another_key_and_no_head_are_found),
		cmocka_unit_test(an_entry_dated_later_than_a_head_that_has_it_is_found),
		cmocka_unit_test(an_entry_dated_before_the_auditors_old_head_is_found),
		SHEET(a_long_check_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
