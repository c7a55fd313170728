#include "server/session/ration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PLACES 64
#define MANY 100000 /* keys */
#define START (1000 * RATION_SECOND)

static int set_up(void **state)
{
	static struct rations rations;

	assert_int_equal(rations_init(&rations, PLACES), STATUS_OK);
	*state = &rations;
	return 0;
}

static int tear_down(void **state)
{
	rations_release(*state);
	return 0;
}

/* As many tokens as it gives at that time, one by one. */
static unsigned take_all(struct ration *ration, uint64_t rate, uint64_t burst, int64_t now)
{
	unsigned taken = 0;

	while (ration_take(ration, rate, burst, now))
		taken++;
	return taken;
}

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
	struct ration *ration = rations_get(*state, 7, START);

	assert_int_equal(take_all(ration, 20, 300, START), 300);
	assert_int_equal(take_all(ration, 20, 300, START + RATION_SECOND / 20 - 1), 0);
	assert_int_equal(take_all(ration, 20, 300, START + RATION_SECOND / 20), 1);
	assert_int_equal(take_all(ration, 20, 300, START + RATION_SECOND), 19);
	assert_int_equal(take_all(ration, 20, 300, START + 3 * RATION_SECOND), 40);
	assert_int_equal(take_all(ration, 20, 300, START + 1000 * RATION_SECOND), 300);
}

static void a_clock_that_another_thread_saw_earlier_does_no_harm(void **state)
{
	struct ration *ration = rations_get(*state, 7, START);

	assert_int_equal(take_all(ration, 10, 10, START), 10);
	assert_int_equal(take_all(ration, 10, 10, START - RATION_SECOND), 0);
	assert_int_equal(take_all(ration, 10, 10, START + RATION_SECOND), 10);
}

static void a_smaller_bucket_forgives_what_a_larger_one_gave(void **state)
{
	struct ration *ration = rations_get(*state, 7, START);

	assert_int_equal(take_all(ration, 1, 1000, START), 1000);
	assert_int_equal(take_all(ration, 10, 10, START), 0);
	assert_false(ration_take(ration, 10, 10, START + RATION_SECOND / 2));
	assert_true(ration_take(ration, 1, 1000, START + RATION_SECOND));
}

static void each_key_has_a_bucket_of_its_own(void **state)
{
	for (uint64_t key = 0; key < PLACES; key++)
		assert_int_equal(take_all(rations_get(*state, key, START), 1, 2 + key, START),
				 2 + key);
	for (uint64_t key = 0; key < PLACES; key++)
		assert_false(ration_take(rations_get(*state, key, START), 1, 2 + key, START));
}

static void a_hundred_thousand_keys_need_no_place_more(void **state)
{
	struct rations *rations = *state;
	unsigned kept = 0;

	for (uint64_t key = 0; key < MANY; key++) {
		struct ration *ration = rations_get(rations, key, START);

		assert_true(ration >= rations->places + 1);
		assert_true(ration <= rations->places + PLACES);
		assert_int_equal(ration->key, key);
		assert_ptr_equal(rations_find(rations, key), ration);
	}
	for (uint64_t key = 0; key < MANY; key++)
		kept += rations_find(rations, key) != NULL;
	assert_int_equal(kept, PLACES);
	assert_int_equal(rations->used, PLACES);
	assert_non_null(rations_find(rations, MANY - PLACES)); /* the newest */
	assert_null(rations_find(rations, MANY - PLACES - 1));
}

static void the_oldest_full_bucket_is_forgotten_not_an_older_empty_one(void **state)
{
	struct rations *rations = *state;

	(void)take_all(rations_get(rations, 1, START), 1, 100, START);
	for (uint64_t key = 2; key <= PLACES; key++)
		(void)rations_get(rations, key, START);
	(void)rations_get(rations, 2, START); /* is new again */
	for (uint64_t key = 1000; key < 1000 + PLACES / 2; key++)
		(void)rations_get(rations, key, START + RATION_SECOND);
	assert_non_null(rations_find(rations, 1));
	assert_non_null(rations_find(rations, 2));
	for (uint64_t key = 3; key < 3 + PLACES / 2; key++)
		assert_null(rations_find(rations, key));
	assert_non_null(rations_find(rations, 3 + PLACES / 2));
	assert_false(ration_take(rations_get(rations, 1, START), 1, 100, START));
}

static void with_nothing_but_empty_buckets_the_oldest_goes(void **state)
{
	struct rations *rations = *state;

	for (uint64_t key = 1; key <= PLACES; key++)
		(void)take_all(rations_get(rations, key, START), 1, 5, START);
	assert_int_equal(take_all(rations_get(rations, 500, START), 1, 5, START), 5);
	assert_null(rations_find(rations, 1));
	assert_non_null(rations_find(rations, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bucket_gives_its_burst_and_then_its_rate),
		TEST(a_clock_that_another_thread_saw_earlier_does_no_harm),
		TEST(a_smaller_bucket_forgives_what_a_larger_one_gave),
		TEST(each_key_has_a_bucket_of_its_own),
		TEST(a_hundred_thousand_keys_need_no_place_more),
		TEST(the_oldest_full_bucket_is_forgotten_not_an_older_empty_one),
		TEST(with_nothing_but_empty_buckets_the_oldest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
