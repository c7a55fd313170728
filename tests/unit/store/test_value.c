#include "server/store/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/record.pb-c.h"

#define ARENA_MAX (64u << 10)

struct encoded {
	struct arena arena;
	uint8_t bytes[256];
	size_t len;
};

static int begin(void **context)
{
	struct encoded *encoded = calloc(1, sizeof(*encoded));
	Pb__Office office = PB__OFFICE__INIT;

	assert_non_null(encoded);
	office.id = 3;
	office.code = "HQ";
	office.name = "总部";
	arena_init(&encoded->arena, ARENA_MAX);
	encoded->len = value_len(&office.base);
	assert_true(encoded->len <= sizeof(encoded->bytes));
	value_encode(&office.base, encoded->bytes);
	*context = encoded;
	return 0;
}

static int end(void **context)
{
	struct encoded *encoded = *context;

	arena_release(&encoded->arena);
	free(encoded);
	return 0;
}

static enum status decode(struct encoded *encoded, size_t len, ProtobufCMessage **row)
{
	return value_decode(&pb__office__descriptor, encoded->bytes, len, &encoded->arena, row);
}

static void what_was_encoded_is_decoded(void **context)
{
	struct encoded *encoded = *context;
	ProtobufCMessage *row;

	assert_int_equal(encoded->bytes[0], VALUE_PLAIN);
	assert_int_equal(decode(encoded, encoded->len, &row), STATUS_OK);
	const Pb__Office *office = (const Pb__Office *)(void *)row;
	assert_int_equal(office->id, 3);
	assert_string_equal(office->name, "总部");
}

static void an_unknown_format_is_corrupt(void **context)
{
	struct encoded *encoded = *context;
	ProtobufCMessage *row;

	encoded->bytes[0] = VALUE_PLAIN + 1;
	assert_int_equal(decode(encoded, encoded->len, &row), STATUS_CORRUPT);
	assert_int_equal(decode(encoded, 0, &row), STATUS_CORRUPT);
}

static void a_cut_value_is_corrupt(void **context)
{
	struct encoded *encoded = *context;
	ProtobufCMessage *row;

	assert_int_equal(decode(encoded, encoded->len - 1, &row), STATUS_CORRUPT);
	assert_null(row);
}

static void a_full_arena_is_not_corruption(void **context)
{
	struct encoded *encoded = *context;
	ProtobufCMessage *row;

	arena_release(&encoded->arena);
	arena_init(&encoded->arena, sizeof(Pb__Office));
	assert_int_equal(decode(encoded, encoded->len, &row), STATUS_MEMORY);
	assert_null(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_encoded_is_decoded, begin, end),
		cmocka_unit_test_setup_teardown(an_unknown_format_is_corrupt, begin, end),
		cmocka_unit_test_setup_teardown(a_cut_value_is_corrupt, begin, end),
		cmocka_unit_test_setup_teardown(a_full_arena_is_not_corruption, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
