/* The engine: one path for every act, and what survives a restart. */
#include "server/dispatch/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/path.h"
#include "server/dispatch/snapshot.h"
#include "tests/unit/dispatch/office.h"

#define ITEMS 5

struct fixture {
	struct office office;
	char *items[ITEMS];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	office_open(&fixture->office, LEDGER_SEGMENT_MIN);
	office_add_items(&fixture->office, fixture->items, ITEMS);
	*state = fixture;
	return 0;
}

static void count_wrong(void *context, const char *text)
{
	(void)context;
	print_error("%s\n", text);
}

static void assert_state_whole(struct office *office)
{
	struct txn *txn = NULL;
	assert_int_equal(store_read(engine_store(office->engine), &txn), STATUS_OK);
	assert_int_equal(store_check(txn, count_wrong, NULL), 0);
	txn_end(txn);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	assert_state_whole(&fixture->office);
	for (int i = 0; i < ITEMS; i++)
		free(fixture->items[i]);
	office_close(&fixture->office);
	free(fixture);
	return 0;
}

static void an_act_is_one_entry_and_its_answer_carries_the_entry(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = ledger_size(engine_ledger(fixture->office.engine));
	struct act *act = office_borrow(&fixture->office, fixture->items[0]);
	assert_int_equal(act->status, STATUS_OK);
	assert_int_equal(act_sequence(act), before);
	assert_int_equal(ledger_size(engine_ledger(fixture->office.engine)), before + 1);
	act_free(act);
}

static void a_second_borrower_is_told_who_has_it_and_that_is_an_entry(void **state)
{
	struct fixture *fixture = *state;
	act_free(office_borrow(&fixture->office, fixture->items[0]));
	uint64_t before = ledger_size(engine_ledger(fixture->office.engine));
	struct act *act = office_borrow(&fixture->office, fixture->items[0]);
	assert_int_equal(act->status, STATUS_ON_LOAN);
	Pb__Refusal *refusal = pb__refusal__unpack(NULL, act->answer.len, buf_head(&act->answer));
	assert_non_null(refusal);
	assert_string_equal(refusal->reason, "item_on_loan");
	assert_string_equal(refusal->holder, "王芳");
	assert_true(refusal->since > 0 && refusal->due > 0);
	assert_true(refusal->entered);
	assert_int_equal(refusal->sequence, before);
	assert_int_equal(ledger_size(engine_ledger(fixture->office.engine)), before + 1);
	pb__refusal__free_unpacked(refusal, NULL);
	act_free(act);
}

/* Runs a copy of the act (same key) and asserts that it answers the same, with a proof. */
static void assert_same_answer(struct office *office, const struct act *act)
{
	struct act again = *act;
	again.answer = BUF_EMPTY;
	again.status = STATUS_OK;
	engine_run(office->engine, (struct act *[]){&again}, 1);
	assert_int_equal(again.status, act->status);
	assert_true(act_same_answer(&again, act));
	assert_true(act_is_proven(office, &again));
	buf_release(&again.answer);
}

static void a_repeated_key_answers_the_same_also_after_restarts(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *done = office_borrow(office, fixture->items[0]);
	struct act *refused = office_borrow(office, fixture->items[0]);
	uint64_t size = ledger_size(engine_ledger(office->engine));
	for (int round = 0; round < 3; round++) {
		assert_same_answer(office, done);
		assert_same_answer(office, refused);
		assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
		office_reopen(office, round == 0);
	}
	act_free(done);
	act_free(refused);
}

static void a_repeated_key_in_the_same_batch_runs_once(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *first = office_borrow(office, fixture->items[0]);
	act_free(first);
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	const char *item = fixture->items[0];
	request.items = &item;
	request.n_items = 1;
	struct act *left = act_make(office, office->archivist, RPC_return, &request.base);
	struct act *right = act_make(office, office->archivist, RPC_return, &request.base);
	memcpy(right->key, left->key, ENTRY_KEY_LEN);
	uint64_t size = ledger_size(engine_ledger(office->engine));
	engine_run(office->engine, (struct act *[]){left, right}, 2);
	assert_int_equal(left->status, STATUS_OK);
	assert_int_equal(right->status, STATUS_OK);
	assert_int_equal(left->answer.len, right->answer.len);
	assert_memory_equal(buf_head(&left->answer), buf_head(&right->answer), left->answer.len);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size + 1);
	act_free(left);
	act_free(right);
}

