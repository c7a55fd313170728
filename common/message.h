/*
 * From bytes of a stranger to a message that may be trusted in form. A scan along the descriptor
 * comes before protobuf-c sees anything, because protobuf-c 1.4 has no limit on depth or memory and
 * checks no text: it bounds nesting and fields, refuses unknown fields, wrong wire types, repeated
 * singular fields, unknown enum values, text that is not UTF-8, has control characters or is too
 * long. Unpacking then allocates from the request's arena.
 */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/status.h"

#define MESSAGE_DEPTH_MAX 8
#define MESSAGE_FIELDS_MAX 16384 /* in all: an import's batch is the largest */
#define MESSAGE_TEXT_MAX 2048    /* bytes of one text */

/* Where and why a message was refused. */
struct message_fault {
	const char *reason; /* common/reason.def; static storage */
	const char *field;  /* name of the field, "" when none is concerned; static storage */
	uint64_t limit;     /* the limit met, or 0 */
};

/* Checks without unpacking. STATUS_OK, or STATUS_MESSAGE_INVALID and fault says why. */
MUST_CHECK enum status message_scan(const ProtobufCMessageDescriptor *descriptor,
				    const uint8_t *bytes, size_t len, struct message_fault *fault);

/* Scans and unpacks into the arena. *message is valid as long as the arena is not reset; never
 * free it. STATUS_MESSAGE_INVALID as above, STATUS_MEMORY when the arena is full. */
MUST_CHECK enum status message_unpack(const ProtobufCMessageDescriptor *descriptor,
				      const uint8_t *bytes, size_t len, struct arena *arena,
				      ProtobufCMessage **message, struct message_fault *fault);

/* Appends the packed message. STATUS_MEMORY. */
MUST_CHECK enum status message_pack(const ProtobufCMessage *message, struct buf *to);

/* A zeroed, initialized message of that type in the arena; NULL when it is full. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *descriptor, struct arena *arena);

#endif
