#include "common/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

static struct ed25519 *private;
static struct note_key log_key; /* of the log "office/log" */

static int setup(void **state)
{
	struct buf pem = BUF_EMPTY;
	uint8_t public[ED25519_KEY_LEN];

	(void)state;
	if (ed25519_new(&private, &pem) != STATUS_OK)
		return 1;
	buf_release(&pem);
	ed25519_public(private, public);
	return note_key_make(&log_key, "office/log", NOTE_ED25519, public) != STATUS_OK;
}

static int teardown(void **state)
{
	(void)state;
	ed25519_free(private);
	return 0;
}

static void the_specification_s_example_is_read_and_written_back(void **state)
{
	static const char text[] = "example.com/behind-the-sofa\n20852163\n" ROOT "\n";
	struct checkpoint checkpoint;
	struct buf back = BUF_EMPTY;

	(void)state;
	assert_int_equal(checkpoint_parse(&checkpoint, text, strlen(text)), STATUS_OK);
	assert_string_equal(checkpoint.origin, "example.com/behind-the-sofa");
	assert_int_equal(checkpoint.size, 20852163);
	assert_int_equal(checkpoint.root[0], 0x0a);
	assert_int_equal(checkpoint.root[31], 0x62);
	assert_int_equal(checkpoint_format(&checkpoint, &back), STATUS_OK);
	assert_int_equal(back.len, strlen(text));
	assert_memory_equal(buf_head(&back), text, back.len);
	buf_release(&back);
}

static void what_is_no_checkpoint_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"o\n",
		"o\n1\n",
		"o\n1\n" ROOT,
		"\n1\n" ROOT "\n",
		"o\n01\n" ROOT "\n",
		"o\n-1\n" ROOT "\n",
		"o\n\n" ROOT "\n",
		"o\n18446744073709551616\n" ROOT "\n",
		"o\n1 \n" ROOT "\n",
		"o\r\n1\n" ROOT "\n",
		"o\n1\n" ROOT "=\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"o\n1\n" ROOT "\n\n",
		"o\n1\n" ROOT "\nmore",
		"o\n1\n" ROOT "\nmo\tre\n",
	};
	struct checkpoint checkpoint;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(checkpoint_parse(&checkpoint, wrong[i], strlen(wrong[i])),
				 STATUS_INVALID);
}

static void further_lines_and_the_empty_and_the_largest_tree_are_let_through(void **state)
{
	static const char more[] = "o p\n0\n" ROOT "\nmore\nand more\n";
	static const char largest[] = "o\n18446744073709551615\n" ROOT "\n";
	struct checkpoint checkpoint;

	(void)state;
	assert_int_equal(checkpoint_parse(&checkpoint, more, strlen(more)), STATUS_OK);
	assert_string_equal(checkpoint.origin, "o p");
	assert_int_equal(checkpoint.size, 0);
	assert_int_equal(checkpoint_parse(&checkpoint, largest, strlen(largest)), STATUS_OK);
	assert_true(checkpoint.size == UINT64_MAX);
}

static void an_origin_is_no_longer_than_its_limit(void **state)
{
	char text[CHECKPOINT_ORIGIN_MAX + 64];
	struct checkpoint checkpoint;

	(void)state;
	memset(text, 'o', sizeof(text));
	(void)snprintf(text + CHECKPOINT_ORIGIN_MAX, 64, "\n1\n" ROOT "\n");
	assert_int_equal(checkpoint_parse(&checkpoint, text, strlen(text)), STATUS_OK);
	assert_int_equal(strlen(checkpoint.origin), CHECKPOINT_ORIGIN_MAX);
	memset(text, 'o', sizeof(text));
	(void)snprintf(text + CHECKPOINT_ORIGIN_MAX + 1, 63, "\n1\n" ROOT "\n");
	assert_int_equal(checkpoint_parse(&checkpoint, text, strlen(text)), STATUS_INVALID);
}

