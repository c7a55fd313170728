#include "client/cli/act.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/refusal.h"
#include "client/cli/request.h"
#include "client/cli/safe.h"
#include "client/lib/receipts.h"
#include "common/bytes.h"
#include "common/rpc.h"

#define SEQUENCE_AT 8 /* in an entry's header: common/entry.h */

bool act_is_open(enum status status)
{
	return status_exit(status) == EXIT_UNKNOWN || status == STATUS_PROOF;
}

bool act_sequence(const struct client_answer *answer, uint64_t *sequence)
{
	if (answer->status == STATUS_PROOF || answer->receipt == NULL ||
	    answer->receipt->entry.len < ENTRY_FIXED_LEN)
		return false;
	*sequence = bytes_get64(answer->receipt->entry.data + SEQUENCE_AT);
	return true;
}

bool act_is_held(const struct cli *cli)
{
	return client_welcome(cli->client)->quarantine[0] != '\0';
}

/* As the server would refuse it; but one that says that it can do nothing gets nothing to do. */
static Pb__Refusal held(void)
{
	Pb__Refusal refusal = PB__REFUSAL__INIT;

	refusal.status = STATUS_QUARANTINE;
	refusal.reason = reason_name(REASON_quarantine);
	return refusal;
}

enum status act_send(struct cli *cli, const struct journal_act *act, uint64_t *request_id)
{
	Pb__Refusal refusal = held();
	enum status status = cli_journal(cli);

	if (status == STATUS_OK && act_is_held(cli))
		return refusal_print(cli, &refusal, NULL);
	if (status != STATUS_OK)
		return status;
	status = journal_begin(cli->journal, act);
	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("the journal cannot be written: %s"),
				    _(status_text(status)));
	status = client_send_packed(cli->client, (enum rpc_number)act->rpc, act->request, act->len,
				    act->key, 0, request_id);
	return status == STATUS_OK ? status : cli_lost(cli, status);
}

void act_keep_receipt(struct cli *cli, uint16_t rpc, const Pb__Receipt *receipt,
		      const char *failure)
{
	struct path path;
	enum status status = cli_state_path(cli, RECEIPTS_FILE, &path);

	if (status == STATUS_OK)
		status = receipts_add(path.text, rpc, receipt);
	if (status != STATUS_OK)
		cli_complain(cli, status, "%s", failure);
}

void act_close(struct cli *cli, const uint8_t key[static FRAME_KEY_LEN],
	       const struct client_answer *answer)
{
	if (answer->receipt != NULL && answer->status != STATUS_PROOF)
		act_keep_receipt(
			cli, answer->rpc->number, answer->receipt,
			_("the receipt cannot be kept (it is in the ledger all the same)"));
	if (act_is_open(answer->status))
		return;
	/* What cannot be noted as done is repeated at the next start, which does no harm. */
	if (cli->journal != NULL && journal_done(cli->journal, key) != STATUS_OK)
		cli_complain(cli, STATUS_OK, _("the journal cannot be written"));
}

/* ---- telling ---- */

enum status act_tell(struct cli *cli, const struct command *command,
		     const struct client_answer *answer)
{
	FILE *streams[2] = {cli->out, cli->err};
	char *texts[2] = {NULL, NULL};
	size_t lens[2];
	FILE *held[2];
	enum status status = STATUS_MEMORY;

	if (command == NULL || command->tell == NULL || answer->reply == NULL)
		return STATUS_OK;
	held[0] = open_memstream(&texts[0], &lens[0]);
	held[1] = open_memstream(&texts[1], &lens[1]);
	if (held[0] != NULL && held[1] != NULL) {
		cli->out = held[0];
		cli->err = held[1];
		status = command->tell(cli, answer->reply);
		cli->out = streams[0];
		cli->err = streams[1];
	}
	for (size_t i = 0; i < 2; i++) {
		if (held[i] != NULL && fclose(held[i]) == 0)
			safe_write_lines(streams[i], texts[i]);
		free(texts[i]);
	}
	return status;
}

char *act_line(struct cli *cli, const struct command *command, const struct client_answer *answer,
	       enum status *status)
{
	char *text = NULL;
	size_t len = 0;
	FILE *lines = open_memstream(&text, &len);
	FILE *out = cli->out;
	FILE *err = cli->err;

	*status = answer->status;
	if (lines == NULL)
		return NULL;
	cli->out = lines;
	cli->err = lines;
	if (answer->refusal != NULL)
		refusal_write(lines, answer->refusal, command);
	else if (*status == STATUS_OK)
		*status = act_tell(cli, command, answer);
	else
		fputs(_(status_text(*status)), lines);
	cli->out = out;
	cli->err = err;
	if (fclose(lines) != 0) {
		free(text);
		return NULL;
	}
	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	for (char *at = text; *at != '\0'; at++)
		*at = *at == '\n' ? ';' : *at == '\t' ? ' ' : *at;
	return text;
}

