#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/message.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "server/service/mask.h"

#define ARENA_MAX (8u * 1024 * 1024)

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, ARENA_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* ---- the table ---- */

static const struct declared {
	const ProtobufCMessageDescriptor *descriptor;
	const char *fields;
} declared[] = {
#define PLAIN(field, level) #field " "
#define MASKED(field, level, style) #field " "
#define INNER(field, message) #field " "
#define PACKED(field, what) #field " "
#define HIDDEN(field) #field " "
#define VIEW(name, message, ...)
#define MESSAGE(name, fields) {&pb__##name##__descriptor, fields},
#include "common/secrecy.def"
#undef MESSAGE
#undef VIEW
#undef HIDDEN
#undef PACKED
#undef INNER
#undef MASKED
#undef PLAIN
};

#define DECLARED (sizeof(declared) / sizeof(declared[0]))

static const char *declared_of(const ProtobufCMessageDescriptor *descriptor)
{
	for (size_t i = 0; i < DECLARED; i++)
		if (declared[i].descriptor == descriptor)
			return declared[i].fields;
	return "";
}

static const char *expected_of(const ProtobufCMessageDescriptor *descriptor)
{
	const char *expected = "";

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		ProtobufCType type = descriptor->fields[i].type;

		if (type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES ||
		    type == PROTOBUF_C_TYPE_MESSAGE)
			expected =
				arena_printf(&arena, "%s%s ", expected, descriptor->fields[i].name);
	}
	return expected;
}

static int wrong_lines(const ProtobufCMessageDescriptor *descriptor)
{
	const char *has = declared_of(descriptor);
	const char *wants = expected_of(descriptor);
	int wrong = strcmp(has, wants) != 0;

	if (wrong)
		print_error("%s: its texts, bytes and messages are\n  %s\nand common/secrecy.def "
			    "has\n  %s\nGive each field of a new message a line there, in the "
			    "order of the numbers: until then it is masked for everybody.\n",
			    descriptor->name, wants, has);
	for (unsigned i = 0; i < descriptor->n_fields; i++)
		if (descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			wrong += wrong_lines(descriptor->fields[i].descriptor);
	return wrong;
}

static void every_field_of_every_message_has_its_line(void **state)
{
	size_t count;
	const struct rpc *rpc = rpc_all(&count);
	int wrong = wrong_lines(&pb__act__descriptor) + wrong_lines(&pb__receipt__descriptor) +
		    wrong_lines(&pb__mark__descriptor) + wrong_lines(&pb__welcome__descriptor) +
		    wrong_lines(&pb__stream_end__descriptor);

	(void)state;
	for (size_t i = 0; i < count; i++)
		wrong += wrong_lines(rpc[i].request) + wrong_lines(rpc[i].reply);
	for (size_t i = 0; i < DECLARED; i++)
		wrong += wrong_lines(declared[i].descriptor);
	assert_int_equal(wrong, 0);
}

/* ---- all messages, filled ---- */

#define MARKER "标记7Q9Z标记7Q9Z标记7Q9Z" /* no mask leaves so much of it */

static ProtobufCMessage *filled(const ProtobufCMessageDescriptor *descriptor);

static void fill_value(const ProtobufCFieldDescriptor *field, void *value)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(const char **)value = MARKER;
		break;
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)value =
			(ProtobufCBinaryData){strlen(MARKER), (uint8_t *)(uintptr_t)MARKER};
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)value = filled(field->descriptor);
		break;
	default:
		break;
	}
}

static ProtobufCMessage *filled(const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = message_new(descriptor, &arena);

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		unsigned char *at = (unsigned char *)message + field->offset;

		if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			fill_value(field, at);
			continue;
		}
		*(size_t *)(void *)((unsigned char *)message + field->quantifier_offset) = 1;
		*(void **)(void *)at = arena_alloc(&arena, sizeof(ProtobufCBinaryData));
		fill_value(field, *(void **)(void *)at);
	}
	return message;
}

