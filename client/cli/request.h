/* From what was typed to the request's message. */
#ifndef CLIENT_CLI_REQUEST_H
#define CLIENT_CLI_REQUEST_H

#include <protobuf-c/protobuf-c.h>

#include "client/cli/option.h"
#include "common/arena.h"
#include "common/status.h"

struct cli;

/* Makes the request of the command's RPC in the arena, from operands and options that have a field;
 * lists the fields of a draft in "fields" where the request has that. Complains: STATUS_USAGE,
 * STATUS_MEMORY. */
MUST_CHECK enum status request_build(struct cli *cli, const struct arguments *arguments,
				     struct arena *arena, ProtobufCMessage **request);

#endif
