/* A round of the sweep comes by every session, whatever the desk does meanwhile. In place of desk,
 * sessions and loop stands what the sweep needs of them. */
#include "server/session/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/session/desk.h"
#include "server/session/session.h"

#define FIRST 32
#define MOST (8 * FIRST)

struct office {
	struct desk desk; /* first: session_judge() finds the office by it */
	struct session sessions[MOST];
	struct place places[MOST];
	unsigned judged[MOST];
	struct loop_task *posted;
};

void loop_post(struct loop *loop, struct loop_task *task)
{
	struct office *office = (struct office *)(void *)loop;

	assert_null(office->posted);
	office->posted = task;
}

enum status session_judge(struct session *session, bool trust)
{
	struct office *office = (struct office *)(void *)session->desk;

	(void)trust;
	office->judged[session - office->sessions]++;
	return STATUS_OK;
}

uint64_t dispatch_accounts(const struct dispatch *dispatch)
{
	(void)dispatch;
	return 0;
}

int64_t desk_now(const struct desk *desk)
{
	(void)desk;
	return 0;
}

void conn_drop(struct conn *conn)
{
	(void)conn;
}

/* Places for that many, the new ones with sessions that have greeted. */
static void grow(struct office *office, uint32_t count)
{
	for (uint32_t i = office->desk.count; i < count; i++) {
		office->sessions[i] =
			(struct session){.desk = &office->desk, .state = SESSION_READY};
		office->places[i].session = &office->sessions[i];
	}
	office->desk.count = count;
}

static bool run_turn(struct office *office)
{
	struct loop_task *task = office->posted;

	office->posted = NULL;
	if (task != NULL)
		task->run(task);
	return task != NULL;
}

static void run_round(struct office *office)
{
	while (run_turn(office))
		;
}

static void forget(struct office *office)
{
	for (size_t i = 0; i < MOST; i++)
		office->judged[i] = 0;
}

static int set_up(void **state)
{
	struct office *office = calloc(1, sizeof(*office));

	assert_non_null(office);
	office->desk.loop = (struct loop *)(void *)office;
	office->desk.places = office->places;
	sweep_init(&office->desk.sweep, &office->desk);
	grow(office, FIRST);
	*state = office;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void each_session_is_judged_once(void **state)
{
	struct office *office = *state;

	sweep_start(&office->desk.sweep, true);
	run_round(office);
	for (size_t i = 0; i < FIRST; i++)
		assert_int_equal(office->judged[i], 1);
}

/* A round begins where the last one ended, and that is in the middle once the desk has grown. */
static void a_desk_that_grows_under_way_hides_nobody(void **state)
{
	struct office *office = *state;

	sweep_start(&office->desk.sweep, true);
	run_round(office);
	grow(office, 2 * FIRST);
	forget(office);
	sweep_start(&office->desk.sweep, true);
	assert_true(run_turn(office));
	grow(office, MOST);
	run_round(office);
	for (size_t i = 0; i < 2 * FIRST; i++)
		assert_int_equal(office->judged[i], 1);
}

static void a_round_that_begins_anew_under_way_also_comes_by_who_came_meanwhile(void **state)
{
	struct office *office = *state;

	sweep_start(&office->desk.sweep, true);
	assert_true(run_turn(office));
	grow(office, MOST);
	forget(office);
	sweep_start(&office->desk.sweep, false);
	run_round(office);
	for (size_t i = 0; i < MOST; i++)
		assert_int_equal(office->judged[i], 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_session_is_judged_once),
		TEST(a_desk_that_grows_under_way_hides_nobody),
		TEST(a_round_that_begins_anew_under_way_also_comes_by_who_came_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
