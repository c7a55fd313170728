#include "server/service/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/approval.h"
#include "common/message.h"
#include "common/rpc.h"

#define SECRET "a name that must go"
#define KEPT "HQ-C-2026-00001"
#define OTHER "somebody else"
#define HIM 7
#define HIS_ITEM 70

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)16 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static uint64_t items[] = {HIS_ITEM};
static const char *numbers[] = {KEPT};

static Pb__EraseReply erased(void)
{
	Pb__EraseReply reply = PB__ERASE_REPLY__INIT;

	reply.version = REDACTION_VERSION;
	reply.customer = HIM;
	reply.items = items;
	reply.n_items = 1;
	reply.numbers = numbers;
	reply.n_numbers = 1;
	return reply;
}

static ProtobufCBinaryData pack(const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	ProtobufCBinaryData bytes = {len, arena_alloc(&arena, len + 1)};

	assert_non_null(bytes.data);
	protobuf_c_message_pack(message, bytes.data);
	return bytes;
}

/* An act as the ledger has it. */
static ProtobufCBinaryData act_of(const ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	Pb__Act act = PB__ACT__INIT;

	act.request = pack(request);
	if (reply != NULL)
		act.reply = pack(reply);
	return pack(&act.base);
}

static bool has(const struct buf *bytes, const char *text)
{
	return bytes->len > 0 && memmem(buf_head(bytes), bytes->len, text, strlen(text)) != NULL;
}

static bool redact(const struct entry *entry, const ProtobufCBinaryData *payload, struct buf *out)
{
	Pb__EraseReply reply = erased();
	bool changed;

	assert_int_equal(redact_payload(&reply, entry, payload->data, payload->len,
					payload->len - 1, &arena, out, &changed),
			 STATUS_OK);
	return changed;
}

/* ---- every text of every message ---- */

static void fill(ProtobufCMessage *message);

static void fill_value(const ProtobufCFieldDescriptor *field, void *value)
{
	ProtobufCMessage **inner = value;
	ProtobufCBinaryData *bytes = value;

	if (field->type == PROTOBUF_C_TYPE_STRING) {
		*(const char **)value = SECRET;
	} else if (field->type == PROTOBUF_C_TYPE_BYTES) {
		bytes->data = (uint8_t *)(uintptr_t)SECRET;
		bytes->len = strlen(SECRET);
	} else {
		*inner = message_new(field->descriptor, &arena);
		assert_non_null(*inner);
		fill(*inner);
	}
}

/* Every text says the same, lists have one of each. */
static void fill(ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		unsigned char *at = (unsigned char *)message + field->offset;

		if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES &&
		    field->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (field->label != PROTOBUF_C_LABEL_REPEATED) {
			fill_value(field, at);
			continue;
		}
		void *values = arena_calloc(&arena, 1, sizeof(ProtobufCBinaryData));
		assert_non_null(values);
		fill_value(field, values);
		*(void **)(void *)at = values;
		*(size_t *)(void *)((unsigned char *)message + field->quantifier_offset) = 1;
	}
}

/* Looks: whatever was asked to see them goes, but for the few words that are kept. */
static void nothing_that_was_asked_in_a_look_is_left(void **state)
{
	struct entry entry = {.class_ = ENTRY_ACCESS};
	size_t count;
	const struct rpc *rpc = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		ProtobufCMessage *request = message_new(rpc[i].request, &arena);
		struct buf out = BUF_EMPTY;

		if (rpc[i].lane == LANE_WRITE || rpc[i].permission == PERMISSION_APPROVAL_READ ||
		    rpc[i].permission == PERMISSION_GRANT_READ || rpc[i].number == RPC_unmask ||
		    rpc[i].number == RPC_unseal)
			continue; /* these name an approval or a grant */
		fill(request);
		entry.rpc = rpc[i].number;
		ProtobufCBinaryData payload = act_of(request, NULL);
		if (redact(&entry, &payload, &out))
			assert_false(has(&out, SECRET));
		else
			assert_null(memmem(payload.data, payload.len, SECRET, strlen(SECRET)));
		buf_release(&out);
	}
}

static void a_row_keeps_its_number_alone(void **state)
{
	Pb__EraseReply reply = erased();
	Pb__Customer *him = (Pb__Customer *)(void *)message_new(&pb__customer__descriptor, &arena);
	Pb__Customer *other =
		(Pb__Customer *)(void *)message_new(&pb__customer__descriptor, &arena);

	(void)state;
	fill(&him->base);
	fill(&other->base);
	him->id = HIM;
	him->version = 3;
	him->number = KEPT;
	other->id = HIM + 1;
	assert_true(redact_row(&reply, &him->base));
	assert_false(redact_row(&reply, &other->base));
	ProtobufCBinaryData bytes = pack(&him->base);
	assert_null(memmem(bytes.data, bytes.len, SECRET, strlen(SECRET)));
	assert_string_equal(him->number, KEPT);
	assert_int_equal(him->version, 3);
	assert_int_equal(him->n_contacts, 1);
	assert_string_equal(other->name, SECRET);
}

