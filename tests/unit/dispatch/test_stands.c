/* What was answered once stands, whatever becomes of the group in which it is asked for again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dispatch/office.h"

static enum status reserve_fails;
static enum status commit_fails;

enum status __real_store_reserve(struct store *store);
enum status __wrap_store_reserve(struct store *store);
enum status __real_ledger_commit(struct ledger *ledger);
enum status __wrap_ledger_commit(struct ledger *ledger);

enum status __wrap_store_reserve(struct store *store)
{
	return reserve_fails != STATUS_OK ? reserve_fails : __real_store_reserve(store);
}

enum status __wrap_ledger_commit(struct ledger *ledger)
{
	return commit_fails != STATUS_OK ? commit_fails : __real_ledger_commit(ledger);
}

struct fixture {
	struct office office;
	struct act *first; /* of an item; done */
	struct buf answer; /* its answer then */
};

static struct act *make(struct office *office, const char *title)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	draft.title = title;
	draft.customer = OFFICE_CUSTOMER;
	request.draft = &draft;
	return act_make(office, office->archivist, RPC_item_add, &request.base);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	reserve_fails = commit_fails = STATUS_OK;
	office_open(&fixture->office, 0);
	fixture->first = make(&fixture->office, "购销合同");
	engine_run(fixture->office.engine, &fixture->first, 1);
	assert_int_equal(fixture->first->status, STATUS_OK);
	assert_int_equal(buf_append(&fixture->answer, buf_head(&fixture->first->answer),
				    fixture->first->answer.len),
			 STATUS_OK);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	reserve_fails = commit_fails = STATUS_OK;
	buf_release(&fixture->answer);
	act_free(fixture->first);
	office_close(&fixture->office);
	free(fixture);
	return 0;
}

static void assert_answered(const struct fixture *fixture)
{
	assert_int_equal(fixture->first->status, STATUS_OK);
	assert_int_equal(fixture->first->answer.len, fixture->answer.len);
	assert_memory_equal(buf_head(&fixture->first->answer), buf_head(&fixture->answer),
			    fixture->answer.len);
}

/* Asks again in one batch with an act that is new and a look; their status is the batch's, and
 * nothing of them came about. */
static void asked_again(struct fixture *fixture, enum status others)
{
	struct office *office = &fixture->office;
	uint64_t size = ledger_size(engine_ledger(office->engine));
	struct act *fresh = make(office, "另一份合同");
	struct act look = {.rpc = RPC_item_list, .access = true, .principal = office->archivist};
	struct act *acts[] = {fresh, fixture->first, &look};
	engine_run(office->engine, acts, 3);
	assert_answered(fixture);
	assert_int_equal(fresh->status, others);
	assert_int_equal(look.status, others);
	assert_false(look.entered);
	assert_int_equal(ledger_size(engine_ledger(office->engine)), size);
	buf_release(&look.answer);
	act_free(fresh);
}

static void it_stands_when_the_state_has_no_room(void **state)
{
	struct fixture *fixture = *state;
	reserve_fails = STATUS_STORAGE_FULL;
	asked_again(fixture, STATUS_STORAGE_FULL);
	assert_false(engine_fenced(fixture->office.engine));
}

static void it_stands_when_the_ledger_has_no_room(void **state)
{
	struct fixture *fixture = *state;
	commit_fails = STATUS_STORAGE_FULL;
	asked_again(fixture, STATUS_STORAGE_FULL);
	assert_false(engine_fenced(fixture->office.engine));
}

static void it_stands_in_the_group_that_fences(void **state)
{
	struct fixture *fixture = *state;
	commit_fails = STATUS_STORAGE;
	asked_again(fixture, STATUS_OUTCOME_UNKNOWN);
	assert_true(engine_fenced(fixture->office.engine));
}

/* Behind the fence nobody looks any more: it is not said that it was not done. */
static void behind_the_fence_nothing_is_told_of_it_until_the_next_start(void **state)
{
	struct fixture *fixture = *state;
	commit_fails = STATUS_STORAGE;
	asked_again(fixture, STATUS_OUTCOME_UNKNOWN);
	fixture->first->again = false; /* a request of its own */
	engine_run(fixture->office.engine, &fixture->first, 1);
	assert_int_equal(fixture->first->status, STATUS_OUTCOME_UNKNOWN);
	commit_fails = STATUS_OK;
	office_reopen(&fixture->office, false);
	engine_run(fixture->office.engine, &fixture->first, 1);
	assert_answered(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_stands_when_the_state_has_no_room),
		TEST(it_stands_when_the_ledger_has_no_room),
		TEST(it_stands_in_the_group_that_fences),
		TEST(behind_the_fence_nothing_is_told_of_it_until_the_next_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
