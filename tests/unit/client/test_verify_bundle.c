/* What is said of a bundle whose every hash is right: what it leaves out is told, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/cli/run.h"
#include "common/file.h"
#include "common/path.h"
#include "tests/lib/cosigners.h"
#include "tests/lib/press.h"
#include "tests/unit/client/capture.h"
#include "tests/unit/client/folder.h"

#define FROM 3
#define TO 8
#define HEAD 9
#define LATE UINT64_C(32503680000) /* 3000-01-01 */

struct world {
	void *folder;
	struct press press;
	struct cosigner witness;
	char vkey[NOTE_VKEY_MAX + 1];
	struct path bundle;
	struct path policy;
	struct capture capture;
};

static void press_witnessed(struct press *press, const struct cosigner *witness, uint64_t size)
{
	struct buf note = BUF_EMPTY;

	press_note(press, size, 0, &note);
	cosigner_line(witness, &note, (uint64_t)press_time(size) / 1000000, &note);
	press_signed(press, size, &note);
	buf_release(&note);
}

/* Entries 3 to 7, one of them a hash alone and one erased, of a ledger of nine, dated in a time to
 * come; the witness has seen four. */
static void press_bundle(struct world *world)
{
	static const int kinds[HEAD] = {[3] = BUNDLE_FULL,
					[4] = BUNDLE_LEAF,
					[5] = BUNDLE_ERASED,
					[6] = BUNDLE_HEADER,
					[7] = BUNDLE_FULL};
	struct press *press = &world->press;

	assert_int_equal(path_join(&world->bundle, world->folder, "bundle"), STATUS_OK);
	press_init(press, fopen(world->bundle.text, "we"));
	note_key_format(&press->key, world->vkey);
	for (uint64_t i = 0; i < TO; i++) {
		if (i == FROM)
			press_begin(press);
		press_loan(press, kinds[i], 100 + i, 100 + i, 1);
	}
	press_close(press);
	press_loan(press, 0, 108, 108, 1);
	press_head(press, HEAD, 0);
	press_head(press, TO, LATE);
	press_witnessed(press, &world->witness, 4);
	press_end(press, false);
	fclose(press->to);
}

static int open_world(void **state)
{
	static struct world world;

	world = (struct world){0};
	cosigner_init(&world.witness, "witness.example/w", NOTE_COSIGNATURE);
	capture_init(&world.capture);
	*state = &world;
	if (folder_make(&world.folder) != 0)
		return 1;
	press_bundle(&world);
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	capture_release(&world->capture);
	press_release(&world->press);
	cosigner_release(&world->witness);
	return folder_drop(&world->folder);
}

/* ledger verify BUNDLE --replay and two words more. */
static enum status verify(struct world *world, const char *option, const char *value)
{
	char words[][9] = {"ledger", "verify", "--replay"};
	char *argv[] = {words[0],
			words[1],
			world->bundle.text,
			words[2],
			(char *)(uintptr_t)option,
			(char *)(uintptr_t)value};
	enum status status = cli_run(&world->capture.cli, argv, 6);

	capture_flush(&world->capture);
	return status;
}

static enum status verify_by(struct world *world, const char *format)
{
	char witness[NOTE_VKEY_MAX + 1];
	char text[1024];
	int len;

	note_key_format(&world->witness.key, witness);
	len = snprintf(text, sizeof(text), "log %s\nwitness w %s\nquorum %s\n", world->vkey,
		       witness, format);
	assert_int_equal(path_join(&world->policy, world->folder, "policy"), STATUS_OK);
	assert_int_equal(file_put(world->policy.text, text, (size_t)len), STATUS_OK);
	return verify(world, "--policy", world->policy.text);
}

static void says(const struct world *world, const char *words)
{
	if (strstr(world->capture.out, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, world->capture.out);
}

static void what_the_bundle_leaves_out_is_told(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, "--key", world->vkey), STATUS_OK);
	says(world, "anything of the 3 entries before it");
	says(world, "anything of the 1 entries after it");
	says(world, "anything of 1 entries but that they are there");
	says(world, "no act of erasure about them is here");
	says(world, "whether what is left of 1 entries is what stood there");
	says(world, "whether items moved in the 1 entries");
}

static void a_head_that_is_dated_in_a_time_to_come_makes_nothing_new(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, "--key", world->vkey), STATUS_OK);
	says(world, "which is yet to come");
	assert_null(strstr(world->capture.out, "days ago"));
}

static void what_the_witnesses_have_not_seen_is_told(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify_by(world, "w"), STATUS_OK);
	says(world, "whether others were shown its last 4 entries: the witnesses have seen the "
		    "first 4");
}

static void a_policy_that_asks_for_nobody_proves_nothing_of_others(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify_by(world, "none"), STATUS_OK);
	says(world, "whether others were shown the same ledger");
	assert_null(strstr(world->capture.out, "as many as the policy asks for"));
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(what_the_bundle_leaves_out_is_told),
		in_world(a_head_that_is_dated_in_a_time_to_come_makes_nothing_new),
		in_world(what_the_witnesses_have_not_seen_is_told),
		in_world(a_policy_that_asks_for_nobody_proves_nothing_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
