/* Looks: requests that change nothing, shown as one record or as a list. */
#ifndef CLIENT_CLI_QUERY_H
#define CLIENT_CLI_QUERY_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "client/cli/column.h"
#include "client/cli/option.h"
#include "common/status.h"

struct cli;

/* Runs a command of lane POINT and shows its columns, one a line. */
MUST_CHECK enum status query_show(struct cli *cli, const struct arguments *arguments);

/* Shows a reply by the command's columns, one a line. */
MUST_CHECK enum status query_print(struct cli *cli, const struct command *command,
				   const ProtobufCMessage *reply);

/* Runs a command of lane SCAN and lists what comes. */
MUST_CHECK enum status query_list(struct cli *cli, const struct arguments *arguments);

/* Sends a request of lane SCAN and lists what comes; with live each item at once, until Ctrl-C.
 * command (may be NULL) names fields in refusals. Complains. */
MUST_CHECK enum status query_stream(struct cli *cli, const struct command *command, uint16_t rpc,
				    const ProtobufCMessage *request, const struct column *columns,
				    bool live);

/* Sends a request of lane POINT and waits. STATUS_OK: answer->reply is there. Complains. */
struct client_answer;
MUST_CHECK enum status query_call(struct cli *cli, const struct command *command, uint16_t rpc,
				  const ProtobufCMessage *request, struct client_answer *answer);

#endif
