#include "client/lib/flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void a_finished_request_is_never_found_again(void **state)
{
	const struct rpc *rpc = rpc_find(RPC_item_show);
	struct flights flights;
	struct flight *flight;
	uint64_t ids[4];

	(void)state;
	assert_int_equal(flights_init(&flights, 4), STATUS_OK);
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < 4; i++) {
			assert_int_equal(flights_add(&flights, rpc, &flight), STATUS_OK);
			ids[i] = flight->request_id;
			assert_ptr_equal(flights_find(&flights, ids[i]), flight);
		}
		assert_int_equal(flights_add(&flights, rpc, &flight), STATUS_TOO_MANY_REQUESTS);
		for (int i = 0; i < 4; i++) {
			flight = flights_find(&flights, ids[(i + round) % 4]);
			flights_remove(&flights, flight);
			assert_null(flights_find(&flights, ids[(i + round) % 4]));
		}
		assert_int_equal(flights.count, 0);
	}
	assert_null(flights_find(&flights, 0));
	assert_null(flights_find(&flights, UINT64_MAX));
	flights_release(&flights);
}

static void streams_are_counted_apart(void **state)
{
	struct flights flights;
	struct flight *look;
	struct flight *stream;

	(void)state;
	assert_int_equal(flights_init(&flights, 4), STATUS_OK);
	assert_int_equal(flights_add(&flights, rpc_find(RPC_item_show), &look), STATUS_OK);
	assert_int_equal(flights_add(&flights, rpc_find(RPC_item_list), &stream), STATUS_OK);
	assert_non_null(stream->hash);
	assert_int_equal(flights.count, 2);
	assert_int_equal(flights.streams, 1);
	flights_remove(&flights, stream);
	assert_int_equal(flights.streams, 0);
	flights_release(&flights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finished_request_is_never_found_again),
		cmocka_unit_test(streams_are_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