static ProtobufCBinaryData packed(const ProtobufCMessage *message)
{
	struct buf bytes = BUF_EMPTY;
	ProtobufCBinaryData made;

	assert_int_equal(message_pack(message, &bytes), STATUS_OK);
	made.len = bytes.len;
	made.data = (uint8_t *)arena_copy(&arena, buf_head(&bytes), bytes.len);
	buf_release(&bytes);
	return made;
}

static size_t markers_in(ProtobufCBinaryData bytes)
{
	size_t found = 0;
	const uint8_t *at = bytes.data;
	const uint8_t *behind = bytes.data + bytes.len;

	while ((at = memmem(at, (size_t)(behind - at), MARKER, strlen(MARKER))) != NULL) {
		at += strlen(MARKER);
		found++;
	}
	return found;
}

static void a_plain_message_is_as_it_was_and_another_has_less(void **state)
{
	size_t count;
	const struct rpc *rpc = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < 2 * count; i++) {
		const ProtobufCMessageDescriptor *descriptor =
			i % 2 == 0 ? rpc[i / 2].request : rpc[i / 2].reply;
		ProtobufCMessage *message = filled(descriptor);
		size_t before = markers_in(packed(message));
		size_t after;

		assert_int_equal(mask_message(message, MASK_RIGHT_NONE, &arena), STATUS_OK);
		after = markers_in(packed(message));
		if (mask_is_plain(descriptor))
			assert_int_equal(before, after);
		else
			assert_in_range(after, 0, before - 1);
		arena_reset(&arena);
	}
}

/* Their rows are for the ledger, or those of records and shown to who keeps accounts. */
static bool shows_less_of_rows(uint16_t rpc)
{
	return rpc == RPC_principal_state || rpc == RPC_item_seal || rpc == RPC_erase;
}

static void the_right_to_secrets_shows_all(void **state)
{
	size_t count;
	const struct rpc *rpc = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		ProtobufCMessage *message = filled(rpc[i].reply);
		size_t before = markers_in(packed(message));

		assert_int_equal(mask_message(message, MASK_RIGHT_SECRET, &arena), STATUS_OK);
		if (shows_less_of_rows(rpc[i].number))
			assert_in_range(markers_in(packed(message)), 1, before - 1);
		else
			assert_int_equal(markers_in(packed(message)), before);
		arena_reset(&arena);
	}
}

static void a_field_without_a_line_is_masked_even_then(void **state)
{
	Pb__Hello hello = PB__HELLO__INIT; /* never an answer */

	(void)state;
	hello.client = MARKER;
	assert_false(mask_is_plain(hello.base.descriptor));
	assert_int_equal(mask_message(&hello.base, MASK_RIGHT_SECRET, &arena), STATUS_OK);
	assert_string_equal(hello.client, "****");
}

static void circulation_costs_nothing(void **state)
{
	(void)state;
	assert_true(mask_is_plain(&pb__borrow_reply__descriptor));
	assert_true(mask_is_plain(&pb__return_reply__descriptor));
	assert_true(mask_is_plain(&pb__renew_reply__descriptor));
	assert_true(mask_is_plain(&pb__refusal__descriptor));
	assert_false(mask_is_plain(&pb__customer_show_reply__descriptor));
	assert_false(mask_is_plain(&pb__log_list_reply__descriptor));
}

/* ---- what it is for ---- */

static Pb__Contact *contact(void)
{
	Pb__Contact *made = (Pb__Contact *)(void *)message_new(&pb__contact__descriptor, &arena);

	made->name = "王芳";
	made->phone = "13812341234";
	made->address = "成都市锦江区一号";
	made->id_number = "51010619800101123X";
	made->account = "6222021234567890123";
	return made;
}

