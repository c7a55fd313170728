#include "client/cli/field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/lang.h"
#include "client/cli/word.h"
#include "common/date.h"
#include "common/hash.h"
#include "common/message.h"
#include "common/text.h"

#define FIELD_NAME_MAX 64

/* ---- along the path ---- */

/* Takes the next part of a path; "" at its end or when it is too long to be a name. */
static const char *path_step(const char *path, char name[static FIELD_NAME_MAX])
{
	size_t len = strcspn(path, ".");

	name[0] = '\0';
	if (len < FIELD_NAME_MAX) {
		memcpy(name, path, len);
		name[len] = '\0';
	}
	return path[len] == '.' ? path + len + 1 : path + len;
}

/* Takes an element's number when the path has one; 0 otherwise. */
static const char *path_index(const char *path, size_t *index)
{
	char *end;

	*index = 0;
	if (!isdigit((unsigned char)path[0]))
		return path;
	*index = strtoul(path, &end, 10);
	return *end == '.' ? end + 1 : end;
}

static size_t quantity(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	size_t count;

	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return 1;
	memcpy(&count, (const char *)message + field->quantifier_offset, sizeof(count));
	return count;
}

static const void *member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return (const char *)message + field->offset;
}

/* The message that a message field holds, an element of a repeated one; NULL when absent. */
static ProtobufCMessage *inner_message(const ProtobufCMessage *message,
				       const ProtobufCFieldDescriptor *field, size_t index)
{
	const void *at = member(message, field);

	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return *(ProtobufCMessage *const *)at;
	if (index >= quantity(message, field))
		return NULL;
	return (*(ProtobufCMessage * *const *)at)[index];
}

bool field_find(const ProtobufCMessage *message, const char *path, struct field *field)
{
	char name[FIELD_NAME_MAX];

	while (message != NULL) {
		const ProtobufCFieldDescriptor *found;
		size_t index;

		path = path_step(path, name);
		found = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
		if (found == NULL)
			return false;
		if (*path == '\0') {
			*field = (struct field){found, member(message, found),
						quantity(message, found)};
			return true;
		}
		if (found->type != PROTOBUF_C_TYPE_MESSAGE)
			return false;
		path = path_index(path, &index);
		message = inner_message(message, found, index);
	}
	return false;
}

const char *field_of_draft(const char *path)
{
	static const char *const drafts[] = {"draft.", "item_draft."};

	for (size_t i = 0; i < sizeof(drafts) / sizeof(drafts[0]); i++)
		if (strncmp(path, drafts[i], strlen(drafts[i])) == 0)
			return path + strlen(drafts[i]);
	return NULL;
}

bool field_exists(const ProtobufCMessageDescriptor *type, const char *path)
{
	char name[FIELD_NAME_MAX];

	while (type != NULL) {
		const ProtobufCFieldDescriptor *found;
		size_t index;

		path = path_step(path, name);
		found = protobuf_c_message_descriptor_get_field_by_name(type, name);
		if (found == NULL)
			return false;
		if (*path == '\0')
			return true;
		path = path_index(path, &index);
		type = found->type == PROTOBUF_C_TYPE_MESSAGE ? found->descriptor : NULL;
	}
	return false;
}

/* ---- reading ---- */

static const char *time_text(int64_t time, enum style style, struct arena *arena)
{
	char text[DATE_TIME_TEXT_LEN];

	date_format_time(time, FIELD_ZONE_MINUTES, text);
	if (style == STYLE_PEOPLE)
		return arena_copy(arena, text, strlen(text));
	return arena_printf(arena, "%.10sT%s+%02d:%02d", text, text + 11, FIELD_ZONE_MINUTES / 60,
			    FIELD_ZONE_MINUTES % 60);
}

static const char *enum_text(const ProtobufCEnumDescriptor *type, int number, enum style style,
			     struct arena *arena)
{
	const struct word *word = word_find(type, number);

