/* A ledger that is not the one that was signed: read, never written, never signed. */
#include "server/dispatch/quarantine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/log.h"
#include "common/path.h"
#include "tests/unit/dispatch/office.h"

#define SLOT_APART 4096
#define LEDGER_MAX (4u << 20)

struct fixture {
	struct office office;
	char *item;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	log_set_level(LOG_LEVEL_ERROR);
	office_open(&fixture->office, LEDGER_SEGMENT_MIN);
	office_add_items(&fixture->office, &fixture->item, 1);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	free(fixture->item);
	office_close(&fixture->office);
	free(fixture);
	return 0;
}

/* ---- helpers ---- */

/* A file of the data directory, as it was. */
struct kept {
	struct path path;
	uint8_t *bytes;
	size_t len;
};

static struct kept keep(const struct office *office, const char *name)
{
	struct kept kept;
	assert_int_equal(path_join(&kept.path, office->data, name), STATUS_OK);
	assert_int_equal(file_get(kept.path.text, LEDGER_MAX, &kept.bytes, &kept.len), STATUS_OK);
	return kept;
}

static void restore(struct kept *kept)
{
	assert_int_equal(file_put(kept->path.text, kept->bytes, kept->len), STATUS_OK);
	free(kept->bytes);
}

static void assert_unchanged(struct kept *kept)
{
	uint8_t *now;
	size_t len;
	assert_int_equal(file_get(kept->path.text, LEDGER_MAX, &now, &len), STATUS_OK);
	assert_int_equal(len, kept->len);
	assert_memory_equal(now, kept->bytes, len);
	free(now);
	free(kept->bytes);
}

#define SEGMENT "ledger/00000000000000000000.seg"
#define HEAD "signer/head"

static void stop(struct office *office)
{
	engine_close(office->engine);
	office->engine = NULL;
}

static void start(struct office *office)
{
	char why[ENGINE_WHY_LEN] = "";
	if (engine_open(&office->engine, office->data, office->config, why) != STATUS_OK)
		fail_msg("%s", why);
}

/* The next start makes the state anew. */
static void forget_state(const struct office *office)
{
	struct path path;
	assert_int_equal(path_join(&path, office->data, "running"), STATUS_OK);
	assert_int_equal(file_put(path.text, "another boot\n", 13), STATUS_OK);
}

static void work(struct fixture *fixture)
{
	act_free(office_borrow(&fixture->office, fixture->item));
	act_free(office_return(&fixture->office, fixture->item));
}

/* Starts: says why, reads, refuses acts and looks, shows no head, changes neither ledger nor
 * memory. Leaves it stopped. */
static void assert_quarantined(struct fixture *fixture, const char *why)
{
	struct office *office = &fixture->office;
	struct signed_head head;
	struct kept segment = keep(office, SEGMENT);
	start(office);
	assert_non_null(strstr(engine_quarantine(office->engine), why));
	signer_head(engine_signer(office->engine), &head);
	assert_int_equal(head.checkpoint_len + head.heartbeat_len, 0);
	struct act *act = office_borrow(office, fixture->item);
	assert_int_equal(act->status, STATUS_QUARANTINE);
	act_free(act);
	struct act look = {.rpc = RPC_item_show, .principal = office->archivist, .access = true};
	engine_run(office->engine, (struct act *[]){&look}, 1);
	assert_int_equal(look.status, STATUS_QUARANTINE);
	assert_false(look.entered);
	buf_release(&look.answer);
	engine_beat(office->engine);
	struct txn *txn = NULL;
	assert_int_equal(store_read(engine_store(office->engine), &txn), STATUS_OK);
	assert_true(table_count(txn, TABLE_principal) >= 2);
	txn_end(txn);
	stop(office);
	assert_unchanged(&segment);
}

static void assert_works(struct fixture *fixture)
{
	start(&fixture->office);
	assert_string_equal(engine_quarantine(fixture->office.engine), "");
	struct act *act = office_borrow(&fixture->office, fixture->item);
	assert_int_equal(act->status, STATUS_OK);
	assert_true(act_is_proven(&fixture->office, act));
	act_free(act);
	act_free(office_return(&fixture->office, fixture->item));
}

/* ---- what is there ---- */

static void a_shorter_ledger_is_not_signed(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	stop(office);
	struct kept yesterday = keep(office, SEGMENT);
	start(office);
	work(fixture);
	stop(office);
	struct kept today = keep(office, SEGMENT);
	struct kept head = keep(office, HEAD);
	restore(&yesterday);
	assert_quarantined(fixture, "bring back the ledger that has them all");
	assert_unchanged(&head);
	restore(&today);
	assert_works(fixture);
}

