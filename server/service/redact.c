#include "server/service/redact.h"

#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "common/rpc.h"
#include "common/text.h"
#include "server/service/redact_rule.h"

struct redacting {
	const Pb__EraseReply *erased;
	bool changed;
};

/* ---- along a message ---- */

static void redact_string(struct redacting *redacting, const char **text)
{
	if (text_empty(*text) || redact_is_number(redacting->erased, *text))
		return;
	*text = "";
	redacting->changed = true;
}

static void redact_bytes(struct redacting *redacting, ProtobufCBinaryData *bytes)
{
	if (bytes->len == 0)
		return;
	*bytes = (ProtobufCBinaryData){0, NULL};
	redacting->changed = true;
}

static void redact_message(struct redacting *redacting, ProtobufCMessage *message, bool owned);

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

/* One value of a field that is text, bytes or message. */
static void redact_value(struct redacting *redacting, const ProtobufCFieldDescriptor *field,
			 void *value, bool owned)
{
	ProtobufCMessage **inner = value;

	if (field->type == PROTOBUF_C_TYPE_MESSAGE && *inner != NULL)
		redact_message(redacting, *inner, owned);
	else if (field->type == PROTOBUF_C_TYPE_STRING && owned)
		redact_string(redacting, value);
	else if (field->type == PROTOBUF_C_TYPE_BYTES && owned)
		redact_bytes(redacting, value);
}

static void redact_field(struct redacting *redacting, ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field, bool owned)
{
	unsigned char *at = (unsigned char *)message + field->offset;
	unsigned char *values;
	size_t count;

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		redact_value(redacting, field, at, owned);
		return;
	}
	count = *(size_t *)(void *)((unsigned char *)message + field->quantifier_offset);
	values = *(unsigned char **)(void *)at;
	for (size_t i = 0; i < count; i++)
		redact_value(redacting, field, values + i * size_of(field), owned);
}

/* owned: what it is part of is of the erased; a row says that for itself. */
static void redact_message(struct redacting *redacting, ProtobufCMessage *message, bool owned)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;

	owned = redact_is_owned(redacting->erased, message, owned);
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

		if ((field->type == PROTOBUF_C_TYPE_STRING ||
		     field->type == PROTOBUF_C_TYPE_BYTES ||
		     field->type == PROTOBUF_C_TYPE_MESSAGE) &&
		    !redact_is_kept(message, field->name))
			redact_field(redacting, message, field, owned);
	}
}

bool redact_row(const Pb__EraseReply *erased, ProtobufCMessage *row)
{
	struct redacting redacting = {.erased = erased};

	if (!redact_is_owned(erased, row, false))
		return false;
	redact_message(&redacting, row, false);
	return true;
}

/* ---- acts on several records ---- */

static void redact_rows(struct redacting *redacting, Pb__RowVerdict *const *verdicts, size_t count,
			ProtobufCMessage *const *rows, size_t row_count)
{
	for (size_t i = 0; i < count && i < row_count; i++)
		if (redact_is_number(redacting->erased, verdicts[i]->number))
			redact_message(redacting, rows[i], true);
}

static void redact_customer_import(struct redacting *redacting, ProtobufCMessage *request,
				   ProtobufCMessage *reply)
{
	Pb__CustomerImportRequest *asked = (Pb__CustomerImportRequest *)(void *)request;
	Pb__CustomerImportReply *done = (Pb__CustomerImportReply *)(void *)reply;

	redact_rows(redacting, done->verdicts, done->n_verdicts,
		    (ProtobufCMessage **)(void *)asked->rows, asked->n_rows);
}

/* A row that was not taken names its customer at least. */
static void redact_item_import(struct redacting *redacting, ProtobufCMessage *request,
			       ProtobufCMessage *reply)
{
	Pb__ItemImportRequest *asked = (Pb__ItemImportRequest *)(void *)request;
	Pb__ItemImportReply *done = (Pb__ItemImportReply *)(void *)reply;

	redact_rows(redacting, done->verdicts, done->n_verdicts,
		    (ProtobufCMessage **)(void *)asked->rows, asked->n_rows);
	for (size_t i = 0; i < asked->n_rows && redacting->erased->customer != 0; i++)
		if (redact_is_number(redacting->erased, asked->rows[i]->customer))
			redact_message(redacting, &asked->rows[i]->base, true);
}

static bool is_outcome_owned(const Pb__EraseReply *erased, const Pb__ItemOutcome *outcome)
{
	if (outcome->loan != NULL)
		return redact_is_owned(erased, &outcome->loan->base, false);
	return redact_is_number(erased, outcome->item) ||
	       (outcome->refusal != NULL && redact_is_number(erased, outcome->refusal->subject));
}

