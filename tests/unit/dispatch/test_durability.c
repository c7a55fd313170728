/* What a start may believe, and what a crash may not change. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/date.h"
#include "common/file.h"
#include "common/path.h"
#include "server/dispatch/replay.h"
#include "server/dispatch/snapshot.h"
#include "tests/unit/dispatch/office.h"

#define HOUR (INT64_C(3600) * 1000000)
#define MAP_SIZE (64u << 20)
#define PHANTOM 7777 /* principal of a row that the ledger does not know */

static int64_t clock_moved; /* how far the clock is off */

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);

int64_t __wrap_clock_now(void)
{
	return __real_clock_now() + clock_moved;
}

struct fixture {
	struct office office;
	char *item;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	clock_moved = 0;
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

static struct path inside(const struct office *office, const char *name)
{
	struct path path;
	assert_int_equal(path_join(&path, office->data, name), STATUS_OK);
	return path;
}

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

static void start_as_another_boot(struct office *office)
{
	stop(office);
	assert_int_equal(file_put(inside(office, "running").text, "another boot\n", 13), STATUS_OK);
	start(office);
}

static const uint8_t phantom_key[ENTRY_KEY_LEN] = {7};

/* Puts a row into a state, which stays well formed and small. */
static void add_phantom(const char *directory)
{
	struct store *store = NULL;
	struct txn *txn = NULL;
	char why[STORE_WHY_LEN] = "";
	assert_int_equal(store_open(&store, directory, STORE_WRITE, MAP_SIZE, why), STATUS_OK);
	assert_int_equal(store_write(store, &txn), STATUS_OK);
	seen_put(txn, PHANTOM, phantom_key, 1);
	assert_int_equal(txn_commit(txn), STATUS_OK);
	assert_int_equal(store_sync(store), STATUS_OK);
	store_close(store);
}

static bool has_phantom(struct office *office)
{
	struct txn *txn = NULL;
	uint64_t sequence = 0;
	assert_int_equal(store_read(engine_store(office->engine), &txn), STATUS_OK);
	bool has = seen_get(txn, PHANTOM, phantom_key, &sequence);
	txn_end(txn);
	return has;
}

static uint64_t take_snapshot(struct office *office)
{
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	assert_int_equal(
		snapshot_take(engine_store(office->engine), office->data, 5, &sequence, why),
		STATUS_OK);
	return sequence;
}

static void print_difference(void *context, const char *text)
{
	(void)context;
	print_error("%s\n", text);
}

/* ---- what a start believes ---- */

static void the_running_mark_is_there_exactly_while_it_runs(void **state)
{
	struct office *office = &((struct fixture *)*state)->office;
	struct path running = inside(office, "running");
	uint8_t *mark = NULL;
	uint8_t *boot = NULL;
	size_t len = 0;
	assert_int_equal(file_get(running.text, 100, &mark, &len), STATUS_OK);
	assert_int_equal(file_get("/proc/sys/kernel/random/boot_id", 100, &boot, &len), STATUS_OK);
	assert_string_equal((const char *)mark, (const char *)boot);
	free(mark);
	free(boot);
	stop(office);
	assert_int_not_equal(access(running.text, F_OK), 0);
	start(office);
	assert_int_equal(access(running.text, F_OK), 0);
}

static void the_state_of_another_boot_is_thrown_away(void **state)
{
	struct office *office = &((struct fixture *)*state)->office;
	stop(office);
	add_phantom(inside(office, "state").text);
	start(office);
	assert_true(
		has_phantom(office)); /* this boot's state is believed: else this tests nothing */
	start_as_another_boot(office);
	assert_false(has_phantom(office));
}

/* A tree's file in which all is right but the entries. */
static void put_foreign_tree(const struct office *office, uint64_t size)
{
	uint8_t nodes[MERKLE_PEAKS_MAX][HASH_LEN];
	uint8_t leaf[HASH_LEN] = {1};
	struct hash *hash = hash_new();
	struct merkle tree;
	uint64_t at = 0;
	int fd;
	assert_int_equal(file_open(inside(office, "ledger/tree").text, O_RDWR, &fd), STATUS_OK);
	merkle_init(&tree);
	while (tree.size < size) {
		size_t count = merkle_grow(&tree, hash, leaf, nodes);
		assert_int_equal(file_write_at(fd, nodes, count * HASH_LEN, at), STATUS_OK);
		at += count * HASH_LEN;
	}
	close(fd);
	hash_free(hash);
}

static void a_tree_that_is_of_other_entries_is_computed_anew(void **state)
{
	struct office *office = &((struct fixture *)*state)->office;
	uint8_t root[HASH_LEN];
	struct merkle_edge edge;
	uint64_t size = ledger_size(engine_ledger(office->engine));
	assert_int_equal(ledger_edge(engine_ledger(office->engine), size, &edge), STATUS_OK);
	memcpy(root, merkle_edge_root(&edge), HASH_LEN);
	for (int i = 0; i < 2; i++) {
		stop(office);
		put_foreign_tree(office, size);
		if (i > 0)
			assert_int_equal(
				file_put(inside(office, "running").text, "another boot\n", 13),
				STATUS_OK);
		start(office);
		assert_string_equal(engine_quarantine(office->engine), "");
		assert_int_equal(ledger_edge(engine_ledger(office->engine), size, &edge),
				 STATUS_OK);
		assert_memory_equal(merkle_edge_root(&edge), root, HASH_LEN);
	}
}

static void a_snapshot_that_its_digest_does_not_know_is_not_used(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	char name[64];
	snprintf(name, sizeof(name), "snapshots/%020llu",
		 (unsigned long long)take_snapshot(office));
	add_phantom(inside(office, name).text);
	assert_int_equal(unlink(inside(office, strcat(name, "/lock.mdb")).text), 0);
	start_as_another_boot(office);
	assert_false(has_phantom(office));
}

static void a_snapshot_that_is_whole_is_the_start(void **state)
{
	struct office *office = &((struct fixture *)*state)->office;
	stop(office);
	add_phantom(inside(office, "state").text);
	start(office);
	take_snapshot(office);
	start_as_another_boot(office);
	assert_true(has_phantom(office)); /* it was in the snapshot when that was sealed */
}

/* ---- what a crash does not change ---- */

static void a_repeated_key_answers_the_same_also_after_another_boot(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *acts[] = {office_borrow(office, fixture->item),
			      office_borrow(office, fixture->item)};
	uint64_t size = ledger_size(engine_ledger(office->engine));
	assert_int_equal(acts[0]->status, STATUS_OK);
	assert_int_equal(acts[1]->status, STATUS_ON_LOAN);
	start_as_another_boot(office);
	for (int i = 0; i < 2; i++) {
		struct act again = *acts[i];
		again.answer = BUF_EMPTY;
		engine_run(office->engine, (struct act *[]){&again}, 1);
		assert_int_equal(again.status, acts[i]->status);
		assert_true(act_same_answer(&again, acts[i]));
		assert_true(act_is_proven(office, &again));
		buf_release(&again.answer);
		act_free(acts[i]);
	}
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
}

/* A refusal that is entered: the customer is not there. */
static void try_to_add_an_item(struct office *office)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	draft.title = "购销合同";
	draft.customer = "nobody";
	request.draft = &draft;
	uint64_t size = ledger_size(engine_ledger(office->engine));
	struct act *act = act_run(office, office->archivist, RPC_item_add, &request.base);
	assert_int_equal(act->status, STATUS_NOT_FOUND);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size + 1);
	act_free(act);
}

