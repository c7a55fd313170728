#include "client/lib/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/path.h"
#include "tests/unit/client/asker.h"

static void assert_body(const struct asker *asker, const char *text)
{
	assert_int_equal(asker->answer.body.len, strlen(text));
	assert_memory_equal(buf_head(&asker->answer.body), text, strlen(text));
}

static void the_answer_to_a_head_that_grew_is_a_cosignature_over_it(void **state)
{
	struct asker *asker = *state;
	struct buf whole = BUF_EMPTY;
	struct note note;
	uint64_t time;

	assert_int_equal(ask(asker, (struct asked){.old = 0, .size = 3}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 3, .size = 3}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 3, .size = 11}), WITNESS_DONE);
	assert_int_equal(buf_append(&whole, asker->answer.note, asker->answer.note_len), STATUS_OK);
	assert_int_equal(buf_append(&whole, buf_head(&asker->answer.body), asker->answer.body.len),
			 STATUS_OK);
	assert_int_equal(note_parse(&note, buf_head(&whole), whole.len), STATUS_OK);
	assert_int_equal(note_verify(&note, &asker->own.key, &time), STATUS_OK);
	assert_int_equal(time, ASKER_NOW);
	assert_int_equal(asker->answer.time, COSIGNERS_TIME);
	asker_assert_last(asker, 11);
	buf_release(&whole);
}

static void what_is_no_request_is_malformed(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask_bytes(asker, "", 0), WITNESS_MALFORMED);
	assert_int_equal(ask_bytes(asker, "old 0\n\nx", 8), WITNESS_MALFORMED);
	assert_int_equal(ask_bytes(asker, "old 0\n\nx\n\n— x AAAAAA==\n", 26), WITNESS_MALFORMED);
	assert_int_equal(ask(asker, (struct asked){.old = 4, .size = 3}), WITNESS_MALFORMED);
}

static void a_head_of_another_log_is_unknown(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.size = 3, .by = &asker->other}),
			 WITNESS_UNKNOWN);
}

static void a_head_that_the_log_has_not_signed_is_forbidden(void **state)
{
	struct asker *asker = *state;
	struct cosigner thief;

	cosigner_init(&thief, COSIGNERS_ORIGIN, NOTE_ED25519);
	assert_int_equal(ask(asker, (struct asked){.size = 3, .by = &thief}), WITNESS_FORBIDDEN);
	cosigner_release(&thief);
}

static void who_asks_from_elsewhere_is_told_the_size(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.old = 2, .size = 3}), WITNESS_CONFLICT);
	assert_body(asker, "0\n");
	assert_int_equal(ask(asker, (struct asked){.size = 7}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 0, .size = 9}), WITNESS_CONFLICT);
	assert_body(asker, "7\n");
	assert_int_equal(asker->answer.finding, WITNESS_NOTHING);
	/* An old heartbeat may come late: it shows nothing. */
	assert_int_equal(ask(asker, (struct asked){.old = 0, .size = 3}), WITNESS_CONFLICT);
	assert_int_equal(asker->answer.finding, WITNESS_NOTHING);
	asker_assert_last(asker, 7);
}

static void another_root_at_the_same_size_is_a_fork(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.size = 7}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 7, .size = 7, .fork = 1}),
			 WITNESS_CONFLICT);
	assert_body(asker, "7\n");
	assert_int_equal(asker->answer.finding, WITNESS_FORK);
	assert_true(asker->answer.last.len > 0);
	assert_int_equal(ask(asker, (struct asked){.old = 0, .size = 7, .fork = 1}),
			 WITNESS_CONFLICT);
	assert_int_equal(asker->answer.finding, WITNESS_FORK);
}

static void another_past_is_unproven_whatever_proof_comes_with_it(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.size = 7}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 7, .size = 9, .fork = 1}),
			 WITNESS_UNPROVEN);
	assert_int_equal(asker->answer.finding, WITNESS_FORK);
	assert_int_equal(asker->answer.body.len, 0);
	asker_assert_last(asker, 7);
	assert_int_equal(ask(asker, (struct asked){.old = 7, .size = 9}), WITNESS_DONE);
}

static void from_nothing_there_is_no_proof(void **state)
{
	struct asker *asker = *state;
	struct asked asked = {.old = 3, .size = 9};

	asker_make(asker, &asked);
	/* "old 3" becomes "old 0": the proof stays. */
	asker->body.bytes[asker->body.start + 4] = '0';
	assert_int_equal(ask_bytes(asker, buf_head(&asker->body), asker->body.len),
			 WITNESS_UNPROVEN);
}

