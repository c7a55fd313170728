/*
 * batch: many acts on one connection, a line each, for scripts and scanners. Up to 32 are under
 * way; what is on its way together is journalled together. Results come in the order of the lines:
 *
 *   line <TAB> status <TAB> entry <TAB> text
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/command.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/request.h"
#include "client/cli/shellwords.h"
#include "client/cmd/group.h"
#include "client/cmd/lines.h"
#include "common/rpc.h"

#define UNDER_WAY_MAX 32
#define ARENA_MAX ((size_t)1024 * 1024)
#define TICK_MS 1000

/* One line, from being read until its result is written. */
struct slot {
	unsigned long line;
	uint64_t request_id; /* 0: it needs no answer of the server */
	uint8_t key[FRAME_KEY_LEN];
	const struct command *command;
	bool finished;
	enum status status;
	uint64_t sequence;
	bool has_sequence;
	char *text; /* owned */
};

struct batch {
	struct cli *cli;
	struct slot slots[UNDER_WAY_MAX]; /* a ring: from first, count of them */
	size_t first;
	size_t count;
	size_t max;          /* slots in use at once: ours, or fewer when the server allows fewer */
	unsigned long lines; /* taken, blank ones too */
	bool refused;        /* at least one line was */
	struct lines input;
	struct arena arena; /* of one line */
};

/* ---- lines to acts ---- */

static void slot_finish(struct slot *slot, enum status status, char *text)
{
	slot->finished = true;
	slot->status = status;
	slot->text = text;
}

static enum status slot_send(struct batch *batch, struct slot *slot, ProtobufCMessage *request)
{
	struct journal_act act = {.rpc = slot->command->rpc};
	uint8_t *packed;

	act.len = protobuf_c_message_get_packed_size(request);
	packed = arena_alloc(&batch->arena, act.len + 1);
	if (packed == NULL)
		return STATUS_MEMORY;
	protobuf_c_message_pack(request, packed);
	act.request = packed;
	client_new_key(slot->key);
	memcpy(act.key, slot->key, FRAME_KEY_LEN);
	return act_send(batch->cli, &act, &slot->request_id);
}

/* Understands a line, up to its request. Complaints go to cli->err, which is the slot's text. */
static enum status understand(struct batch *batch, struct slot *slot, const char *line,
			      ProtobufCMessage **request)
{
	struct cli *cli = batch->cli;
	struct arguments arguments;
	struct cli before = *cli;
	const struct rpc *rpc;
	char **words;
	size_t count;
	size_t used;
	enum status status = shellwords_split(line, &batch->arena, &words, &count);

	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_USAGE, _("a quote is not closed"));
	slot->command = command_find(cli->groups, words, count, &used);
	if (slot->command == NULL)
		return command_unknown(cli, words, count);
	rpc = rpc_find(slot->command->rpc);
	if (rpc == NULL || rpc->lane != LANE_WRITE)
		return cli_complain(cli, STATUS_USAGE, _("%s is not an act: batch takes acts only"),
				    slot->command->words);
	if (slot->command->alone)
		return cli_complain(cli, STATUS_USAGE, _("%s is not for batch: run it alone"),
				    slot->command->words);
	status = option_parse(cli, slot->command, words + used, count - used, &batch->arena,
			      &arguments);
	if (status == STATUS_OK && (cli->help || arguments_has(&arguments, "dry-run")))
		status = cli_complain(cli, STATUS_USAGE,
				      _("--help and --dry-run are not for batch"));
	/* A line's options are the line's own. */
	cli->help = false;
	cli->quiet = before.quiet;
	cli->color = before.color;
	cli->format = before.format;
	cli->choice = before.choice;
	return status == STATUS_OK ? request_build(cli, &arguments, &batch->arena, request)
				   : status;
}

/* The first line of a complaint without the program's name. */
static char *complaint_line(char *text)
{
	size_t skip = strlen(CLI_PREFIX);

	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, CLI_PREFIX, skip) == 0)
		memmove(text, text + skip, strlen(text + skip) + 1);
	return text;
}

static bool is_blank(const char *line)
{
	line += strspn(line, " \t\r");
	return *line == '\0' || *line == '#';
}

