#include "common/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/rpc.h"
#include "proto/request.pb-c.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* BorrowRequest: items=1 repeated text, borrower=2, external=3 bool, until=5 int32. */
static const ProtobufCMessageDescriptor *const borrow = &pb__borrow_request__descriptor;
/* ReturnRequest: items=1, pages=2 uint32, condition=3 enum, note=4, each=5. */
static const ProtobufCMessageDescriptor *const returning = &pb__return_request__descriptor;
/* Refusal: status=1 uint32, since=7 int64. */
static const ProtobufCMessageDescriptor *const refusal = &pb__refusal__descriptor;

static void expect_sound(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len)
{
	struct message_fault fault;
	struct arena arena;
	ProtobufCMessage *message;

	arena_init(&arena, 4 << 20);
	assert_int_equal(message_scan(type, bytes, len, &fault), STATUS_OK);
	assert_int_equal(message_unpack(type, bytes, len, &arena, &message, &fault), STATUS_OK);
	arena_release(&arena);
}

static void expect_fault(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t len,
			 const char *reason, const char *field, uint64_t limit)
{
	struct message_fault fault = {"", "", 77};
	struct arena arena;
	ProtobufCMessage *message = NULL;

	arena_init(&arena, 4 << 20);
	assert_int_equal(message_unpack(type, bytes, len, &arena, &message, &fault),
			 STATUS_MESSAGE_INVALID);
	assert_null(message);
	assert_string_equal(fault.reason, reason);
	assert_string_equal(fault.field, field);
	assert_int_equal(fault.limit, limit);
	assert_non_null(reason_find(fault.reason));
	assert_int_equal(arena.used, 0);
	arena_release(&arena);
}

static void a_message_goes_there_and_back(void **state)
{
	const char *items[] = {"HQ-2026-000001", "HQ-2026-000002"};
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	struct buf buf = BUF_EMPTY;
	struct arena arena;
	struct message_fault fault;
	ProtobufCMessage *message;

	(void)state;
	request.items = items;
	request.n_items = 2;
	request.borrower = "王伟";
	request.external = 1;
	request.until = -5;
	assert_int_equal(buf_append(&buf, "key", 3), STATUS_OK);
	assert_int_equal(message_pack(&request.base, &buf), STATUS_OK);
	arena_init(&arena, 1 << 16);
	assert_int_equal(
		message_unpack(borrow, buf_head(&buf) + 3, buf.len - 3, &arena, &message, &fault),
		STATUS_OK);
	const Pb__BorrowRequest *again = (const Pb__BorrowRequest *)message;
	assert_int_equal(again->n_items, 2);
	assert_string_equal(again->items[1], "HQ-2026-000002");
	assert_string_equal(again->borrower, "王伟");
	assert_string_equal(again->purpose, "");
	assert_true(again->external);
	assert_int_equal(again->until, -5);
	arena_release(&arena);
	buf_release(&buf);
}

static void nothing_at_all_is_the_empty_message(void **state)
{
	struct buf buf = BUF_EMPTY;
	Pb__WhoamiRequest request = PB__WHOAMI_REQUEST__INIT;

	(void)state;
	expect_sound(borrow, NULL, 0);
	assert_int_equal(message_pack(&request.base, &buf), STATUS_OK);
	assert_int_equal(buf.len, 0);
	buf_release(&buf);
}

static void unknown_fields_are_refused(void **state)
{
	(void)state;
	expect_fault(borrow, BYTES("\x7a\x01x"), "field_unknown", "", 0);
	expect_fault(borrow, BYTES("\xfa\xff\xff\xff\x0f\x00"), "field_unknown", "", 0);
	expect_fault(&pb__whoami_request__descriptor, BYTES("\x08\x01"), "field_unknown", "", 0);
}

static void tags_that_cannot_be_are_refused(void **state)
{
	(void)state;
	expect_fault(borrow, BYTES("\x02\x01x"), "malformed", "", 0); /* field number 0 */
	expect_fault(borrow, BYTES("\xfa\xff\xff\xff\x1f\x00"), "malformed", "", 0); /* 30 bits */
	expect_fault(borrow, BYTES("\x92\x00\x01x"), "malformed", "", 0);            /* overlong */
	expect_fault(borrow, BYTES("\x92"), "malformed", "", 0);
	expect_fault(borrow, BYTES("\x13\x14"), "malformed", "borrower", 0); /* a group */
	expect_fault(borrow, BYTES("\x16"), "malformed", "borrower", 0);     /* no such wire type */
}