/* What was named in the request has the outcome of the same place. */
static void redact_outcomes(struct redacting *redacting, Pb__ItemOutcome *const *outcomes,
			    size_t count, const char **items, size_t item_count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_outcome_owned(redacting->erased, outcomes[i]))
			continue;
		redact_message(redacting, &outcomes[i]->base, true);
		if (i < item_count)
			redact_string(redacting, &items[i]);
	}
}

static void redact_several(struct redacting *redacting, uint16_t rpc, ProtobufCMessage *request,
			   ProtobufCMessage *reply)
{
#define OUTCOMES(Message)                                                                          \
	redact_outcomes(redacting, ((Pb__##Message##Reply *)(void *)reply)->outcomes,              \
			((Pb__##Message##Reply *)(void *)reply)->n_outcomes,                       \
			((Pb__##Message##Request *)(void *)request)->items,                        \
			((Pb__##Message##Request *)(void *)request)->n_items)
	if (rpc == RPC_customer_import)
		redact_customer_import(redacting, request, reply);
	else if (rpc == RPC_item_import)
		redact_item_import(redacting, request, reply);
	else if (rpc == RPC_borrow)
		OUTCOMES(Borrow);
	else if (rpc == RPC_return)
		OUTCOMES(Return);
	else if (rpc == RPC_renew)
		OUTCOMES(Renew);
#undef OUTCOMES
}

/* ---- a payload ---- */

/* An act, taken apart. */
struct parts {
	Pb__Act *act;
	ProtobufCMessage *request;
	ProtobufCMessage *reply; /* NULL: it was refused, or is a look */
};

static enum status take_apart(const struct rpc *rpc, const uint8_t *payload, size_t len,
			      struct arena *arena, struct parts *parts)
{
	parts->act = pb__act__unpack(&arena->allocator, len, payload);
	if (parts->act == NULL)
		return STATUS_CORRUPT;
	parts->request = protobuf_c_message_unpack(
		rpc->request, &arena->allocator, parts->act->request.len, parts->act->request.data);
	parts->reply = NULL;
	if (parts->act->reply.len > 0)
		parts->reply =
			protobuf_c_message_unpack(rpc->reply, &arena->allocator,
						  parts->act->reply.len, parts->act->reply.data);
	return parts->request == NULL || (parts->act->reply.len > 0 && parts->reply == NULL)
		       ? STATUS_CORRUPT
		       : STATUS_OK;
}

static enum status pack_into(const ProtobufCMessage *message, struct arena *arena,
			     ProtobufCBinaryData *bytes)
{
	size_t len = protobuf_c_message_get_packed_size(message);

	bytes->data = arena_alloc(arena, len + 1);
	if (bytes->data == NULL)
		return STATUS_MEMORY;
	bytes->len = protobuf_c_message_pack(message, bytes->data);
	return STATUS_OK;
}

/* What a client packed in another way than we do may come out longer; nothing is made of requests,
 * so that one may go altogether. */
static enum status put_together(struct parts *parts, size_t room, struct arena *arena,
				struct buf *out)
{
	enum status status = pack_into(parts->request, arena, &parts->act->request);

	if (status == STATUS_OK && parts->reply != NULL)
		status = pack_into(parts->reply, arena, &parts->act->reply);
	if (status != STATUS_OK)
		return status;
	if (protobuf_c_message_get_packed_size(&parts->act->base) > room)
		parts->act->request = (ProtobufCBinaryData){0, NULL};
	if (protobuf_c_message_get_packed_size(&parts->act->base) > room)
		return STATUS_CORRUPT;
	return message_pack(&parts->act->base, out);
}

enum status redact_payload(const Pb__EraseReply *erased, const struct entry *entry,
			   const uint8_t *payload, size_t len, size_t room, struct arena *arena,
			   struct buf *out, bool *changed)
{
	const struct rpc *rpc = rpc_find(entry->rpc);
	struct redacting redacting = {.erased = erased};
	struct parts parts;
	enum status status;
	bool owned;

	*changed = false;
	if (erased->version != REDACTION_VERSION)
		return STATUS_INVALID;
	if (rpc == NULL)
		return STATUS_CORRUPT;
	if (len == 0)
		return STATUS_OK;
	status = take_apart(rpc, payload, len, arena, &parts);
	if (status != STATUS_OK)
		return status;
	if (redact_is_of_erasure(entry, parts.request, parts.reply))
		return STATUS_OK;
	owned = redact_is_act_owned(erased, entry, rpc, parts.request);
	redact_message(&redacting, parts.request, owned);
	if (parts.reply != NULL)
		redact_message(&redacting, parts.reply, owned);
	if (parts.reply != NULL && !owned)
		redact_several(&redacting, entry->rpc, parts.request, parts.reply);
	if (parts.act->refusal != NULL)
		redact_message(&redacting, &parts.act->refusal->base,
			       owned || redact_is_number(erased, parts.act->refusal->subject));
	*changed = redacting.changed;
	return *changed ? put_together(&parts, room, arena, out) : STATUS_OK;
}