	if (word == NULL)
		return number == 0 ? "" : arena_printf(arena, "%d", number);
	return style == STYLE_PEOPLE ? _(word->text) : word->text;
}

static const char *number_text(uint64_t number, bool zero_too, struct arena *arena)
{
	return number == 0 && !zero_too ? ""
					: arena_printf(arena, "%llu", (unsigned long long)number);
}

static const char *date_text(int32_t date, struct arena *arena)
{
	char text[DATE_TEXT_LEN];

	if (date == 0)
		return "";
	date_format(date, text);
	return arena_copy(arena, text, strlen(text));
}

static const char *bytes_text(const ProtobufCBinaryData *bytes, struct arena *arena)
{
	char *hex = arena_alloc(arena, 2 * bytes->len + 1);

	if (hex != NULL)
		hex_encode(bytes->data, bytes->len, hex);
	return hex;
}

/* One element, which stands at an address. */
static const char *element_text(const ProtobufCFieldDescriptor *descriptor, const void *at,
				enum style style, bool zero_too, struct arena *arena)
{
	switch (descriptor->type) {
	case PROTOBUF_C_TYPE_STRING:
		return *(const char *const *)at;
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_text(at, arena);
	case PROTOBUF_C_TYPE_ENUM:
		return enum_text(descriptor->descriptor, *(const int *)at, style, arena);
	case PROTOBUF_C_TYPE_BOOL:
		if (style == STYLE_PEOPLE)
			return *(const protobuf_c_boolean *)at ? _("yes") : "";
		return *(const protobuf_c_boolean *)at ? "true" : "false";
	case PROTOBUF_C_TYPE_UINT32:
		return number_text(*(const uint32_t *)at, zero_too, arena);
	case PROTOBUF_C_TYPE_UINT64:
		return number_text(*(const uint64_t *)at, zero_too, arena);
	case PROTOBUF_C_TYPE_INT32:
		return date_text(*(const int32_t *)at, arena);
	case PROTOBUF_C_TYPE_INT64:
		return *(const int64_t *)at == 0 ? ""
						 : time_text(*(const int64_t *)at, style, arena);
	default:
		return "";
	}
}

size_t field_element_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
		return sizeof(uint64_t);
	default:
		return sizeof(uint32_t);
	}
}

const char *field_text(const struct field *field, enum style style, bool zero_too,
		       struct arena *arena)
{
	const ProtobufCFieldDescriptor *descriptor = field->descriptor;
	size_t size = field_element_size(descriptor->type);
	const char *text = "";

	if (descriptor->label != PROTOBUF_C_LABEL_REPEATED)
		return element_text(descriptor, field->at, style, zero_too, arena);
	for (size_t i = 0; i < field->count && text != NULL; i++) {
		const char *elements = *(const char *const *)field->at;
		const char *one =
			element_text(descriptor, elements + i * size, style, zero_too, arena);
		if (one == NULL)
			return NULL;
		text = i == 0 ? one : arena_printf(arena, "%s, %s", text, one);
	}
	return text;
}

/* ---- writing ---- */

/* Room for one more element; arrays double. */
static void *append(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		    struct arena *arena)
{
	size_t size = field_element_size(field->type);
	size_t count = quantity(message, field);
	char **elements = (char **)((char *)message + field->offset);
	char *grown = *elements;

	if ((count & (count - 1)) == 0)
		grown = arena_calloc(arena, count == 0 ? 1 : 2 * count, size);
	if (grown == NULL)
		return NULL;
	if (grown != *elements && count > 0)
		memcpy(grown, *elements, count * size);
	*elements = grown;
	count++;
	memcpy((char *)message + field->quantifier_offset, &count, sizeof(count));
	return grown + (count - 1) * size;
}

static bool is_set(const ProtobufCMessage *message, const char *path)
{
	struct field field;

	if (!field_find(message, path, &field))
		return false;
	if (field.descriptor->type == PROTOBUF_C_TYPE_STRING && field.count == 1)
		return !text_empty(*(const char *const *)field.at);
	return false;
}

