#include "server/ledger/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "server/ledger/draft.h"

static const struct group example = {
	.body_len = 1234, .first = 77, .count = 5, .before = 0xdeadbeef, .body_crc = 42};

static void test_a_header_is_decoded_as_it_was_encoded(void **state)
{
	(void)state;
	struct group group = example;
	struct group decoded;
	uint8_t bytes[GROUP_HEADER_LEN];

	group_encode(&group, bytes);
	assert_memory_equal(bytes, "GRP1", 4);
	assert_int_equal(group_decode(&decoded, bytes), STATUS_OK);
	assert_int_equal(decoded.body_len, 1234);
	assert_int_equal(decoded.first, 77);
	assert_int_equal(decoded.count, 5);
	assert_int_equal(decoded.before, 0xdeadbeef);
	assert_int_equal(decoded.body_crc, 42);
	assert_int_equal(decoded.crc, crc32c(0, bytes, 28));
	assert_int_equal(group.crc, decoded.crc);
}

static void test_every_flipped_bit_of_a_header_is_noticed(void **state)
{
	(void)state;
	struct group group = example;
	uint8_t bytes[GROUP_HEADER_LEN];

	group_encode(&group, bytes);
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(group_decode(&group, bytes), STATUS_CORRUPT);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(group_decode(&group, bytes), STATUS_CORRUPT);
}

static void test_a_header_that_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	const struct group wrong[] = {
		{.body_len = 0, .first = 1, .count = 1},
		{.body_len = 100, .first = 1, .count = 0},
		{.body_len = LEDGER_GROUP_MAX + 1, .first = 1, .count = 1},
		{.body_len = 100, .first = UINT64_MAX, .count = 1},
	};
	uint8_t bytes[GROUP_HEADER_LEN];
	struct group group;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		group = wrong[i];
		group_encode(&group, bytes);
		assert_int_equal(group_decode(&group, bytes), STATUS_CORRUPT);
	}
}

static void test_a_group_follows_by_sequence_and_crc(void **state)
{
	(void)state;
	struct place place = {.offset = 4096, .sequence = 77, .before = 0xdeadbeef};

	assert_true(group_follows(&example, &place));
	place.before = 0;
	assert_false(group_follows(&example, &place));
	place = (struct place){.offset = 4096, .sequence = 76, .before = 0xdeadbeef};
	assert_false(group_follows(&example, &place));
}

static void test_a_place_moves_behind_the_group(void **state)
{
	(void)state;
	struct place place = {.offset = 4096, .sequence = 77, .before = 1};
	struct group group = example;

	group.crc = 99;
	group_pass(&group, &place);
	assert_int_equal(place.offset, 4096 + 32 + 1234);
	assert_int_equal(place.sequence, 82);
	assert_int_equal(place.before, 99);
}

static void test_entries_are_cut_out_of_a_draft_as_they_were_added(void **state)
{
	(void)state;
	struct draft draft;
	struct group group;
	struct ledger_record record;
	struct subject subjects[ENTRY_SUBJECTS_MAX];
	uint8_t payload[10] = "0123456789";
	uint8_t leaf[HASH_LEN];
	size_t at = 0;

	assert_int_equal(draft_init(&draft, 7), STATUS_OK);
	for (size_t i = 0; i <= 10; i++) {
		struct entry entry = {.class_ = ENTRY_ACCESS, .time = (int64_t)i};

		assert_int_equal(draft_add(&draft, &entry, payload, i, leaf, NULL, NULL),
				 STATUS_OK);
		assert_int_equal(entry.sequence, 7 + i);
	}
	draft_seal(&draft, 5, &group);
	assert_int_equal(group.first, 7);
	assert_int_equal(group.count, 11);
	assert_true(group_has_body(&group, draft.bytes + GROUP_HEADER_LEN));
	for (size_t i = 0; i <= 10; i++) {
		assert_int_equal(
			group_cut(draft.bytes + GROUP_HEADER_LEN, group.body_len, &at, &record),
			STATUS_OK);
		assert_int_equal(record.payload_len, i);
		assert_memory_equal(record.payload, payload, i);
		assert_int_equal(
			entry_decode(&record.entry, subjects, record.header, record.header_len),
			STATUS_OK);
		assert_int_equal(record.entry.sequence, 7 + i);
	}
	assert_int_equal(at, group.body_len);
	draft_release(&draft);
}

static void test_salts_differ(void **state)
{
	(void)state;
	struct draft draft;
	struct ledger_record one;
	struct ledger_record other;
	struct entry entry = {.class_ = ENTRY_CHANGE};
	uint8_t leaf[HASH_LEN];
	size_t at = 0;

	assert_int_equal(draft_init(&draft, 0), STATUS_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(draft_add(&draft, &entry, NULL, 0, leaf, NULL, NULL), STATUS_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(group_cut(draft.bytes + GROUP_HEADER_LEN,
					   draft.len - GROUP_HEADER_LEN, &at, i ? &other : &one),
				 STATUS_OK);
	assert_memory_not_equal(one.salt, other.salt, ENTRY_SALT_LEN);
	draft_release(&draft);
}

static void test_no_entry_is_cut_beyond_the_body(void **state)
{
	(void)state;
	uint8_t body[64] = {0};
	struct ledger_record record;
	size_t at;

	for (size_t len = 0; len <= sizeof(body); len++) {
		for (uint32_t header_len = 0; header_len < 50; header_len += 7) {
			for (uint32_t payload_len = 0; payload_len < 50; payload_len += 7) {
				bool fits = 24 + header_len + payload_len <= len;

				bytes_put32(body, header_len);
				bytes_put32(body + 4, payload_len);
				at = 0;
				assert_int_equal(group_cut(body, len, &at, &record),
						 fits ? STATUS_OK : STATUS_CORRUPT);
			}
		}
	}
	memset(body, 0xff, sizeof(body));
	at = 0;
	assert_int_equal(group_cut(body, sizeof(body), &at, &record), STATUS_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_header_is_decoded_as_it_was_encoded),
		cmocka_unit_test(test_every_flipped_bit_of_a_header_is_noticed),
		cmocka_unit_test(test_a_header_that_cannot_be_meant_is_refused),
		cmocka_unit_test(test_a_group_follows_by_sequence_and_crc),
		cmocka_unit_test(test_a_place_moves_behind_the_group),
		cmocka_unit_test(test_entries_are_cut_out_of_a_draft_as_they_were_added),
		cmocka_unit_test(test_salts_differ),
		cmocka_unit_test(test_no_entry_is_cut_beyond_the_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
