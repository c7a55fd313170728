/*
 * What leaves in clear, by common/secrecy.def: the one function that masks, called where an answer
 * is packed (dispatch, scan_emit()) and nowhere else. No role unmasks anything; only an RPC whose
 * act it is to reveal sets call->right.
 */
#ifndef SERVER_SERVICE_MASK_H
#define SERVER_SERVICE_MASK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/arena.h"
#include "common/status.h"

/* Up to which level an answer is clear. */
enum mask_right {
	MASK_RIGHT_NONE, /* PUBLIC and INTERNAL */
	MASK_RIGHT_PERSONAL,
	MASK_RIGHT_SENSITIVE,
	MASK_RIGHT_SECRET,
};

/* Replaces in the message, which is the answer's alone, all that the right does not show; masks are
 * of the arena. The acts in what a log shows are unpacked, masked and packed again. STATUS_MEMORY;
 * STATUS_CORRUPT for an act that is not its RPC's. */
MUST_CHECK enum status mask_message(ProtobufCMessage *message, enum mask_right right,
				    struct arena *arena);

/* The same for a packed message: bytes point into the arena where something was masked, else they
 * stay as they are. */
MUST_CHECK enum status mask_packed(const ProtobufCMessageDescriptor *descriptor,
				   ProtobufCBinaryData *bytes, enum mask_right right,
				   struct arena *arena);

/* Whether no message of this type ever has anything to mask. */
bool mask_is_plain(const ProtobufCMessageDescriptor *descriptor);

#endif
