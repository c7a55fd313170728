#include "common/message.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "common/text.h"

#define VARINT_LEN_MAX 10
#define TAG_MAX UINT32_MAX /* field numbers have 29 bits, the wire type three */

/* Which singular fields were seen is kept in one word; a wider message is refused, and a test says
 * that we have none. */
#define SINGULAR_MAX 64

/* The scan of one whole message with all that is in it. */
struct scan {
	size_t fields; /* so far */
	struct message_fault *fault;
};

/* Bytes that are still to be read. */
struct cursor {
	const uint8_t *bytes;
	size_t at;
	size_t end;
};

static bool refuse(struct scan *scan, enum reason_id reason, const char *field, uint64_t limit)
{
	*scan->fault = (struct message_fault){reason_name(reason), field, limit};
	return false;
}

static size_t left(const struct cursor *cursor)
{
	return cursor->end - cursor->at;
}

/* False for more than ten bytes, more than 64 bits, more bytes than needed, or an early end. */
static bool take_varint(struct cursor *cursor, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < VARINT_LEN_MAX && cursor->at < cursor->end; i++) {
		uint8_t byte = cursor->bytes[cursor->at++];
		*value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte >= 0x80)
			continue;
		bool fits = i < VARINT_LEN_MAX - 1 || byte <= 1;
		return fits && (byte != 0 || i == 0);
	}
	return false;
}

/* A length and that many bytes, as a cursor of its own. */
static bool take_bytes(struct cursor *cursor, struct cursor *inner)
{
	uint64_t len;

	if (!take_varint(cursor, &len) || len > left(cursor))
		return false;
	*inner = (struct cursor){cursor->bytes, cursor->at, cursor->at + (size_t)len};
	cursor->at += (size_t)len;
	return true;
}

static ProtobufCWireType wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	default:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	}
}

/* Whether a varint is a value of the field's type: protobuf-c would cut it to size in silence. */
static bool in_range(const ProtobufCFieldDescriptor *field, uint64_t value)
{
	int64_t number = (int64_t)value;

	switch (field->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return value <= 1;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return value <= UINT32_MAX;
	case PROTOBUF_C_TYPE_INT32:
		return number >= INT32_MIN && number <= INT32_MAX;
	case PROTOBUF_C_TYPE_ENUM:
		return number >= INT_MIN && number <= INT_MAX &&
		       protobuf_c_enum_descriptor_get_value(field->descriptor, (int)number) != NULL;
	default:
		return true;
	}
}

static bool count_field(struct scan *scan, const char *field)
{
	if (++scan->fields > MESSAGE_FIELDS_MAX)
		return refuse(scan, REASON_too_many, field, MESSAGE_FIELDS_MAX);
	return true;
}

/* One number of the field's type. */
static bool scan_number(struct scan *scan, struct cursor *cursor,
			const ProtobufCFieldDescriptor *field)
{
	ProtobufCWireType wire = wire_type_of(field->type);
	size_t size = wire == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8;
	uint64_t value;

	if (wire == PROTOBUF_C_WIRE_TYPE_VARINT) {
		if (!take_varint(cursor, &value))
			return refuse(scan, REASON_malformed, field->name, 0);
		if (!in_range(field, value))
			return refuse(scan, REASON_out_of_range, field->name, 0);
		return true;
	}
	if (size > left(cursor))
		return refuse(scan, REASON_malformed, field->name, 0);
	cursor->at += size;
	return true;
}

static bool scan_packed(struct scan *scan, struct cursor numbers,
			const ProtobufCFieldDescriptor *field)
{
	while (left(&numbers) > 0) {
		if (!count_field(scan, field->name) || !scan_number(scan, &numbers, field))
			return false;
	}
	return true;
}