static void another_wire_type_is_refused(void **state)
{
	(void)state;
	expect_fault(borrow, BYTES("\x10\x01"), "malformed", "borrower", 0);
	expect_fault(borrow, BYTES("\x15\x01\x01\x01\x01"), "malformed", "borrower", 0);
	expect_fault(borrow, BYTES("\x1a\x01\x01"), "malformed", "external", 0);
	expect_fault(borrow, BYTES("\x19\x01\x01\x01\x01\x01\x01\x01\x01"), "malformed", "external",
		     0);
}

static void lengths_beyond_the_end_are_refused(void **state)
{
	(void)state;
	expect_fault(borrow, BYTES("\x12\x05wang"), "malformed", "borrower", 0);
	expect_fault(borrow, BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "malformed",
		     "borrower", 0);
	expect_fault(borrow, BYTES("\x12\xff\xff\xff\xff\x07"), "malformed", "borrower", 0);
	expect_fault(borrow, BYTES("\x12"), "malformed", "borrower", 0);
	expect_sound(borrow, BYTES("\x12\x04wang"));
	expect_sound(borrow, BYTES("\x12\x00"));
}

static void a_singular_field_comes_once(void **state)
{
	(void)state;
	expect_fault(borrow, BYTES("\x12\x01x\x12\x01x"), "malformed", "borrower", 0);
	expect_fault(borrow, BYTES("\x18\x01\x18\x01"), "malformed", "external", 0);
	expect_fault(&pb__item_add_request__descriptor, BYTES("\x0a\x00\x0a\x00"), "malformed",
		     "draft", 0);
	expect_sound(borrow, BYTES("\x0a\x01x\x0a\x01x"));
}

