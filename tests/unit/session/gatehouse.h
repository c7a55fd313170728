/* A gate with the usual limits, for the tests of it. Header only. */
#ifndef TESTS_UNIT_SESSION_GATEHOUSE_H
#define TESTS_UNIT_SESSION_GATEHOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/session/gate.h"
#include "server/session/ration.h"

#define START (1000 * RATION_SECOND)
#define MANY 100000 /* of anything */

struct house {
	struct config *config;
	struct metrics *metrics;
	struct gate *gate;
};

static inline int house_set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	char why[CONFIG_WHY_LEN];

	assert_non_null(house);
	assert_int_equal(config_load(&house->config, NULL, 0, why), STATUS_OK);
	house->metrics = metrics_new();
	house->gate = gate_new(house->config, house->metrics);
	assert_non_null(house->gate);
	*state = house;
	return 0;
}

static inline int house_tear_down(void **state)
{
	struct house *house = *state;

	gate_free(house->gate);
	metrics_free(house->metrics);
	config_free(house->config);
	free(house);
	return 0;
}

static inline int64_t refused(const struct house *house, enum metrics_value value)
{
	return metrics_get(house->metrics, value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)

#endif