/* Acts done and refused, then the state from the entries alone, beside the one in use. */
static void replaying_the_ledger_gives_the_same_bytes(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct store *beside = NULL;
	struct txn *left = NULL;
	struct txn *right = NULL;
	char why[STORE_WHY_LEN] = "";
	for (int i = 0; i < 10; i++) {
		act_free(office_borrow(office, fixture->item));
		act_free(office_borrow(office, fixture->item));
		act_free(office_return(office, fixture->item));
	}
	try_to_add_an_item(office);
	struct path path = inside(office, "beside");
	assert_int_equal(store_create(path.text), STATUS_OK);
	assert_int_equal(store_open(&beside, path.text, STORE_WRITE, 0, why), STATUS_OK);
	assert_int_equal(
		replay_run(beside, engine_ledger(office->engine), UINT64_MAX, NULL, NULL, why),
		STATUS_OK);
	assert_int_equal(store_read(beside, &left), STATUS_OK);
	assert_int_equal(store_read(engine_store(office->engine), &right), STATUS_OK);
	assert_int_equal(store_compare(left, right, print_difference, NULL), 0);
	txn_end(left);
	txn_end(right);
	store_close(beside);
}

/* ---- time ---- */

static int64_t time_of(const struct act *act)
{
	Pb__BorrowReply *reply = (Pb__BorrowReply *)(void *)act_reply(act);
	int64_t time = reply->outcomes[0]->loan->lent_at;
	pb__borrow_reply__free_unpacked(reply, NULL);
	return time;
}

static void time_in_the_ledger_never_goes_back(void **state)
{
	struct fixture *fixture = *state;
	struct office *office = &fixture->office;
	struct act *before = office_borrow(office, fixture->item);
	act_free(office_return(office, fixture->item));
	clock_moved = -HOUR;
	struct act *after = office_borrow(office, fixture->item);
	act_free(office_return(office, fixture->item));
	assert_true(time_of(after) >= time_of(before));
	start_as_another_boot(office);
	struct act *later = office_borrow(office, fixture->item);
	assert_true(time_of(later) >= time_of(after));
	act_free(before);
	act_free(after);
	act_free(later);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_running_mark_is_there_exactly_while_it_runs),
		TEST(the_state_of_another_boot_is_thrown_away),
		TEST(a_tree_that_is_of_other_entries_is_computed_anew),
		TEST(a_snapshot_that_its_digest_does_not_know_is_not_used),
		TEST(a_snapshot_that_is_whole_is_the_start),
		TEST(a_repeated_key_answers_the_same_also_after_another_boot),
		TEST(replaying_the_ledger_gives_the_same_bytes),
		TEST(time_in_the_ledger_never_goes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
