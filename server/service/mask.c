#include "server/service/mask.h"

#include <string.h>

#include "common/buf.h"
#include "common/message.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "server/service/mask_text.h"

enum level { LEVEL_PUBLIC, LEVEL_INTERNAL, LEVEL_PERSONAL, LEVEL_SENSITIVE, LEVEL_SECRET };

/* What is packed in a bytes field. */
enum packed { PACKED_NONE, PACKED_REQUEST, PACKED_REPLY };

struct node;

struct line {
	const char *field;
	enum level level;
	enum mask_style style;
	enum packed packed;
	const struct node *inner;
};

/* A message and its lines, in the order of its fields; ended by an empty one. */
struct node {
	const ProtobufCMessageDescriptor *descriptor;
	const struct line *lines;
};

/* ---- the table ---- */

#define MESSAGE(name, ...) static const struct node node_##name;
#define VIEW(name, message, ...) static const struct node node_##name;
#include "common/secrecy.def"
#undef VIEW
#undef MESSAGE

#define PLAIN(field, level) {#field, LEVEL_##level, MASK_STYLE_TEXT, PACKED_NONE, NULL},
#define MASKED(field, level, style) {#field, LEVEL_##level, MASK_STYLE_##style, PACKED_NONE, NULL},
#define INNER(field, message) {#field, LEVEL_PUBLIC, MASK_STYLE_TEXT, PACKED_NONE, &node_##message},
#define PACKED(field, what) {#field, LEVEL_SECRET, MASK_STYLE_BYTES, PACKED_##what, NULL},
#define HIDDEN(field) {#field, LEVEL_SECRET, MASK_STYLE_BYTES, PACKED_NONE, NULL},
#define VIEW(name, message, ...)                                                                   \
	static const struct node node_##name = {                                                   \
		&pb__##message##__descriptor,                                                      \
		(const struct line[]){__VA_ARGS__{NULL, 0, 0, 0, NULL}},                           \
	};
#define MESSAGE(name, ...) VIEW(name, name, __VA_ARGS__)
#include "common/secrecy.def"
#undef MESSAGE
#undef VIEW
#undef HIDDEN
#undef PACKED
#undef INNER
#undef MASKED
#undef PLAIN

static const struct node *const nodes[] = {
#define MESSAGE(name, ...) &node_##name,
#define VIEW(name, message, ...)
#include "common/secrecy.def"
#undef VIEW
#undef MESSAGE
};

static const struct node *find_node(const ProtobufCMessageDescriptor *descriptor)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (nodes[i]->descriptor == descriptor)
			return nodes[i];
	return NULL;
}

/* ---- along a message ---- */

static bool is_concerned(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES ||
	       field->type == PROTOBUF_C_TYPE_MESSAGE;
}

/* The line of the next field, or NULL for one that has none or is hidden; *next moves on. */
static const struct line *take_line(const struct line **next, const ProtobufCFieldDescriptor *field)
{
	const struct line *line = *next;

	if (line == NULL || line->field == NULL || strcmp(line->field, field->name) != 0)
		return NULL;
	*next = line + 1;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return line->inner != NULL && line->inner->descriptor == field->descriptor ? line
											   : NULL;
	return line->inner == NULL ? line : NULL;
}

static bool is_plain(const struct node *node, const ProtobufCMessageDescriptor *descriptor)
{
	const struct line *next = node == NULL ? NULL : node->lines;

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		const struct line *line;

		if (!is_concerned(field))
			continue;
		line = take_line(&next, field);
		if (line == NULL || line->level > LEVEL_INTERNAL ||
		    (line->inner != NULL && !is_plain(line->inner, field->descriptor)))
			return false;
	}
	return true;
}

bool mask_is_plain(const ProtobufCMessageDescriptor *descriptor)
{
	return is_plain(find_node(descriptor), descriptor);
}

struct walk {
	enum level shown; /* the highest that is */
	struct arena *arena;
	const struct rpc *rpc; /* whose act is within; NULL: not known */
};

static enum status mask_node(const struct walk *walk, const struct node *node,
			     ProtobufCMessage *message);

static enum status mask_bytes_of(const struct walk *walk,
				 const ProtobufCMessageDescriptor *descriptor,
				 ProtobufCBinaryData *bytes)
{
	const struct node *node = find_node(descriptor);
	struct buf packed = BUF_EMPTY;
	ProtobufCMessage *message;
	enum status status;

	if (bytes->len == 0 || is_plain(node, descriptor))
		return STATUS_OK;
	message = protobuf_c_message_unpack(descriptor, &walk->arena->allocator, bytes->len,
					    bytes->data);
	if (message == NULL)
		return STATUS_CORRUPT;
	status = mask_node(walk, node, message);
	if (status == STATUS_OK)
		status = message_pack(message, &packed);
	if (status == STATUS_OK) {
		bytes->data = (uint8_t *)arena_copy(walk->arena, buf_head(&packed), packed.len);
		bytes->len = packed.len;
		status = bytes->data == NULL ? STATUS_MEMORY : STATUS_OK;
	}
	buf_release(&packed);
	return status;
}