static void another_ledger_of_the_same_length_is_not_signed(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	stop(office);
	struct kept past = keep(office, SEGMENT);
	struct kept memory = keep(office, HEAD);
	start(office);
	work(fixture);
	stop(office);
	struct kept one = keep(office, HEAD);
	restore(&past);
	restore(&memory);
	forget_state(office);
	start(office);
	work(fixture); /* at another time: another past from here on */
	stop(office);
	restore(&one);
	assert_quarantined(fixture, "in this ledger they have the root");
	start(office);
}

static void a_damaged_last_group_is_kept_and_not_cleared_away(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	work(fixture);
	stop(office);
	struct kept good = keep(office, SEGMENT);
	struct kept bad = keep(office, SEGMENT);
	size_t end = bad.len;
	while (bad.bytes[end - 1] == 0)
		end--;
	bad.bytes[end - 40] ^= 1;
	restore(&bad);
	assert_quarantined(fixture, "whole ones");
	restore(&good);
	assert_works(fixture);
}

static void a_wrong_tree_is_computed_anew_before_the_ledger_is_blamed(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	work(fixture);
	stop(office);
	struct kept tree = keep(office, "ledger/tree");
	for (size_t i = 0; i < tree.len; i++)
		tree.bytes[i] = (uint8_t)(i * 7);
	restore(&tree);
	assert_works(fixture);
}

/* ---- what is remembered ---- */

static void without_a_memory_nothing_is_signed(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct path path;
	stop(office);
	struct kept head = keep(office, HEAD);
	assert_int_equal(path_join(&path, office->data, HEAD), STATUS_OK);
	assert_int_equal(unlink(path.text), 0);
	assert_quarantined(fixture, "is missing beside a ledger");
	head.bytes[30] ^= 1;
	head.bytes[SLOT_APART + 30] ^= 1;
	struct kept again = {.path = head.path, .bytes = head.bytes, .len = head.len};
	assert_int_equal(file_put(head.path.text, head.bytes, head.len), STATUS_OK);
	assert_quarantined(fixture, "is damaged");
	again.bytes[30] ^= 1;
	again.bytes[SLOT_APART + 30] ^= 1;
	restore(&again);
	assert_works(fixture);
}

static void what_was_decided_before_is_not_told_as_refused(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *done = office_borrow(office, fixture->item);
	assert_int_equal(done->status, STATUS_OK);
	act_free(office_return(office, fixture->item));
	stop(office);
	struct kept head = keep(office, HEAD);
	assert_int_equal(unlink(head.path.text), 0);
	start(office);
	engine_run(office->engine, &done, 1);
	assert_int_equal(done->status, STATUS_OUTCOME_UNKNOWN);
	done->key[0] ^= 1;
	engine_run(office->engine, &done, 1);
	assert_int_equal(done->status, STATUS_QUARANTINE);
	act_free(done);
	stop(office);
	restore(&head);
	assert_works(fixture);
}

static void an_empty_memory_beside_entries_is_none(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct path path;
	struct path files[2];
	stop(office);
	assert_int_equal(path_join(&path, office->data, "signer"), STATUS_OK);
	assert_int_equal(path_join(&files[0], office->data, HEAD), STATUS_OK);
	assert_int_equal(path_join(&files[1], office->data, "signer/checkpoints"), STATUS_OK);
	struct kept head = keep(office, HEAD);
	assert_int_equal(unlink(files[0].text) + unlink(files[1].text) + rmdir(path.text), 0);
	assert_int_equal(signer_create(path.text), STATUS_OK);
	assert_quarantined(fixture, "is missing beside a ledger");
	restore(&head);
	assert_works(fixture);
}

static void a_ledger_that_is_longer_is_signed_at_the_start(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct signed_head head;
	stop(office);
	struct kept before = keep(office, HEAD);
	start(office);
	work(fixture);
	uint64_t size = ledger_size(engine_ledger(office->engine));
	stop(office);
	restore(&before);
	start(office);
	assert_string_equal(engine_quarantine(office->engine), "");
	signer_head(engine_signer(office->engine), &head);
	assert_int_equal(head.size, size);
	assert_true(head.heartbeat_len > head.checkpoint_len);
	stop(office);
	assert_works(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_shorter_ledger_is_not_signed),
		TEST(another_ledger_of_the_same_length_is_not_signed),
		TEST(a_damaged_last_group_is_kept_and_not_cleared_away),
		TEST(a_wrong_tree_is_computed_anew_before_the_ledger_is_blamed),
		TEST(without_a_memory_nothing_is_signed),
		TEST(what_was_decided_before_is_not_told_as_refused),
		TEST(an_empty_memory_beside_entries_is_none),
		TEST(a_ledger_that_is_longer_is_signed_at_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