static void numbers_are_written_in_one_way_only(void **state)
{
	(void)state;
	expect_sound(refusal, BYTES("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	expect_fault(refusal, BYTES("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "malformed",
		     "since", 0);
	expect_fault(refusal, BYTES("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00"),
		     "malformed", "since", 0);
	expect_fault(refusal, BYTES("\x38\x80\x00"), "malformed", "since", 0);
	expect_fault(refusal, BYTES("\x38\x80"), "malformed", "since", 0);
}

/* protobuf-c would cut these to size and go on. */
static void numbers_beyond_their_type_are_refused(void **state)
{
	(void)state;
	expect_sound(returning, BYTES("\x10\xff\xff\xff\xff\x0f"));
	expect_fault(returning, BYTES("\x10\x80\x80\x80\x80\x10"), "out_of_range", "pages", 0);
	expect_sound(borrow, BYTES("\x28\xff\xff\xff\xff\x07"));
	expect_fault(borrow, BYTES("\x28\x80\x80\x80\x80\x08"), "out_of_range", "until", 0);
	expect_sound(borrow, BYTES("\x28\x80\x80\x80\x80\xf8\xff\xff\xff\xff\x01"));
	expect_fault(borrow, BYTES("\x28\xff\xff\xff\xff\xf7\xff\xff\xff\xff\x01"), "out_of_range",
		     "until", 0);
	expect_fault(borrow, BYTES("\x18\x02"), "out_of_range", "external", 0);
}

static void enum_values_must_be_known(void **state)
{
	(void)state;
	expect_sound(returning, BYTES("\x18\x03"));
	expect_fault(returning, BYTES("\x18\x04"), "out_of_range", "condition", 0);
	expect_fault(returning, BYTES("\x18\x81\x80\x80\x80\x10"), "out_of_range", "condition", 0);
	expect_fault(returning, BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		     "out_of_range", "condition", 0);
}

static void texts_are_checked(void **state)
{
	uint8_t text[3 + MESSAGE_TEXT_MAX + 1] = {0x12, 0x80, 0x10};

	(void)state;
	expect_fault(borrow, BYTES("\x12\x02\xc3x"), "not_utf8", "borrower", 0);
	expect_fault(borrow, BYTES("\x12\x03x\0x"), "control_character", "borrower", 0);
	expect_fault(borrow, BYTES("\x0a\x02x\n"), "control_character", "items", 0);
	memset(text + 3, 'x', sizeof(text) - 3);
	expect_sound(borrow, text, 3 + MESSAGE_TEXT_MAX);
	text[1] = 0x81;
	expect_fault(borrow, text, sizeof(text), "too_long", "borrower", MESSAGE_TEXT_MAX);
}

static void fields_inside_messages_are_checked_too(void **state)
{
	(void)state;
	expect_sound(&pb__item_add_request__descriptor, BYTES("\x0a\x03\x0a\x01x"));
	expect_fault(&pb__item_add_request__descriptor, BYTES("\x0a\x03\x0a\x01\xff"), "not_utf8",
		     "title", 0);
	expect_fault(&pb__item_add_request__descriptor, BYTES("\x0a\x03\x0a\x02x"), "malformed",
		     "title", 0);
	expect_fault(&pb__item_add_request__descriptor, BYTES("\x0a\x02\x10\x09"), "out_of_range",
		     "kind", 0);
}

static void fields_are_counted_in_all(void **state)
{
	static uint8_t bytes[2 * (MESSAGE_FIELDS_MAX + 1)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += 2) {
		bytes[i] = 0x0a;
		bytes[i + 1] = 0;
	}
	expect_sound(borrow, bytes, sizeof(bytes) - 2);
	expect_fault(borrow, bytes, sizeof(bytes), "too_many", "", MESSAGE_FIELDS_MAX);
}

static void a_full_arena_is_no_fault_of_the_message(void **state)
{
	struct message_fault fault;
	struct arena arena;
	ProtobufCMessage *message;
	enum status status = STATUS_MEMORY;

	(void)state;
	for (size_t cap = 0; status == STATUS_MEMORY; cap += 16) {
		assert_true(cap < 4096);
		arena_init(&arena, cap);
		status = message_unpack(borrow, BYTES("\x0a\x02HQ\x0a\x02HQ\x12\x04wang"), &arena,
					&message, &fault);
		arena_release(&arena);
	}
	assert_int_equal(status, STATUS_OK);
	arena_init(&arena, sizeof(Pb__BorrowRequest) / 2);
	assert_null(message_new(borrow, &arena));
	arena_release(&arena);
}

static void a_new_message_is_initialized(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	const Pb__BorrowRequest *request = (const Pb__BorrowRequest *)message_new(borrow, &arena);
	assert_non_null(request);
	assert_ptr_equal(request->base.descriptor, borrow);
	assert_string_equal(request->borrower, "");
	arena_release(&arena);
}

/* The scan keeps the singular fields that it saw in one word. */
static void expect_few_fields(const ProtobufCMessageDescriptor *descriptor)
{
	assert_true(descriptor->n_fields <= 64);
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		if (descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			expect_few_fields(descriptor->fields[i].descriptor);
	}
}

static void no_message_has_more_fields_than_the_scan_can_tell_apart(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		expect_few_fields(all[i].request);
		expect_few_fields(all[i].reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_goes_there_and_back),
		cmocka_unit_test(nothing_at_all_is_the_empty_message),
		cmocka_unit_test(unknown_fields_are_refused),
		cmocka_unit_test(tags_that_cannot_be_are_refused),
		cmocka_unit_test(another_wire_type_is_refused),
		cmocka_unit_test(lengths_beyond_the_end_are_refused),
		cmocka_unit_test(a_singular_field_comes_once),
		cmocka_unit_test(numbers_are_written_in_one_way_only),
		cmocka_unit_test(numbers_beyond_their_type_are_refused),
		cmocka_unit_test(enum_values_must_be_known),
		cmocka_unit_test(texts_are_checked),
		cmocka_unit_test(fields_inside_messages_are_checked_too),
		cmocka_unit_test(fields_are_counted_in_all),
		cmocka_unit_test(a_full_arena_is_no_fault_of_the_message),
		cmocka_unit_test(a_new_message_is_initialized),
		cmocka_unit_test(no_message_has_more_fields_than_the_scan_can_tell_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
