#include "client/cli/json.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/field.h"

#define NAME_LEN 64

/* "borrower_class" to "borrowerClass" */
static void camel_case(const char *name, char out[static NAME_LEN])
{
	size_t len = 0;

	for (; *name != '\0' && len < NAME_LEN - 1; name++) {
		if (*name == '_' && name[1] != '\0')
			out[len++] = (char)toupper((unsigned char)*++name);
		else
			out[len++] = *name;
	}
	out[len] = '\0';
}

static json_t *json_base64(const ProtobufCBinaryData *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size = (bytes->len + 2) / 3 * 4;
	char *text = malloc(size + 1);
	char *to = text;
	json_t *value;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < bytes->len; i += 3) {
		size_t left = bytes->len - i;
		uint32_t group = (uint32_t)bytes->data[i] << 16;

		group |= left > 1 ? (uint32_t)bytes->data[i + 1] << 8 : 0;
		group |= left > 2 ? bytes->data[i + 2] : 0;
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = left > 1 ? digits[group >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[group & 63] : '=';
	}
	value = json_stringn(text, size);
	free(text);
	return value;
}

static json_t *json_enum(const ProtobufCEnumDescriptor *type, int number)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, number);

	return value != NULL ? json_string(value->name) : json_integer(number);
}

/* One element, which stands at an address. */
static json_t *json_element(const ProtobufCFieldDescriptor *field, const void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return json_string(*(const char *const *)at);
	case PROTOBUF_C_TYPE_BYTES:
		return json_base64(at);
	case PROTOBUF_C_TYPE_MESSAGE:
		return json_message(*(const ProtobufCMessage *const *)at);
	case PROTOBUF_C_TYPE_ENUM:
		return json_enum(field->descriptor, *(const int *)at);
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_UINT32:
		return json_integer(*(const uint32_t *)at);
	case PROTOBUF_C_TYPE_INT32:
		return json_integer(*(const int32_t *)at);
	case PROTOBUF_C_TYPE_UINT64:
		return json_sprintf("%llu", (unsigned long long)*(const uint64_t *)at);
	case PROTOBUF_C_TYPE_INT64:
		return json_sprintf("%lld", (long long)*(const int64_t *)at);
	default:
		return NULL; /* the protocol has no other types */
	}
}

/* Default values are left out. */
static bool is_default(const ProtobufCFieldDescriptor *field, const void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return (*(const char *const *)at)[0] == '\0';
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)at)->len == 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(void *const *)at == NULL;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
		return *(const uint64_t *)at == 0;
	default:
		return *(const uint32_t *)at == 0;
	}
}

static json_t *json_array_of(const ProtobufCFieldDescriptor *field, const char *elements,
			     size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < count; i++) {
		json_t *one = json_element(field, elements + i * field_element_size(field->type));
		if (json_array_append_new(array, one) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static int json_put_field(json_t *object, const ProtobufCMessage *message,
			  const ProtobufCFieldDescriptor *field)
{
	const char *at = (const char *)message + field->offset;
	char name[NAME_LEN];
	size_t count;

	camel_case(field->name, name);
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(&count, (const char *)message + field->quantifier_offset, sizeof(count));
		if (count == 0)
			return 0;
		return json_object_set_new(object, name,
					   json_array_of(field, *(const char *const *)at, count));
	}
	if (is_default(field, at))
		return 0;
	return json_object_set_new(object, name, json_element(field, at));
}

json_t *json_message(const ProtobufCMessage *message)
{
	json_t *object = json_object();

	for (unsigned i = 0; object != NULL && i < message->descriptor->n_fields; i++) {
		if (json_put_field(object, message, &message->descriptor->fields[i]) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

enum status json_write(FILE *to, json_t *value)
{
	int failed;

	if (value == NULL)
		return STATUS_MEMORY;
	failed = json_dumpf(value, to, JSON_COMPACT);
	json_decref(value);
	return failed ? STATUS_SYSTEM : STATUS_OK;
}

void json_print_refusal(FILE *to, const Pb__Refusal *refusal)
{
	json_t *object =
		json_pack("{s:s, s:o*}", "status", status_name((enum status)refusal->status),
			  "refusal", json_message(&refusal->base));

	/* What went wrong stands on stderr besides. */
	if (json_write(to, object) == STATUS_OK)
		fputc('\n', to);
}
