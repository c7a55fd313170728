/* The scan along types of our own making: the product's messages are neither deep nor have packed
 * or fixed numbers. */
#include "common/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* The scan along types of our own making: the product's messages are neither deep nor have packed
 * or fixed numbers. */

struct nest {
	ProtobufCMessage base;
	struct nest *inner;
	size_t n_numbers;
	uint32_t *numbers;
	size_t n_fixed;
	uint64_t *fixed;
	int32_t zigzag;
};

static const ProtobufCMessageDescriptor nest_type;

static const ProtobufCFieldDescriptor nest_fields[] = {
	{"inner", 1, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_MESSAGE, 0,
	 offsetof(struct nest, inner), &nest_type, NULL, 0, 0, NULL, NULL},
	{"numbers", 2, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_UINT32,
	 offsetof(struct nest, n_numbers), offsetof(struct nest, numbers), NULL, NULL,
	 PROTOBUF_C_FIELD_FLAG_PACKED, 0, NULL, NULL},
	{"fixed", 3, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_FIXED64,
	 offsetof(struct nest, n_fixed), offsetof(struct nest, fixed), NULL, NULL, 0, 0, NULL,
	 NULL},
	{"zigzag", 4, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_SINT32, 0,
	 offsetof(struct nest, zigzag), NULL, NULL, 0, 0, NULL, NULL},
};
static const unsigned nest_by_name[] = {2, 0, 1, 3};
static const ProtobufCIntRange nest_ranges[] = {{1, 0}, {0, 4}};

static const ProtobufCMessageDescriptor nest_type = {
	PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	"nest",
	"Nest",
	"Nest",
	"",
	sizeof(struct nest),
	4,
	nest_fields,
	nest_by_name,
	1,
	nest_ranges,
	NULL,
	NULL,
	NULL,
	NULL,
};

static void expect_sound(const uint8_t *bytes, size_t len)
{
	struct message_fault fault;
	struct arena arena;
	ProtobufCMessage *message;

	arena_init(&arena, 4 << 20);
	assert_int_equal(message_scan(&nest_type, bytes, len, &fault), STATUS_OK);
	assert_int_equal(message_unpack(&nest_type, bytes, len, &arena, &message, &fault),
			 STATUS_OK);
	arena_release(&arena);
}

static void expect_fault(const uint8_t *bytes, size_t len, const char *reason, const char *field,
			 uint64_t limit)
{
	struct message_fault fault = {"", "", 77};
	struct arena arena;
	ProtobufCMessage *message = NULL;

	arena_init(&arena, 4 << 20);
	assert_int_equal(message_unpack(&nest_type, bytes, len, &arena, &message, &fault),
			 STATUS_MESSAGE_INVALID);
	assert_null(message);
	assert_string_equal(fault.reason, reason);
	assert_string_equal(fault.field, field);
	assert_int_equal(fault.limit, limit);
	assert_non_null(reason_find(fault.reason));
	assert_int_equal(arena.used, 0);
	arena_release(&arena);
}

static void nesting_ends_at_the_limit(void **state)
{
	uint8_t bytes[2 * MESSAGE_DEPTH_MAX];
	const size_t deepest = 2 * (MESSAGE_DEPTH_MAX - 1); /* the outermost has no tag */

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += 2) {
		bytes[i] = 0x0a;
		bytes[i + 1] = (uint8_t)(deepest - 2 - i);
	}
	expect_sound(bytes, deepest);
	for (size_t i = 0; i < sizeof(bytes); i += 2)
		bytes[i + 1] = (uint8_t)(sizeof(bytes) - 2 - i);
	expect_fault(bytes, sizeof(bytes), "too_many", "inner", MESSAGE_DEPTH_MAX);
}

/* A frame of this kind overflows the stack of a naive reader. */
static void ten_thousand_levels_do_no_harm(void **state)
{
	enum { LEVELS = 10000, LEN = 4 };
	static uint8_t bytes[LEVELS * LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += LEN) {
		size_t rest = sizeof(bytes) - i - LEN;
		bytes[i] = 0x0a;
		bytes[i + 1] = (uint8_t)(0x80 | (rest & 0x7f));
		bytes[i + 2] = (uint8_t)(0x80 | (rest >> 7 & 0x7f));
		bytes[i + 3] = (uint8_t)(rest >> 14);
	}
	expect_fault(bytes, 4 * LEN, "malformed", "inner", 0);
	expect_fault(bytes, sizeof(bytes), "too_many", "inner", MESSAGE_DEPTH_MAX);
}

static void repeated_numbers_may_be_packed(void **state)
{
	(void)state;
	expect_sound(BYTES("\x12\x03\x01\x80\x01\x10\x05"));
	expect_sound(BYTES("\x12\x00"));
	expect_fault(BYTES("\x12\x02\x01\x80"), "malformed", "numbers", 0);
	expect_fault(BYTES("\x12\x05\x80\x80\x80\x80\x10"), "out_of_range", "numbers", 0);
	expect_sound(BYTES("\x1a\x08"
			   "12345678\x19"
			   "12345678"));
	expect_fault(BYTES("\x1a\x07"
			   "1234567"),
		     "malformed", "fixed", 0);
	expect_fault(BYTES("\x19\x01"), "malformed", "fixed", 0);
	expect_fault(BYTES("\x22\x01\x01"), "malformed", "zigzag", 0);
	expect_fault(BYTES("\x20\x80\x80\x80\x80\x10"), "out_of_range", "zigzag", 0);
}

static void packed_numbers_are_counted(void **state)
{
	static uint8_t bytes[4 + MESSAGE_FIELDS_MAX] = {0x12, 0x80, 0x80,
							0x01}; /* 16,384 of them */

	(void)state;
	memset(bytes + 4, 1, MESSAGE_FIELDS_MAX);
	expect_fault(bytes, sizeof(bytes), "too_many", "numbers", MESSAGE_FIELDS_MAX);
	bytes[1] = 0xff; /* one fewer: with the field itself just enough */
	bytes[2] = 0x7f;
	memset(bytes + 3, 1, MESSAGE_FIELDS_MAX);
	expect_sound(bytes, 3 + MESSAGE_FIELDS_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting_ends_at_the_limit),
		cmocka_unit_test(ten_thousand_levels_do_no_harm),
		cmocka_unit_test(repeated_numbers_may_be_packed),
		cmocka_unit_test(packed_numbers_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
