/* Several processes of one profile at its past. */
#include "client/lib/past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/client/pastworld.h"

/* Is shown 10 entries when another process has already kept the head of 12. */
static void fall_behind(struct world *world, struct past *slow)
{
	assert_int_equal(past_load(slow, &world->trust, world->folder), STATUS_OK);
	keep(world, 12);
	assert_int_equal(meet_past(world, slow, 10, 0), STATUS_OK);
	assert_int_equal(past_save(slow), STATUS_STALE);
}

static void of_two_processes_the_later_must_join_the_head_of_the_faster(void **state)
{
	struct world *world = *state;
	struct past slow;

	keep(world, 4);
	fall_behind(world, &slow);
	assert_true(past_is_open(&slow));
	assert_int_equal(kept_size(world), 12);
	assert_int_equal(meet_past(world, &slow, 13, 0), STATUS_OK);
	assert_int_equal(past_save(&slow), STATUS_OK);
	assert_int_equal(kept_size(world), 13);
	past_release(&slow);
}

/* A server may keep silent when it is asked for the join. */
static void a_head_that_is_not_joined_never_takes_the_place_of_a_newer_one(void **state)
{
	struct world *world = *state;
	struct past slow;

	keep(world, 4);
	fall_behind(world, &slow);
	assert_int_equal(past_save(&slow), STATUS_STALE);
	assert_int_equal(kept_size(world), 12);
	past_release(&slow);
}

static void a_newer_head_is_not_overwritten_because_its_receipt_waits_to_be_joined(void **state)
{
	struct world *world = *state;
	struct past slow;

	keep(world, 4);
	assert_int_equal(past_load(&slow, &world->trust, world->folder), STATUS_OK);
	file_receipt(world, 12, 0);
	keep(world, 12);
	assert_int_equal(meet_past(world, &slow, 10, 0), STATUS_OK);
	assert_true(past_is_open(&slow));
	assert_int_equal(past_save(&slow), STATUS_STALE);
	assert_int_equal(kept_size(world), 12);
	assert_int_equal(meet_past(world, &slow, 13, 0), STATUS_OK);
	assert_int_equal(past_save(&slow), STATUS_OK);
	assert_int_equal(kept_size(world), 13);
	past_release(&slow);
}

static void two_processes_that_are_shown_two_histories_notice(void **state)
{
	struct world *world = *state;
	struct past slow;

	assert_int_equal(past_load(&slow, &world->trust, world->folder), STATUS_OK);
	keep(world, 12);
	assert_int_equal(meet_past(world, &slow, 10, 1), STATUS_OK);
	assert_int_equal(past_save(&slow), STATUS_STALE);
	assert_int_equal(meet_past(world, &slow, 13, 1), STATUS_PROOF);
	assert_int_equal(slow.fault, PAST_FORKED);
	assert_int_equal(kept_size(world), 12);
	past_release(&slow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(of_two_processes_the_later_must_join_the_head_of_the_faster),
		in_world(a_head_that_is_not_joined_never_takes_the_place_of_a_newer_one),
		in_world(a_newer_head_is_not_overwritten_because_its_receipt_waits_to_be_joined),
		in_world(two_processes_that_are_shown_two_histories_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
