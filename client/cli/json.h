/* JSON of messages by the proto3 JSON mapping: lowerCamelCase names, 64-bit numbers as text, enums
 * by name, bytes in base64, defaults left out. */
#ifndef CLIENT_CLI_JSON_H
#define CLIENT_CLI_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "common/status.h"
#include "proto/wire.pb-c.h"

/* A new reference; NULL when memory is out or a text is not UTF-8. */
json_t *json_message(const ProtobufCMessage *message);

/* Writes a value in one line without its end and drops the reference; NULL is a failure.
 * STATUS_MEMORY, STATUS_SYSTEM when it cannot be written. */
MUST_CHECK enum status json_write(FILE *to, json_t *value);

/* {"status": "ON_LOAN", "refusal": {...}} in a line. */
void json_print_refusal(FILE *to, const Pb__Refusal *refusal);

#endif