const struct command *act_command(const struct cli *cli, uint16_t rpc)
{
	for (const struct command_group *group = cli->groups; group->commands != NULL; group++) {
		for (const struct command *one = group->commands; one->words != NULL; one++) {
			if (one->rpc == rpc && one->tell != NULL)
				return one;
		}
	}
	return NULL;
}

static enum status print_json(struct cli *cli, const struct client_answer *answer)
{
	json_t *object = json_pack("{s:s}", "status", status_name(answer->status));
	uint64_t sequence;
	enum status status;

	if (act_sequence(answer, &sequence) &&
	    json_object_set_new(object, "sequence",
				json_sprintf("%llu", (unsigned long long)sequence)) != 0)
		return STATUS_MEMORY;
	if (cli->code[0] != '\0' &&
	    json_object_set_new(object, "code", json_string(cli->code)) != 0)
		return STATUS_MEMORY;
	if (json_object_set_new(object, "reply", json_message(answer->reply)) != 0)
		return STATUS_MEMORY;
	status = json_write(cli->out, object);
	fputc('\n', cli->out);
	return status;
}

/* What the person who did it reads. */
static enum status conclude(struct cli *cli, const struct command *command,
			    const struct client_answer *answer, bool dry_run)
{
	uint64_t sequence;
	enum status status;

	if (answer->refusal != NULL)
		return refusal_answer(cli, answer->refusal, command);
	if (answer->status == STATUS_PROOF)
		return proof_refute(cli, answer);
	if (answer->status != STATUS_OK)
		return cli_complain(cli, answer->status, "%s", _(status_text(answer->status)));
	if (cli->format == FORMAT_JSON)
		return print_json(cli, answer);
	status = act_tell(cli, command, answer);
	if (cli->quiet)
		return status;
	if (dry_run)
		fputs(_("Dry run: nothing was done\n"), cli->out);
	else if (act_sequence(answer, &sequence))
		fprintf(cli->out, _("Entry %llu\n"), (unsigned long long)sequence);
	return status;
}

/* ---- running ---- */

static enum status send_and_wait(struct cli *cli, const struct journal_act *act, bool dry_run,
				 struct client_answer *answer)
{
	uint64_t request_id;
	enum status status;

	if (dry_run)
		status = client_send_packed(cli->client, (enum rpc_number)act->rpc, act->request,
					    act->len, act->key, FRAME_DRY_RUN, &request_id);
	else
		status = act_send(cli, act, &request_id);
	if (status == STATUS_OK && !dry_run && journal_sync(cli->journal) != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM,
				    _("the journal cannot be written, so nothing was sent"));
	if (status != STATUS_OK)
		return status;
	status = client_receive(cli->client, answer);
	if (status == STATUS_OK)
		return status;
	if (dry_run)
		return cli_lost(cli, status);
	cli_lost(cli, status);
	fputs(_("It is not known whether it was done. The next dossier command that reaches the "
		"server settles it.\n"),
	      cli->err);
	return STATUS_OUTCOME_UNKNOWN;
}

/* Asks for it under a key of its own, and takes the answer. */
static enum status run_once(struct cli *cli, const struct command *command, struct journal_act *act,
			    bool dry_run, struct client_answer *answer)
{
	enum status status;

	client_new_key(act->key);
	status = send_and_wait(cli, act, dry_run, answer);
	if (status != STATUS_OK)
		return status;
	if (!dry_run)
		act_close(cli, act->key, answer);
	return conclude(cli, command, answer, dry_run);
}

enum status act_run(struct cli *cli, const struct arguments *arguments)
{
	const struct command *command = arguments->command;
	bool dry_run = arguments_has(arguments, "dry-run");
	struct journal_act act = {.rpc = command->rpc};
	struct client_answer answer;
	Pb__Refusal refusal = held();
	ProtobufCMessage *request;
	uint8_t *packed;
	enum status status = request_build(cli, arguments, &cli->arena, &request);

	if (status == STATUS_OK)
		status = cli_connect(cli);
	if (status == STATUS_OK && act_is_held(cli))
		status = refusal_answer(cli, &refusal, command);
	if (status != STATUS_OK)
		return status;
	if (command->prepare != NULL)
		status = command->prepare(cli, arguments, request);
	if (status != STATUS_OK)
		return status;
	act.len = protobuf_c_message_get_packed_size(request);
	packed = arena_alloc(&cli->arena, act.len + 1);
	if (packed == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	protobuf_c_message_pack(request, packed);
	act.request = packed;
	do {
		status = run_once(cli, command, &act, dry_run, &answer);
	} while (status == STATUS_OK && !dry_run && command->more != NULL &&
		 command->more(answer.reply));
	return status;
}