static void each_right_shows_its_level_and_those_below(void **state)
{
	Pb__Contact *one = contact();

	(void)state;
	assert_int_equal(mask_message(&one->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	assert_string_equal(one->name, "王**");
	assert_string_equal(one->address, "成都市****");
	assert_string_equal(one->account, "********0123");
	one = contact();
	assert_int_equal(mask_message(&one->base, MASK_RIGHT_PERSONAL, &arena), STATUS_OK);
	assert_string_equal(one->phone, "13812341234");
	assert_string_equal(one->id_number, "510***********123X");
	one = contact();
	assert_int_equal(mask_message(&one->base, MASK_RIGHT_SENSITIVE, &arena), STATUS_OK);
	assert_string_equal(one->id_number, "51010619800101123X");
	assert_string_equal(one->account, "6222021234567890123");
}

/* The entry of a customer_add as a log shows it. */
static Pb__LogListReply *entry_of(unsigned rpc)
{
	Pb__LogListReply *entry =
		(Pb__LogListReply *)(void *)message_new(&pb__log_list_reply__descriptor, &arena);
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact *contacts[] = {contact()};

	request.draft = &draft;
	draft.name = "成都锦江贸易有限公司";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	entry->rpc = rpc;
	entry->act = (Pb__Act *)(void *)message_new(&pb__act__descriptor, &arena);
	entry->act->request = packed(&request.base);
	return entry;
}

static void what_was_asked_is_masked_within_its_entry(void **state)
{
	Pb__LogListReply *entry = entry_of(RPC_customer_add);
	const Pb__CustomerAddRequest *asked;

	(void)state;
	assert_int_equal(mask_message(&entry->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	asked = pb__customer_add_request__unpack(&arena.allocator, entry->act->request.len,
						 entry->act->request.data);
	assert_non_null(asked);
	assert_string_equal(asked->draft->name, "成都锦江贸易有限公司");
	assert_string_equal(asked->draft->contacts[0]->phone, "138****1234");
	assert_string_equal(asked->draft->contacts[0]->id_number, "510***********123X");
}

static void an_act_that_cannot_be_read_is_not_shown(void **state)
{
	Pb__LogListReply *unknown = entry_of(9999);
	Pb__LogListReply *beyond = entry_of(UINT16_MAX + 1 + RPC_customer_add);
	Pb__LogListReply *other = entry_of(RPC_customer_edit);
	Pb__Act *alone = entry_of(RPC_customer_add)->act;

	(void)state;
	assert_int_equal(mask_message(&unknown->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	assert_int_equal(unknown->act->request.len, 0);
	assert_int_equal(mask_message(&beyond->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	assert_int_equal(beyond->act->request.len, 0);
	assert_int_equal(mask_message(&alone->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	assert_int_equal(alone->request.len, 0);
	other->act->request.data[0] = 0xff;
	assert_int_equal(mask_message(&other->base, MASK_RIGHT_NONE, &arena), STATUS_CORRUPT);
}

static void a_packed_answer_is_masked_to_the_bytes_of_the_message(void **state)
{
	Pb__CustomerAddReply *reply =
		(Pb__CustomerAddReply *)(void *)filled(&pb__customer_add_reply__descriptor);
	ProtobufCBinaryData bytes = packed(&reply->base);
	ProtobufCBinaryData direct;

	(void)state;
	assert_int_equal(mask_packed(reply->base.descriptor, &bytes, MASK_RIGHT_NONE, &arena),
			 STATUS_OK);
	assert_int_equal(mask_message(&reply->base, MASK_RIGHT_NONE, &arena), STATUS_OK);
	direct = packed(&reply->base);
	assert_int_equal(bytes.len, direct.len);
	assert_memory_equal(bytes.data, direct.data, direct.len);
}

static void without_memory_nothing_is_shown(void **state)
{
	Pb__Contact *one = contact();
	struct arena none;

	(void)state;
	arena_init(&none, 0);
	assert_int_equal(mask_message(&one->base, MASK_RIGHT_NONE, &none), STATUS_MEMORY);
	arena_release(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
		CASE(every_field_of_every_message_has_its_line),
		CASE(a_plain_message_is_as_it_was_and_another_has_less),
		CASE(the_right_to_secrets_shows_all),
		CASE(a_field_without_a_line_is_masked_even_then),
		CASE(circulation_costs_nothing),
		CASE(each_right_shows_its_level_and_those_below),
		CASE(what_was_asked_is_masked_within_its_entry),
		CASE(an_act_that_cannot_be_read_is_not_shown),
		CASE(a_packed_answer_is_masked_to_the_bytes_of_the_message),
		CASE(without_memory_nothing_is_shown),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