static enum status mask_bytes(const struct walk *walk, const struct line *line,
			      ProtobufCBinaryData *bytes)
{
	if (line != NULL && line->packed != PACKED_NONE && walk->rpc != NULL)
		return mask_bytes_of(walk,
				     line->packed == PACKED_REQUEST ? walk->rpc->request
								    : walk->rpc->reply,
				     bytes);
	if (line == NULL || line->level > walk->shown)
		*bytes = (ProtobufCBinaryData){0, NULL};
	return STATUS_OK;
}

static enum status mask_string(const struct walk *walk, const struct line *line, const char **text)
{
	if (line != NULL && line->level <= walk->shown)
		return STATUS_OK;
	if (*text != NULL)
		*text = mask_text(line == NULL ? MASK_STYLE_TEXT : line->style, *text, walk->arena);
	else
		*text = "";
	return *text == NULL ? STATUS_MEMORY : STATUS_OK;
}

/* One value of a field: the element of a repeated one, or the field itself. */
static enum status mask_value(const struct walk *walk, const struct line *line,
			      const ProtobufCFieldDescriptor *field, void *value)
{
	ProtobufCMessage **message;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return mask_string(walk, line, value);
	case PROTOBUF_C_TYPE_BYTES:
		return mask_bytes(walk, line, value);
	default:
		message = value;
		if (line == NULL)
			*message = NULL;
		return *message == NULL ? STATUS_OK : mask_node(walk, line->inner, *message);
	}
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

static enum status mask_field(const struct walk *walk, const struct line *line,
			      const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
	unsigned char *at = (unsigned char *)message + field->offset;
	enum status status = STATUS_OK;
	unsigned char *values;
	size_t *count;

	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return mask_value(walk, line, field, at);
	count = (size_t *)(void *)((unsigned char *)message + field->quantifier_offset);
	values = *(unsigned char **)(void *)at;
	if (line == NULL && field->type == PROTOBUF_C_TYPE_MESSAGE)
		*count = 0;
	for (size_t i = 0; status == STATUS_OK && i < *count; i++)
		status = mask_value(walk, line, field, values + i * size_of(field));
	return status;
}

/* What stands in a log belongs to the RPC that the log names. */
static const struct rpc *rpc_within(const struct walk *walk, const ProtobufCMessage *message)
{
	const Pb__LogListReply *entry;

	if (message->descriptor != &pb__log_list_reply__descriptor)
		return walk->rpc;
	entry = (const Pb__LogListReply *)(const void *)message;
	return entry->rpc > UINT16_MAX ? NULL : rpc_find((uint16_t)entry->rpc);
}

/* Messages are not recursive: the depth is that of the declarations. */
static enum status mask_node(const struct walk *outer, const struct node *node,
			     ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	struct walk walk = {outer->shown, outer->arena, rpc_within(outer, message)};
	const struct line *next = node == NULL ? NULL : node->lines;
	enum status status = STATUS_OK;

	for (unsigned i = 0; status == STATUS_OK && i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

		if (is_concerned(field))
			status = mask_field(&walk, take_line(&next, field), field, message);
	}
	return status;
}

static struct walk begin(enum mask_right right, struct arena *arena)
{
	static const enum level shown[] = {
		[MASK_RIGHT_NONE] = LEVEL_INTERNAL,
		[MASK_RIGHT_PERSONAL] = LEVEL_PERSONAL,
		[MASK_RIGHT_SENSITIVE] = LEVEL_SENSITIVE,
		[MASK_RIGHT_SECRET] = LEVEL_SECRET,
	};

	return (struct walk){.shown = shown[right], .arena = arena};
}

enum status mask_message(ProtobufCMessage *message, enum mask_right right, struct arena *arena)
{
	struct walk walk = begin(right, arena);

	return mask_node(&walk, find_node(message->descriptor), message);
}

enum status mask_packed(const ProtobufCMessageDescriptor *descriptor, ProtobufCBinaryData *bytes,
			enum mask_right right, struct arena *arena)
{
	struct walk walk = begin(right, arena);

	return mask_bytes_of(&walk, descriptor, bytes);
}