static void only_his_rows_of_an_import_go(void **state)
{
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	Pb__CustomerImportReply reply = PB__CUSTOMER_IMPORT_REPLY__INIT;
	Pb__CustomerDraft drafts[2] = {PB__CUSTOMER_DRAFT__INIT, PB__CUSTOMER_DRAFT__INIT};
	Pb__CustomerDraft *rows[2] = {&drafts[0], &drafts[1]};
	Pb__RowVerdict made[2] = {PB__ROW_VERDICT__INIT, PB__ROW_VERDICT__INIT};
	Pb__RowVerdict *verdicts[2] = {&made[0], &made[1]};
	struct subject subjects[] = {{SUBJECT_CUSTOMER, HIM}};
	struct entry entry = {.class_ = ENTRY_CHANGE,
			      .rpc = RPC_customer_import,
			      .subjects = subjects,
			      .subject_count = 1};
	struct buf out = BUF_EMPTY;

	(void)state;
	drafts[0].name = SECRET;
	drafts[1].name = OTHER;
	made[0].number = KEPT;
	made[1].number = "HQ-C-2026-00002";
	request.rows = rows;
	request.n_rows = 2;
	reply.verdicts = verdicts;
	reply.n_verdicts = 2;
	ProtobufCBinaryData payload = act_of(&request.base, &reply.base);
	assert_true(redact(&entry, &payload, &out));
	assert_false(has(&out, SECRET));
	assert_true(has(&out, OTHER) && has(&out, KEPT));
	buf_release(&out);
}

/* What is left once is left as it is: a second time finds nothing. */
static void twice_is_once(void **state)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerAddReply reply = PB__CUSTOMER_ADD_REPLY__INIT;
	Pb__Customer row = PB__CUSTOMER__INIT;
	struct subject subjects[] = {{SUBJECT_CUSTOMER, HIM}};
	struct entry entry = {.class_ = ENTRY_CHANGE,
			      .rpc = RPC_customer_add,
			      .subjects = subjects,
			      .subject_count = 1};
	struct buf out = BUF_EMPTY;
	struct buf again = BUF_EMPTY;

	(void)state;
	row.id = HIM;
	row.number = KEPT;
	row.name = SECRET;
	reply.customer = &row;
	ProtobufCBinaryData payload = act_of(&request.base, &reply.base);
	assert_true(redact(&entry, &payload, &out));
	ProtobufCBinaryData left = {out.len, (uint8_t *)(uintptr_t)buf_head(&out)};
	assert_true(left.len < payload.len);
	assert_false(redact(&entry, &left, &again));
	assert_int_equal(again.len, 0);
	buf_release(&out);
	buf_release(&again);
}

static void why_something_is_erased_stays(void **state)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;
	struct subject subjects[] = {{SUBJECT_CUSTOMER, HIM}};
	struct entry entry = {.class_ = ENTRY_CHANGE,
			      .rpc = RPC_approval_request,
			      .subjects = subjects,
			      .subject_count = 1};
	struct buf out = BUF_EMPTY;

	(void)state;
	request.kind = approval_find(APPROVAL_ERASE)->word;
	request.subject = KEPT;
	request.reason = SECRET;
	ProtobufCBinaryData payload = act_of(&request.base, NULL);
	assert_false(redact(&entry, &payload, &out));
	request.kind = approval_find(APPROVAL_CUSTOMER_EDIT)->word;
	payload = act_of(&request.base, NULL);
	assert_true(redact(&entry, &payload, &out));
	assert_false(has(&out, SECRET));
	buf_release(&out);
}

static void what_cannot_be_understood_is_not_redacted(void **state)
{
	Pb__EraseReply reply = erased();
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_customer_add};
	struct buf out = BUF_EMPTY;
	bool changed;

	(void)state;
	assert_int_equal(redact_payload(&reply, &entry, (const uint8_t *)"\xff\xff", 2, 1, &arena,
					&out, &changed),
			 STATUS_CORRUPT);
	reply.version = REDACTION_VERSION + 1;
	assert_int_equal(redact_payload(&reply, &entry, NULL, 0, 0, &arena, &out, &changed),
			 STATUS_INVALID);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_was_asked_in_a_look_is_left),
		cmocka_unit_test(a_row_keeps_its_number_alone),
		cmocka_unit_test(only_his_rows_of_an_import_go),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(why_something_is_erased_stays),
		cmocka_unit_test(what_cannot_be_understood_is_not_redacted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
