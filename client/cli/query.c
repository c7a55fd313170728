#include "client/cli/query.h"

#include <poll.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/interrupt.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/mark.h"
#include "client/cli/proof.h"
#include "client/cli/refusal.h"
#include "client/cli/request.h"

#define TICK_MS 1000 /* how often a silent live list looks up */

enum status query_call(struct cli *cli, const struct command *command, uint16_t rpc,
		       const ProtobufCMessage *request, struct client_answer *answer)
{
	enum status status = cli_connect(cli);

	if (status != STATUS_OK)
		return status;
	status = client_call(cli->client, (enum rpc_number)rpc, request, NULL, 0, answer);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (answer->refusal != NULL)
		return refusal_answer(cli, answer->refusal, command);
	mark_take(cli, answer);
	return answer->status != STATUS_OK ? proof_refute(cli, answer) : STATUS_OK;
}

enum status query_print(struct cli *cli, const struct command *command,
			const ProtobufCMessage *reply)
{
	struct list list;
	enum status status;

	if (cli->format == FORMAT_TABLE)
		return table_record(cli->out, command->columns, reply);
	if (cli->format == FORMAT_JSON) {
		status = json_write(cli->out, json_message(reply));
		fputc('\n', cli->out);
		return status;
	}
	status = list_begin(&list, cli, command->columns, false);
	if (status == STATUS_OK)
		status = list_item(&list, reply);
	if (status == STATUS_OK)
		status = list_end(&list, true);
	list_release(&list);
	return status;
}

enum status query_show(struct cli *cli, const struct arguments *arguments)
{
	const struct command *command = arguments->command;
	struct client_answer answer;
	ProtobufCMessage *request;
	enum status status = request_build(cli, arguments, &cli->arena, &request);

	if (status == STATUS_OK)
		status = query_call(cli, command, command->rpc, request, &answer);
	if (status != STATUS_OK)
		return status;
	status = query_print(cli, command, answer.reply);
	mark_tell(cli);
	return status;
}

/* ---- streams ---- */

/* Waits, in a live list, for the server or for Ctrl-C, which ends the stream. */
static enum status await(struct cli *cli, uint64_t request_id, int *interrupt)
{
	struct pollfd wanted[2] = {{.fd = client_fd(cli->client), .events = POLLIN},
				   {.fd = *interrupt, .events = POLLIN}};
	bool want_write;
	enum status status = client_tick(cli->client);

	if (status == STATUS_OK)
		status = client_flush(cli->client, &want_write);
	if (status != STATUS_OK || *interrupt < 0)
		return status;
	if (want_write)
		wanted[0].events |= POLLOUT;
	(void)poll(wanted, 2, TICK_MS); /* whatever it was, the client looks */
	if (!interrupt_seen(*interrupt))
		return STATUS_OK;
	interrupt_release(*interrupt);
	*interrupt = -1;
	return client_cancel(cli->client, request_id);
}

/* The next answer; STATUS_NOT_FOUND: look again. */
static enum status next_answer(struct cli *cli, uint64_t request_id, int *interrupt,
			       struct client_answer *answer)
{
	enum status status;

	if (*interrupt < 0)
		return client_receive(cli->client, answer);
	status = client_poll(cli->client, answer);
	if (status != STATUS_NOT_FOUND)
		return status;
	status = await(cli, request_id, interrupt);
	return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

static enum status take_items(struct cli *cli, const struct command *command, struct list *list,
			      uint64_t request_id, int *interrupt)
{
	struct client_answer answer;

	for (;;) {
		enum status status = next_answer(cli, request_id, interrupt, &answer);

		if (status == STATUS_NOT_FOUND)
			continue;
		if (status != STATUS_OK)
			return cli_lost(cli, status);
		if (answer.status == STATUS_PROOF)
			return proof_refute(cli, &answer);
		if (answer.kind == FRAME_END) {
			mark_take(cli, &answer);
			return STATUS_OK;
		}
		if (answer.refusal != NULL && answer.status == STATUS_CANCELLED && list->live)
			return STATUS_OK;
		if (answer.refusal != NULL)
			return refusal_print(cli, answer.refusal, command);
		mark_take(cli, &answer);
		status = list_item(list, answer.reply);
		if (status != STATUS_OK)
			return cli_complain(cli, status, _("the list cannot be written"));
	}
}

enum status query_stream(struct cli *cli, const struct command *command, uint16_t rpc,
			 const ProtobufCMessage *request, const struct column *columns, bool live)
{
	struct list list;
	uint64_t request_id;
	int interrupt = -1;
	enum status ended;
	enum status status = cli_connect(cli);

	if (status != STATUS_OK)
		return status;
	status = client_send(cli->client, (enum rpc_number)rpc, request, NULL, 0, &request_id);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (live)
		interrupt = interrupt_catch();
	status = list_begin(&list, cli, columns, live);
	if (command != NULL && command->empty != NULL)
		list.empty = command->empty;
	if (status == STATUS_OK)
		status = take_items(cli, command, &list, request_id, &interrupt);
	/* What came is shown also when the rest does not come. */
	ended = list_end(&list, status == STATUS_OK);
	list_release(&list);
	interrupt_release(interrupt);
	if (command != NULL) /* else words for the shell */
		mark_tell(cli);
	if (status == STATUS_OK && ended != STATUS_OK)
		return cli_complain(cli, ended, _("the list cannot be written"));
	return status;
}

enum status query_list(struct cli *cli, const struct arguments *arguments)
{
	const struct command *command = arguments->command;
	ProtobufCMessage *request;
	enum status status = request_build(cli, arguments, &cli->arena, &request);

	if (status != STATUS_OK)
		return status;
	return query_stream(cli, command, command->rpc, request, command->columns,
			    arguments_has(arguments, "follow"));
}
