/*
 * Fields of any message by path, along its descriptor: "draft.name",
 * "view.customer.contacts.0.name". Times are int64 fields and dates int32 fields everywhere in the
 * protocol, so that a field's type says how it is read and written.
 */
#ifndef CLIENT_CLI_FIELD_H
#define CLIENT_CLI_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/cli/column.h"
#include "common/arena.h"
#include "common/status.h"

/* Business dates and the times that people read are China's; the offset in minutes. */
#define FIELD_ZONE_MINUTES 480

/* A field of a message that was found. */
struct field {
	const ProtobufCFieldDescriptor *descriptor;
	const void *at; /* the struct's member */
	size_t count;   /* elements of a repeated field; else 1 */
};

/* False when a message or an element on the way is absent. The path must be right: see the test
 * that walks all tables. */
bool field_find(const ProtobufCMessage *message, const char *path, struct field *field);

/* Whether a path is right for messages of that type. */
bool field_exists(const ProtobufCMessageDescriptor *type, const char *path);

/* What a path names within a draft: "contacts.phone" of "draft.contacts.phone", "secrecy" of
 * "item_draft.secrecy". NULL when it is not of a draft. */
const char *field_of_draft(const char *path);

/* Bytes of one element of a repeated field of that type, or of a single field. */
size_t field_element_size(ProtobufCType type);

/* The field's text, elements joined by ", "; "" for a zero unless zero_too. NULL: arena full. */
const char *field_text(const struct field *field, enum style style, bool zero_too,
		       struct arena *arena);

/* Reads a text as the field's type asks and puts it there; messages on the way are made, elements
 * appended. In a repeated message the last element is meant, a new one once that has the field.
 * today is where relative dates start. STATUS_USAGE: *expected is a msgid that says what it should
 * be. STATUS_MEMORY. */
MUST_CHECK enum status field_put(ProtobufCMessage *message, const char *path, const char *text,
				 int32_t today, struct arena *arena, const char **expected);

#endif