/* A note with that origin, signed by those keys. */
static struct buf signed_by(const char *origin, const struct note_key *keys, size_t count)
{
	struct checkpoint checkpoint = {.size = 3, .root = {1}};
	struct buf note = BUF_EMPTY;

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", origin);
	assert_int_equal(checkpoint_format(&checkpoint, &note), STATUS_OK);
	size_t len = note.len;
	assert_int_equal(buf_append(&note, "\n", 1), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		char text[512];
		memcpy(text, buf_head(&note), len);
		assert_int_equal(note_sign(&note, &keys[i], private, 9, text, len), STATUS_OK);
	}
	return note;
}

static void a_log_s_own_signature_is_needed(void **state)
{
	struct checkpoint checkpoint;
	struct note note;
	struct note_key other;

	(void)state;
	assert_int_equal(note_key_make(&other, "office/other", NOTE_ED25519, log_key.key),
			 STATUS_OK);
	const struct note_key both[] = {other, log_key};
	struct buf bytes = signed_by("office/log", both, 2);
	assert_int_equal(
		checkpoint_verify(&checkpoint, &note, buf_head(&bytes), bytes.len, &log_key, 1),
		STATUS_OK);
	assert_int_equal(checkpoint.size, 3);
	assert_int_equal(note.count, 2);
	assert_int_equal(checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, both, 2),
			 STATUS_OK);
	/* Signed, by a key that we know, but that is another log's. */
	assert_int_equal(
		checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, &other, 1),
		STATUS_PROOF);
	assert_int_equal(checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, NULL, 0),
			 STATUS_PROOF);
	/* A heartbeat is one by the key's second type too. */
	struct note_key beat;
	assert_int_equal(note_key_make(&beat, "office/log", NOTE_COSIGNATURE, log_key.key),
			 STATUS_OK);
	assert_int_equal(
		checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, &beat, 1),
		STATUS_PROOF);
	buf_release(&bytes);
}

static void one_wrong_line_of_a_known_key_is_enough_to_refuse(void **state)
{
	struct checkpoint checkpoint;
	struct note_key other;

	(void)state;
	assert_int_equal(note_key_make(&other, "office/other", NOTE_ED25519, log_key.key),
			 STATUS_OK);
	const struct note_key both[] = {log_key, other};
	struct buf bytes = signed_by("office/log", both, 2);
	char *digit = (char *)bytes.bytes + bytes.start + bytes.len - 8;
	*digit = *digit == 'A' ? 'B' : 'A';
	assert_int_equal(checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, both, 2),
			 STATUS_PROOF);
	assert_int_equal(checkpoint_verify(&checkpoint, NULL, buf_head(&bytes), bytes.len, both, 1),
			 STATUS_OK);
	buf_release(&bytes);
}

static void what_is_signed_but_no_checkpoint_is_refused(void **state)
{
	struct checkpoint checkpoint;
	struct buf note = BUF_EMPTY;

	(void)state;
	assert_int_equal(buf_append(&note, "office/log\n\n", 12), STATUS_OK);
	assert_int_equal(note_sign(&note, &log_key, private, 0, "office/log\n", 11), STATUS_OK);
	assert_int_equal(
		checkpoint_verify(&checkpoint, NULL, buf_head(&note), note.len, &log_key, 1),
		STATUS_INVALID);
	buf_release(&note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_specification_s_example_is_read_and_written_back),
		cmocka_unit_test(what_is_no_checkpoint_is_refused),
		cmocka_unit_test(further_lines_and_the_empty_and_the_largest_tree_are_let_through),
		cmocka_unit_test(an_origin_is_no_longer_than_its_limit),
		cmocka_unit_test(a_log_s_own_signature_is_needed),
		cmocka_unit_test(one_wrong_line_of_a_known_key_is_enough_to_refuse),
		cmocka_unit_test(what_is_signed_but_no_checkpoint_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
