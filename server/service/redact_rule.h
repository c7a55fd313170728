/* Whose a message is, and which of its texts stay: the rules of redact.h, version 1. */
#ifndef SERVER_SERVICE_REDACT_RULE_H
#define SERVER_SERVICE_REDACT_RULE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/entry.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

/* Whether the text is the number of one of the erased: these stay, wherever they stand. */
bool redact_is_number(const Pb__EraseReply *erased, const char *text);

/* Whether the message is of the erased: a row of ours by what it says, never by where it stands;
 * all else by what it is part of. */
bool redact_is_owned(const Pb__EraseReply *erased, const ProtobufCMessage *message, bool around);

/* Whether the field stays even so. */
bool redact_is_kept(const ProtobufCMessage *message, const char *field);

/* Whether what was asked in the act is of the erased alone. */
bool redact_is_act_owned(const Pb__EraseReply *erased, const struct entry *entry,
			 const struct rpc *rpc, const ProtobufCMessage *request);

/* Whether the act asks for an erasure, decides on one or is one: that says why, and stays. */
bool redact_is_of_erasure(const struct entry *entry, const ProtobufCMessage *request,
			  const ProtobufCMessage *reply);

#endif