/* The message to go on in; made when it is not there. rest is the path behind. */
static ProtobufCMessage *enter(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
			       const char *rest, struct arena *arena)
{
	size_t count = quantity(message, field);
	ProtobufCMessage *inner = count == 0 ? NULL : inner_message(message, field, count - 1);
	ProtobufCMessage **place;

	if (inner != NULL && (field->label != PROTOBUF_C_LABEL_REPEATED || !is_set(inner, rest)))
		return inner;
	inner = message_new(field->descriptor, arena);
	place = field->label == PROTOBUF_C_LABEL_REPEATED
			? append(message, field, arena)
			: (ProtobufCMessage **)((char *)message + field->offset);
	if (inner == NULL || place == NULL)
		return NULL;
	*place = inner;
	return inner;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	*number = strtoull(text, &end, 10);
	return *end == '\0' && *number <= max;
}

static const char *put_date(void *at, bool is_time, const char *text, int32_t today)
{
	int32_t date;

	if (date_parse(text, today, &date) != STATUS_OK)
		return N_("a date like 2026-03-01, today, tomorrow or +15d");
	if (is_time)
		*(int64_t *)at = date_to_time(date, FIELD_ZONE_MINUTES);
	else
		*(int32_t *)at = date;
	return NULL;
}

/* Bytes are given in hex. */
static const char *put_bytes(ProtobufCBinaryData *at, const char *text, struct arena *arena)
{
	size_t len = strlen(text) / 2;

	at->data = arena_alloc(arena, len + 1);
	at->len = len;
	return at->data != NULL && strlen(text) == 2 * len &&
			       hex_decode(text, at->data, len) == STATUS_OK
		       ? NULL
		       : N_("hex digits, two for each byte");
}

/* Puts one value at its address. Returns what was expected, or NULL when it is well. */
static const char *put_value(const ProtobufCFieldDescriptor *field, void *at, const char *text,
			     int32_t today, struct arena *arena)
{
	uint64_t number;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(const char **)at = text;
		return text_check(text, strlen(text)) == TEXT_OK
			       ? NULL
			       : N_("text in UTF-8 without control characters");
	case PROTOBUF_C_TYPE_ENUM:
		return word_parse(field->descriptor, text, strlen(text), at) ? NULL : N_("one of");
	case PROTOBUF_C_TYPE_BYTES:
		return put_bytes(at, text, arena);
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at = 1;
		return NULL;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_INT64:
		return put_date(at, field->type == PROTOBUF_C_TYPE_INT64, text, today);
	case PROTOBUF_C_TYPE_UINT32:
		if (!parse_number(text, UINT32_MAX, &number))
			return N_("a whole number");
		*(uint32_t *)at = (uint32_t)number;
		return NULL;
	default:
		if (!parse_number(text, UINT64_MAX, &number))
			return N_("a whole number");
		*(uint64_t *)at = number;
		return NULL;
	}
}

enum status field_put(ProtobufCMessage *message, const char *path, const char *text, int32_t today,
		      struct arena *arena, const char **expected)
{
	char name[FIELD_NAME_MAX];
	const ProtobufCFieldDescriptor *field;
	void *at;

	for (;;) {
		path = path_step(path, name);
		field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
		if (field == NULL)
			return STATUS_USAGE;
		if (*path == '\0')
			break;
		message = enter(message, field, path, arena);
		if (message == NULL)
			return STATUS_MEMORY;
	}
	at = field->label == PROTOBUF_C_LABEL_REPEATED ? append(message, field, arena)
						       : (char *)message + field->offset;
	if (at == NULL)
		return STATUS_MEMORY;
	*expected = put_value(field, at, text, today, arena);
	return *expected == NULL ? STATUS_OK : STATUS_USAGE;
}