/* Takes one line into the ring. A failure is the end of the batch. */
static enum status batch_take(struct batch *batch, const char *line)
{
	struct slot *slot = &batch->slots[(batch->first + batch->count) % UNDER_WAY_MAX];
	FILE *err = batch->cli->err;
	ProtobufCMessage *request;
	char *text = NULL;
	size_t len;
	FILE *lines;
	enum status status;

	batch->lines++;
	if (is_blank(line))
		return STATUS_OK;
	*slot = (struct slot){.line = batch->lines};
	arena_reset(&batch->arena);
	lines = open_memstream(&text, &len);
	if (lines == NULL)
		return STATUS_MEMORY;
	batch->cli->err = lines;
	status = understand(batch, slot, line, &request);
	batch->cli->err = err;
	if (fclose(lines) != 0)
		status = STATUS_MEMORY;
	batch->count++;
	if (status != STATUS_OK) {
		slot_finish(slot, status, text != NULL ? complaint_line(text) : NULL);
		return STATUS_OK;
	}
	free(text);
	status = slot_send(batch, slot, request);
	if (status == STATUS_SYSTEM || status == STATUS_MEMORY) {
		/* Not even journalled: the line is not taken. */
		batch->count--;
		batch->lines--;
	}
	return status;
}

/* ---- answers to results ---- */

static void batch_answer(struct batch *batch, const struct client_answer *answer)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct slot *slot = &batch->slots[(batch->first + i) % UNDER_WAY_MAX];
		enum status status;
		char *text;

		if (slot->finished || slot->request_id != answer->request_id)
			continue;
		act_close(batch->cli, slot->key, answer);
		if (answer->status == STATUS_PROOF)
			proof_refute(batch->cli, answer);
		slot->has_sequence = act_sequence(answer, &slot->sequence);
		if (answer->refusal != NULL && answer->refusal->entered) {
			slot->has_sequence = true;
			slot->sequence = answer->refusal->sequence;
		}
		text = act_line(batch->cli, slot->command, answer, &status);
		slot_finish(slot, status, text);
		return;
	}
}

static enum status write_json(struct cli *cli, const struct slot *slot)
{
	json_t *object =
		json_pack("{s:I, s:s, s:s}", "line", (json_int_t)slot->line, "status",
			  status_name(slot->status), "text", slot->text != NULL ? slot->text : "");
	enum status status;

	if (slot->has_sequence &&
	    json_object_set_new(object, "sequence",
				json_sprintf("%llu", (unsigned long long)slot->sequence)) != 0)
		return STATUS_MEMORY;
	status = json_write(cli->out, object);
	fputc('\n', cli->out);
	return status;
}

static void write_line(FILE *out, const struct slot *slot)
{
	fprintf(out, "%lu\t%s\t", slot->line, status_name(slot->status));
	if (slot->has_sequence)
		fprintf(out, "%llu", (unsigned long long)slot->sequence);
	fprintf(out, "\t%s\n", slot->text != NULL ? slot->text : "");
}

/* Writes results as far as they are there, in order. */
static enum status batch_write(struct batch *batch)
{
	struct cli *cli = batch->cli;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && batch->count > 0 && batch->slots[batch->first].finished) {
		struct slot *slot = &batch->slots[batch->first];

		if (cli->format == FORMAT_JSON)
			status = write_json(cli, slot);
		else
			write_line(cli->out, slot);
		batch->refused |= slot->status != STATUS_OK;
		free(slot->text);
		slot->text = NULL;
		batch->first = (batch->first + 1) % UNDER_WAY_MAX;
		batch->count--;
	}
	if (status == STATUS_OK && fflush(cli->out) != 0)
		status = STATUS_SYSTEM;
	return status;
}

/* ---- the loop ---- */

static bool batch_can_take(const struct batch *batch)
{
	return batch->count < batch->max && lines_has(&batch->input);
}

static enum status batch_read(struct batch *batch)
{
	enum status status = lines_read(&batch->input);

	if (status == STATUS_LIMIT)
		return cli_complain(batch->cli, STATUS_INPUT, _("line %lu is too long"),
				    batch->lines + 1);
	if (status != STATUS_OK)
		return cli_complain(batch->cli, status, _("standard input: %s"), strerror(errno));
	return STATUS_OK;
}

static enum status batch_send(struct batch *batch, bool *want_write)
{
	struct cli *cli = batch->cli;
	enum status status;