static void a_key_used_for_another_request_is_refused_and_not_entered(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *done = office_borrow(office, fixture->items[0]);
	uint64_t size = ledger_size(engine_ledger(office->engine));
	office->next_key--; /* the key of the borrow again */
	struct act *other = office_borrow(office, fixture->items[1]);
	assert_int_equal(other->status, STATUS_IDEMPOTENCY_MISMATCH);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
	act_free(done);
	act_free(other);
}

static void another_principal_with_the_same_key_never_sees_the_answer(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *done = office_borrow(office, fixture->items[0]);
	struct act theirs = *done;
	theirs.answer = BUF_EMPTY;
	theirs.principal = OFFICE_OFFICER;
	engine_run(office->engine, (struct act *[]){&theirs}, 1);
	assert_int_equal(theirs.status, STATUS_DENIED);
	buf_release(&theirs.answer);
	act_free(done);
}

static void a_dry_run_checks_and_leaves_no_trace(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	uint64_t size = ledger_size(engine_ledger(office->engine));
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	const char *item = fixture->items[0];
	request.items = &item;
	request.n_items = 1;
	request.borrower = "archivist";
	request.purpose = "核对";
	struct act *act = act_make(office, office->archivist, RPC_borrow, &request.base);
	act->dry_run = true;
	engine_run(office->engine, &act, 1);
	assert_int_equal(act->status, STATUS_OK);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
	act_free(act);
	act = office_borrow(office, item);
	assert_int_equal(act->status, STATUS_OK);
	act_free(act);
}

static void malformed_requests_are_refused_and_not_entered(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	uint64_t size = ledger_size(engine_ledger(office->engine));
	static const uint8_t garbage[] = {0x0a, 0xff, 0x01};
	struct act act = {
		.rpc = RPC_borrow,
		.principal = office->archivist,
		.key = {1},
		.request = garbage,
		.request_len = sizeof(garbage),
	};
	engine_run(office->engine, (struct act *[]){&act}, 1);
	assert_int_equal(act.status, STATUS_MESSAGE_INVALID);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
	buf_release(&act.answer);
}

/* ---- recovery ---- */

static uint64_t state_bytes_root(struct office *office, uint8_t root[static HASH_LEN])
{
	struct mark mark;
	struct txn *txn = NULL;
	struct hash *hash = hash_new();
	assert_int_equal(store_read(engine_store(office->engine), &txn), STATUS_OK);
	mark_get(txn, &mark);
	txn_end(txn);
	merkle_root(&mark.tree, hash, root);
	hash_free(hash);
	return mark.tree.size;
}

static void pretend_another_boot(struct office *office)
{
	struct path running;
	engine_close(office->engine);
	assert_int_equal(path_join(&running, office->data, "running"), STATUS_OK);
	assert_int_equal(file_put(running.text, "another boot\n", 13), STATUS_OK);
}

static void open_again(struct office *office)
{
	char why[ENGINE_WHY_LEN] = "";
	enum status status = engine_open(&office->engine, office->data, office->config, why);
	if (status != STATUS_OK)
		fail_msg("%s", why);
}

static void after_another_boot_the_state_is_rebuilt_from_the_ledger(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	uint8_t before[HASH_LEN];
	uint8_t after[HASH_LEN];
	act_free(office_borrow(office, fixture->items[0]));
	uint64_t size = state_bytes_root(office, before);
	pretend_another_boot(office);
	open_again(office);
	assert_int_equal(state_bytes_root(office, after), size);
	assert_memory_equal(before, after, HASH_LEN);
	struct act *act = office_borrow(office, fixture->items[0]);
	assert_int_equal(act->status, STATUS_ON_LOAN);
	act_free(act);
}

