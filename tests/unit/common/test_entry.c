#include "common/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct subject given[] = {{SUBJECT_ITEM, 0x0102030405060708}, {SUBJECT_LOAN, 9}};

static struct entry sample(void)
{
	struct entry entry = {
		.class_ = ENTRY_CHANGE,
		.rpc = 60,
		.status = STATUS_OK,
		.sequence = 0x1112131415161718,
		.time = 1772328600000000,
		.actor = 5,
		.office = 1,
		.subject_count = 2,
		.subjects = given,
	};
	memset(entry.key, 0xaa, sizeof(entry.key));
	memset(entry.commitment, 0xbb, sizeof(entry.commitment));
	return entry;
}

/* The format is for ever: these bytes are in ledgers. */
static void a_header_has_the_bytes_of_version_one(void **state)
{
	struct entry entry = sample();
	uint8_t bytes[ENTRY_FIXED_LEN + 2 * ENTRY_SUBJECT_LEN];
	char hex[2 * sizeof(bytes) + 1];

	(void)state;
	assert_int_equal(entry_header_len(&entry), sizeof(bytes));
	entry_encode(&entry, bytes);
	hex_encode(bytes, sizeof(bytes), hex);
	assert_string_equal(hex, "0101003c000000021112131415161718"
				 "00064bec68a0d6000000000000000005"
				 "0000000000000001"
				 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
				 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
				 "040102030405060708050000000000000009");
}

static void a_header_is_read_back_as_it_was(void **state)
{
	struct entry entry = sample();
	struct entry again;
	struct subject subjects[ENTRY_SUBJECTS_MAX];
	uint8_t bytes[200];

	(void)state;
	entry.time = -1;
	entry_encode(&entry, bytes);
	assert_int_equal(entry_decode(&again, subjects, bytes, entry_header_len(&entry)),
			 STATUS_OK);
	assert_int_equal(again.class_, ENTRY_CHANGE);
	assert_int_equal(again.rpc, 60);
	assert_int_equal(again.status, STATUS_OK);
	assert_int_equal(again.sequence, entry.sequence);
	assert_int_equal(again.time, -1);
	assert_int_equal(again.actor, 5);
	assert_int_equal(again.office, 1);
	assert_memory_equal(again.key, entry.key, ENTRY_KEY_LEN);
	assert_memory_equal(again.commitment, entry.commitment, HASH_LEN);
	assert_int_equal(again.subject_count, 2);
	assert_ptr_equal(again.subjects, subjects);
	assert_int_equal(subjects[0].kind, SUBJECT_ITEM);
	assert_int_equal(subjects[0].id, given[0].id);
	assert_int_equal(subjects[1].id, 9);
}

static void the_most_subjects_fit_and_one_more_is_refused(void **state)
{
	static struct subject most[ENTRY_SUBJECTS_MAX], read[ENTRY_SUBJECTS_MAX];
	static uint8_t bytes[ENTRY_HEADER_MAX + ENTRY_SUBJECT_LEN];
	struct entry entry = sample();

	(void)state;
	for (size_t i = 0; i < ENTRY_SUBJECTS_MAX; i++)
		most[i] = (struct subject){SUBJECT_ITEM, i};
	entry.subjects = most;
	entry.subject_count = ENTRY_SUBJECTS_MAX;
	assert_int_equal(entry_header_len(&entry), ENTRY_HEADER_MAX);
	entry_encode(&entry, bytes);
	assert_int_equal(entry_decode(&entry, read, bytes, ENTRY_HEADER_MAX), STATUS_OK);
	assert_int_equal(read[ENTRY_SUBJECTS_MAX - 1].id, ENTRY_SUBJECTS_MAX - 1);
	bytes[7]++;
	assert_int_equal(entry_decode(&entry, read, bytes, sizeof(bytes)), STATUS_CORRUPT);
}

static void every_other_length_is_corrupt(void **state)
{
	struct entry entry = sample();
	struct subject subjects[ENTRY_SUBJECTS_MAX];
	uint8_t bytes[200] = {0};

	(void)state;
	entry_encode(&entry, bytes);
	size_t right = entry_header_len(&entry);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(entry_decode(&entry, subjects, bytes, len),
				 len == right ? STATUS_OK : STATUS_CORRUPT);
}

static void another_version_or_class_is_corrupt(void **state)
{
	struct entry entry = sample();
	struct subject subjects[ENTRY_SUBJECTS_MAX];
	uint8_t bytes[200];
	size_t len = entry_header_len(&entry);

	(void)state;
	for (int value = 0; value < 256; value++) {
		entry = sample();
		entry_encode(&entry, bytes);
		bytes[0] = (uint8_t)value;
		assert_int_equal(entry_decode(&entry, subjects, bytes, len),
				 value == ENTRY_VERSION ? STATUS_OK : STATUS_CORRUPT);
		bytes[0] = ENTRY_VERSION;
		bytes[1] = (uint8_t)value;
		assert_int_equal(entry_decode(&entry, subjects, bytes, len),
				 value >= 1 && value <= 3 ? STATUS_OK : STATUS_CORRUPT);
	}
}

static void the_commitment_binds_salt_and_payload(void **state)
{
	struct hash *hash = hash_new();
	uint8_t salt[ENTRY_SALT_LEN] = "sixteen bytes.."; /* with its NUL */
	uint8_t out[HASH_LEN], whole[HASH_LEN];

	(void)state;
	assert_non_null(hash);
	entry_commit(hash, salt, (const uint8_t *)"payload", 7, out);
	hash_of("sixteen bytes..\0payload", 23, whole);
	assert_memory_equal(out, whole, HASH_LEN);
	salt[0] ^= 1;
	entry_commit(hash, salt, (const uint8_t *)"payload", 7, out);
	assert_memory_not_equal(out, whole, HASH_LEN);
	entry_commit(hash, salt, NULL, 0, out);
	hash_of(salt, sizeof(salt), whole);
	assert_memory_equal(out, whole, HASH_LEN);
	hash_free(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_the_bytes_of_version_one),
		cmocka_unit_test(a_header_is_read_back_as_it_was),
		cmocka_unit_test(the_most_subjects_fit_and_one_more_is_refused),
		cmocka_unit_test(every_other_length_is_corrupt),
		cmocka_unit_test(another_version_or_class_is_corrupt),
		cmocka_unit_test(the_commitment_binds_salt_and_payload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