	*want_write = false;
	if (cli->journal != NULL && journal_sync(cli->journal) != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM,
				    _("the journal cannot be written, so nothing was sent"));
	status = client_tick(cli->client);
	if (status == STATUS_OK)
		status = client_flush(cli->client, want_write);
	return status == STATUS_OK ? status : cli_lost(cli, status);
}

static enum status batch_receive(struct batch *batch)
{
	struct client_answer answer;
	enum status status;

	while ((status = client_poll(batch->cli->client, &answer)) == STATUS_OK)
		batch_answer(batch, &answer);
	if (status != STATUS_NOT_FOUND)
		return cli_lost(batch->cli, status);
	return batch_write(batch);
}

static enum status batch_wait(struct batch *batch, bool want_write)
{
	bool wants_lines = !batch->input.ended && batch->count < batch->max;
	struct pollfd wanted[2] = {
		{.fd = client_fd(batch->cli->client), .events = POLLIN},
		{.fd = wants_lines ? STDIN_FILENO : -1, .events = POLLIN},
	};

	if (want_write)
		wanted[0].events |= POLLOUT;
	if (poll(wanted, 2, TICK_MS) > 0 && wanted[1].revents != 0)
		return batch_read(batch);
	return STATUS_OK;
}

static bool batch_is_over(const struct batch *batch)
{
	return batch->input.ended && batch->input.len == 0 && batch->count == 0;
}

static enum status batch_loop(struct batch *batch)
{
	enum status status = STATUS_OK;
	bool want_write = false;

	while (status == STATUS_OK && !batch_is_over(batch)) {
		while (status == STATUS_OK && batch_can_take(batch))
			status = batch_take(batch, lines_take(&batch->input));
		if (status == STATUS_OK)
			status = batch_send(batch, &want_write);
		if (status == STATUS_OK)
			status = batch_receive(batch);
		if (status == STATUS_OK && !batch_can_take(batch) && !batch_is_over(batch))
			status = batch_wait(batch, want_write);
	}
	return status;
}

/* The connection is gone: what was under way may have been done. */
static enum status batch_give_up(struct batch *batch, enum status status)
{
	bool open = false;

	for (size_t i = 0; i < batch->count; i++) {
		struct slot *slot = &batch->slots[(batch->first + i) % UNDER_WAY_MAX];
		if (slot->finished)
			continue;
		slot_finish(slot, STATUS_OUTCOME_UNKNOWN,
			    strdup(_(status_text(STATUS_OUTCOME_UNKNOWN))));
		open = true;
	}
	(void)batch_write(batch); /* the first failure is the one to tell */
	if (!open)
		return status;
	fputs(_("What was under way is settled by the next dossier command that reaches the "
		"server.\n"),
	      batch->cli->err);
	return STATUS_OUTCOME_UNKNOWN;
}

static enum status batch_run(struct cli *cli, const struct arguments *arguments)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	enum status status;

	(void)arguments;
	if (batch == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	batch->cli = cli;
	lines_init(&batch->input, STDIN_FILENO);
	arena_init(&batch->arena, ARENA_MAX);
	status = cli_connect(cli);
	if (status == STATUS_OK) {
		uint32_t allowed = client_welcome(cli->client)->in_flight_max;
		batch->max = allowed < UNDER_WAY_MAX ? allowed : UNDER_WAY_MAX;
		status = batch_loop(batch);
	}
	if (status != STATUS_OK) {
		status = batch_give_up(batch, status);
		lines_tell_rest(&batch->input, batch->lines, cli->err);
	} else if (batch->cli->refuted) {
		status = STATUS_PROOF;
	} else if (batch->refused) {
		status = CLI_SOME_REFUSED;
	}
	arena_release(&batch->arena);
	free(batch);
	return status;
}

const struct command batch_commands[] = {
	{
		.words = "batch",
		.alias = "批量",
		.summary = N_("Do many acts from standard input on one connection"),
		.notes = N_(
			"One act a line, in the words of this program, quoted as in a shell; '#' "
			"begins a comment. A result a line, in order: line, status, entry, text, "
			"with tabs between; with -o json one object a line."),
		.examples = "dossier batch < acts.txt\n"
			    "printf 'return %s\\n' HQ-KH-2026-000123 HQ-KH-2026-000124 | dossier "
			    "batch\n",
		.run = batch_run,
	},
	{0},
};
