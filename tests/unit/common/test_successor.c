#include "common/successor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/checkpoint.h"

static struct ed25519 *pairs[3];
static struct note_key keys[3]; /* of "office/log" */

static int setup(void **state)
{
	struct buf pem = BUF_EMPTY;
	uint8_t public[ED25519_KEY_LEN];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		if (ed25519_new(&pairs[i], &pem) != STATUS_OK)
			return 1;
		ed25519_public(pairs[i], public);
		if (note_key_make(&keys[i], "office/log", NOTE_ED25519, public) != STATUS_OK)
			return 1;
	}
	buf_release(&pem);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		ed25519_free(pairs[i]);
	return 0;
}

static struct buf statement_of(const char *origin, size_t from, size_t to)
{
	struct buf statement = BUF_EMPTY;

	assert_int_equal(successor_format(origin, pairs[from], pairs[to], &statement), STATUS_OK);
	assert_true(statement.len <= SUCCESSOR_MAX);
	return statement;
}

static enum status verify(const struct buf *statement, size_t old_key, struct note_key *key)
{
	return successor_verify(buf_head(statement), statement->len, &keys[old_key], key);
}

static void a_statement_names_the_next_key(void **state)
{
	struct buf statement = statement_of("office/log", 0, 1);
	struct note_key key;

	(void)state;
	assert_int_equal(verify(&statement, 0, &key), STATUS_OK);
	assert_memory_equal(&key, &keys[1], sizeof(key));
	buf_release(&statement);
}

static void only_the_key_that_signed_it_can_be_followed(void **state)
{
	struct buf statement = statement_of("office/log", 0, 1);
	struct note_key key;

	(void)state;
	assert_int_equal(verify(&statement, 2, &key), STATUS_PROOF);
	assert_int_equal(verify(&statement, 1, &key), STATUS_INVALID); /* it follows nobody's */
	buf_release(&statement);
	statement = statement_of("office/other", 0, 1);
	assert_int_equal(verify(&statement, 0, &key), STATUS_INVALID);
	buf_release(&statement);
	statement = statement_of("office/log", 0, 0);
	assert_int_equal(verify(&statement, 0, &key), STATUS_INVALID);
	buf_release(&statement);
}

static void both_keys_have_to_sign(void **state)
{
	char vkey[NOTE_VKEY_MAX + 1], text[512];
	struct buf note = BUF_EMPTY;
	struct note_key key;

	(void)state;
	note_key_format(&keys[1], vkey);
	int len = snprintf(text, sizeof(text), "dossier-log-key/1\n%s\n", vkey);
	for (size_t only = 0; only < 2; only++) {
		buf_clear(&note);
		assert_int_equal(buf_append(&note, text, (size_t)len), STATUS_OK);
		assert_int_equal(buf_append(&note, "\n", 1), STATUS_OK);
		assert_int_equal(note_sign(&note, &keys[only], pairs[only], 0, text, (size_t)len),
				 STATUS_OK);
		assert_int_equal(verify(&note, 0, &key), STATUS_PROOF);
	}
	buf_release(&note);
}

static void any_bit_turned_over_is_seen(void **state)
{
	struct buf statement = statement_of("office/log", 0, 1);
	uint8_t *bytes = statement.bytes + statement.start;
	struct note_key key;

	(void)state;
	for (size_t i = 0; i < 8 * statement.len; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(verify(&statement, 0, &key), STATUS_OK);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(verify(&statement, 0, &key), STATUS_OK);
	buf_release(&statement);
}

static void a_signed_head_names_no_key_and_a_statement_is_no_head(void **state)
{
	struct checkpoint checkpoint = {.origin = "office/log", .size = 1};
	struct buf text = BUF_EMPTY, note = BUF_EMPTY;
	struct note_key key;

	(void)state;
	assert_int_equal(checkpoint_format(&checkpoint, &text), STATUS_OK);
	assert_int_equal(buf_append(&note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(buf_append(&note, "\n", 1), STATUS_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(note_sign(&note, &keys[i], pairs[i], 0,
					   (const char *)buf_head(&text), text.len),
				 STATUS_OK);
	assert_int_equal(verify(&note, 0, &key), STATUS_INVALID);
	buf_release(&note);
	buf_release(&text);
	note = statement_of("office/log", 0, 1);
	assert_int_equal(checkpoint_verify(&checkpoint, NULL, buf_head(&note), note.len, keys, 1),
			 STATUS_INVALID);
	buf_release(&note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_names_the_next_key),
		cmocka_unit_test(only_the_key_that_signed_it_can_be_followed),
		cmocka_unit_test(both_keys_have_to_sign),
		cmocka_unit_test(any_bit_turned_over_is_seen),
		cmocka_unit_test(a_signed_head_names_no_key_and_a_statement_is_no_head),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
