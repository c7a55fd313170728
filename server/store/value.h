/*
 * The one seam that every stored row passes: a format byte before the packed message. Sealing rows
 * (encryption at rest) will be a second format here and nothing elsewhere.
 */
#ifndef SERVER_STORE_VALUE_H
#define SERVER_STORE_VALUE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/status.h"

#define VALUE_PLAIN 1

/* Bytes that value_encode() will write. */
size_t value_len(const ProtobufCMessage *row);
void value_encode(const ProtobufCMessage *row, uint8_t *to);

/* The row in the arena. STATUS_CORRUPT, STATUS_MEMORY. */
MUST_CHECK enum status value_decode(const ProtobufCMessageDescriptor *descriptor,
				    const uint8_t *bytes, size_t len, struct arena *arena,
				    ProtobufCMessage **row);

#endif