static bool scan_text(struct scan *scan, struct cursor text, const ProtobufCFieldDescriptor *field)
{
	if (left(&text) > MESSAGE_TEXT_MAX)
		return refuse(scan, REASON_too_long, field->name, MESSAGE_TEXT_MAX);
	switch (text_check((const char *)text.bytes + text.at, left(&text))) {
	case TEXT_NOT_UTF8:
		return refuse(scan, REASON_not_utf8, field->name, 0);
	case TEXT_CONTROL:
		return refuse(scan, REASON_control_character, field->name, 0);
	case TEXT_OK:
		break;
	}
	return true;
}

static bool scan_fields(struct scan *scan, const ProtobufCMessageDescriptor *descriptor,
			struct cursor cursor, unsigned depth);

/* What stands behind a tag. depth is that of the message which has the field. */
static bool scan_value(struct scan *scan, struct cursor *cursor, ProtobufCWireType wire,
		       const ProtobufCFieldDescriptor *field, unsigned depth)
{
	ProtobufCWireType own = wire_type_of(field->type);
	struct cursor inner;

	if (own != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && wire == own)
		return scan_number(scan, cursor, field);
	if (wire != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED || !take_bytes(cursor, &inner))
		return refuse(scan, REASON_malformed, field->name, 0);
	if (own != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
		if (field->label != PROTOBUF_C_LABEL_REPEATED)
			return refuse(scan, REASON_malformed, field->name, 0);
		return scan_packed(scan, inner, field);
	}
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return scan_text(scan, inner, field);
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return true;
	if (depth >= MESSAGE_DEPTH_MAX)
		return refuse(scan, REASON_too_many, field->name, MESSAGE_DEPTH_MAX);
	return scan_fields(scan, field->descriptor, inner, depth + 1);
}

/* A singular field that comes twice is where two readers of one message could differ. */
static bool first_time(const ProtobufCMessageDescriptor *descriptor,
		       const ProtobufCFieldDescriptor *field, uint64_t *seen)
{
	size_t index = (size_t)(field - descriptor->fields);

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return true;
	if (index >= SINGULAR_MAX || (*seen & UINT64_C(1) << index) != 0)
		return false;
	*seen |= UINT64_C(1) << index;
	return true;
}

/* Recursion is bounded by MESSAGE_DEPTH_MAX. */
static bool scan_fields(struct scan *scan, const ProtobufCMessageDescriptor *descriptor,
			struct cursor cursor, unsigned depth)
{
	uint64_t seen = 0;
	uint64_t tag;

	while (left(&cursor) > 0) {
		if (!take_varint(&cursor, &tag) || tag > TAG_MAX || tag >> 3 == 0)
			return refuse(scan, REASON_malformed, "", 0);
		if (!count_field(scan, ""))
			return false;
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
		if (field == NULL)
			return refuse(scan, REASON_field_unknown, "", 0);
		if (!first_time(descriptor, field, &seen))
			return refuse(scan, REASON_malformed, field->name, 0);
		if (!scan_value(scan, &cursor, (ProtobufCWireType)(tag & 7), field, depth))
			return false;
	}
	return true;
}

enum status message_scan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
			 size_t len, struct message_fault *fault)
{
	struct scan scan = {.fault = fault};
	bool sound = scan_fields(&scan, descriptor, (struct cursor){bytes, 0, len}, 1);

	return sound ? STATUS_OK : STATUS_MESSAGE_INVALID;
}

enum status message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
			   size_t len, struct arena *arena, ProtobufCMessage **message,
			   struct message_fault *fault)
{
	enum status status = message_scan(descriptor, bytes, len, fault);

	if (status != STATUS_OK)
		return status;
	/* Of what passed the scan only memory can make it fail. */
	*message = protobuf_c_message_unpack(descriptor, &arena->allocator, len, bytes);
	return *message != NULL ? STATUS_OK : STATUS_MEMORY;
}

enum status message_pack(const ProtobufCMessage *message, struct buf *to)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = buf_reserve(to, size);

	if (bytes == NULL)
		return STATUS_MEMORY;
	buf_added(to, protobuf_c_message_pack(message, bytes));
	return STATUS_OK;
}

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *descriptor, struct arena *arena)
{
	ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);

	if (message != NULL)
		protobuf_c_message_init(descriptor, message);
	return message;
}