static void after_another_boot_the_newest_whole_snapshot_is_the_start(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t first = 0;
	uint64_t second = 0;
	assert_int_equal(snapshot_take(engine_store(office->engine), office->data, 5, &first, why),
			 STATUS_OK);
	act_free(office_borrow(office, fixture->items[0]));
	assert_int_equal(snapshot_take(engine_store(office->engine), office->data, 5, &second, why),
			 STATUS_OK);
	assert_int_equal(second, first + 1);
	assert_int_equal(snapshot_take(engine_store(office->engine), office->data, 5, &second, why),
			 STATUS_CONFLICT);
	/* Damage the newest: it must be noticed and passed over. */
	char name[128];
	int fd = -1;
	snprintf(name, sizeof(name), "%s/snapshots/%020llu/data.mdb", office->data,
		 (unsigned long long)second);
	assert_int_equal(file_open(name, 1 /* O_WRONLY */, &fd), STATUS_OK);
	assert_int_equal(file_write_at(fd, "x", 1, 5000), STATUS_OK);
	act_free(office_return(office, fixture->items[0]));
	pretend_another_boot(office);
	open_again(office);
	struct act *act = office_borrow(office, fixture->items[0]);
	assert_int_equal(act->status, STATUS_OK);
	act_free(act);
}

/* Gives the snapshot a data file that is no state of ours, with a digest that fits it. */
static void make_foreign(const struct office *office, uint64_t sequence)
{
	char name[128];
	uint8_t digest[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	static const char foreign[] = "made by another program";
	snprintf(name, sizeof(name), "%s/snapshots/%020llu/data.mdb", office->data,
		 (unsigned long long)sequence);
	assert_int_equal(file_put(name, foreign, sizeof(foreign)), STATUS_OK);
	hash_of(foreign, sizeof(foreign), digest);
	hex_encode(digest, HASH_LEN, hex);
	snprintf(name, sizeof(name), "%s/snapshots/%020llu/sha256", office->data,
		 (unsigned long long)sequence);
	assert_int_equal(file_put(name, hex, strlen(hex)), STATUS_OK);
}

static void a_snapshot_of_another_format_is_no_obstacle(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	assert_int_equal(
		snapshot_take(engine_store(office->engine), office->data, 5, &sequence, why),
		STATUS_OK);
	make_foreign(office, sequence);
	act_free(office_borrow(office, fixture->items[0]));
	pretend_another_boot(office);
	open_again(office);
	struct act *act = office_borrow(office, fixture->items[0]);
	assert_int_equal(act->status, STATUS_ON_LOAN);
	act_free(act);
}

static void a_second_process_cannot_open_the_directory(void **state)
{
	struct fixture *fixture = *state;
	struct engine *other = NULL;
	char why[ENGINE_WHY_LEN] = "";
	assert_int_equal(engine_open(&other, fixture->office.data, fixture->office.config, why),
			 STATUS_BUSY);
}

static void many_segments_later_all_is_there(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	for (int i = 0; i < 4000; i++) {
		struct act *act = i % 2 == 0 ? office_borrow(office, fixture->items[1])
					     : office_return(office, fixture->items[1]);
		assert_int_equal(act->status, STATUS_OK);
		act_free(act);
	}
	uint64_t size = ledger_size(engine_ledger(office->engine));
	pretend_another_boot(office);
	open_again(office);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_act_is_one_entry_and_its_answer_carries_the_entry),
		TEST(a_second_borrower_is_told_who_has_it_and_that_is_an_entry),
		TEST(a_repeated_key_answers_the_same_also_after_restarts),
		TEST(a_repeated_key_in_the_same_batch_runs_once),
		TEST(a_key_used_for_another_request_is_refused_and_not_entered),
		TEST(another_principal_with_the_same_key_never_sees_the_answer),
		TEST(a_dry_run_checks_and_leaves_no_trace),
		TEST(malformed_requests_are_refused_and_not_entered),
		TEST(after_another_boot_the_state_is_rebuilt_from_the_ledger),
		TEST(after_another_boot_the_newest_whole_snapshot_is_the_start),
		TEST(a_snapshot_of_another_format_is_no_obstacle),
		TEST(a_second_process_cannot_open_the_directory),
		TEST(many_segments_later_all_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