static void a_smaller_head_that_was_signed_later_is_a_rollback(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.size = 7}), WITNESS_DONE);
	assert_int_equal(
		ask(asker, (struct asked){.old = 5, .size = 5, .time = COSIGNERS_TIME + 60}),
		WITNESS_CONFLICT);
	assert_int_equal(asker->answer.finding, WITNESS_ROLLBACK);
	asker_assert_last(asker, 7);
}

static void a_damaged_memory_signs_nothing(void **state)
{
	struct asker *asker = *state;
	struct asked asked = {.old = 0, .size = 9};
	struct path path;

	assert_int_equal(path_join(&path, asker->folder, WITNESS_HEAD_FILE), STATUS_OK);
	assert_int_equal(file_put(path.text, "x\n", 2), STATUS_OK);
	asker_make(asker, &asked);
	witness_answer_release(&asker->answer);
	assert_int_equal(witness_add_checkpoint(&asker->witness, buf_head(&asker->body),
						asker->body.len, ASKER_NOW, &asker->answer),
			 STATUS_CORRUPT);
	assert_int_equal(asker->answer.body.len, 0);
}

static void what_cannot_be_remembered_is_not_signed(void **state)
{
	struct asker *asker = *state;
	struct asked asked = {.size = 9};

	asker->witness.directory = "/nowhere/at/all";
	asker_make(asker, &asked);
	assert_int_not_equal(witness_add_checkpoint(&asker->witness, buf_head(&asker->body),
						    asker->body.len, ASKER_NOW, &asker->answer),
			     STATUS_OK);
	assert_int_equal(asker->answer.body.len, 0);
}

/* Killed when it has remembered and before it has answered: as if the answer had been lost. */
static void a_witness_that_died_before_it_answered_signs_the_same_head_again(void **state)
{
	struct asker *asker = *state;

	assert_int_equal(ask(asker, (struct asked){.size = 7}), WITNESS_DONE);
	assert_int_equal(ask(asker, (struct asked){.old = 0, .size = 7}), WITNESS_CONFLICT);
	assert_body(asker, "7\n");
	assert_int_equal(asker->answer.finding, WITNESS_NOTHING);
	assert_int_equal(ask(asker, (struct asked){.old = 7, .size = 7}), WITNESS_DONE);
	assert_true(asker->answer.body.len > 0);
}

static void its_key_is_made_once_and_for_its_owner_alone(void **state)
{
	struct asker *asker = *state;
	struct ed25519 *made = NULL;
	struct ed25519 *loaded = NULL;
	uint8_t one[ED25519_KEY_LEN];
	uint8_t other[ED25519_KEY_LEN];
	struct path path;
	struct stat about;

	assert_int_equal(path_join(&path, asker->folder, "witness-key.pem"), STATUS_OK);
	assert_int_equal(witness_key_load(&loaded, path.text), STATUS_NOT_FOUND);
	assert_int_equal(witness_key_create(&made, path.text), STATUS_OK);
	assert_int_equal(witness_key_load(&loaded, path.text), STATUS_OK);
	ed25519_public(made, one);
	ed25519_public(loaded, other);
	assert_memory_equal(one, other, sizeof(one));
	assert_int_equal(stat(path.text, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	ed25519_free(made);
	ed25519_free(loaded);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, asker_open, asker_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_to_a_head_that_grew_is_a_cosignature_over_it),
		TEST(what_is_no_request_is_malformed),
		TEST(a_head_of_another_log_is_unknown),
		TEST(a_head_that_the_log_has_not_signed_is_forbidden),
		TEST(who_asks_from_elsewhere_is_told_the_size),
		TEST(another_root_at_the_same_size_is_a_fork),
		TEST(another_past_is_unproven_whatever_proof_comes_with_it),
		TEST(from_nothing_there_is_no_proof),
		TEST(a_smaller_head_that_was_signed_later_is_a_rollback),
		TEST(a_damaged_memory_signs_nothing),
		TEST(what_cannot_be_remembered_is_not_signed),
		TEST(a_witness_that_died_before_it_answered_signs_the_same_head_again),
		TEST(its_key_is_made_once_and_for_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
