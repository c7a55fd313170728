#include "client/cmd/vigil.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/interrupt.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/refusal.h"
#include "client/lib/succession.h"
#include "common/addcheckpoint.h"
#include "common/date.h"
#include "common/witness.h"

#define INTERVAL 15 /* seconds; half of the time between two heartbeats, so that none is missed */
#define INTERVAL_MAX 3600
#define OLD_AFTER 300 /* seconds */
#define CLOCK_OFF 120
#define SECOND INT64_C(1000000)
#define WHAT_MAX 512
#define TURNS_MAX 3 /* other processes of this witness may come between */

struct vigil {
	struct cli *cli;
	struct witness witness;
	struct ed25519 *key; /* owned */
	struct path state;
	struct buf body; /* owned; of the request that was pulled */
	bool once;
	unsigned interval;  /* seconds */
	uint64_t told_size; /* what was said last */
	bool told_anchored;
	enum vigil_alarm alarm; /* likewise */
	struct vigil_beat beat; /* of the last round */
};

/* ---- the time of heartbeats ---- */

enum vigil_alarm vigil_judge(const struct vigil_beat *beat)
{
	if (beat->time == 0)
		return VIGIL_NONE;
	if (beat->time > beat->now + CLOCK_OFF)
		return VIGIL_AHEAD;
	if (beat->time + OLD_AFTER < beat->now)
		return VIGIL_OLD;
	if (beat->looked != 0 && beat->before != 0 && beat->time != beat->before &&
	    beat->time + CLOCK_OFF < beat->looked)
		return VIGIL_LATE;
	return VIGIL_WELL;
}

static void tell_alarm(const struct vigil *vigil)
{
	static const char *const texts[] = {
		[VIGIL_WELL] = N_("heartbeats come again, and in time"),
		[VIGIL_NONE] = N_("the server has signed no heartbeat yet"),
		[VIGIL_OLD] = N_("no new heartbeat has come for more than five minutes: the "
				 "server hangs, or withholds what is new"),
		[VIGIL_AHEAD] = N_("the heartbeat is of a time to come: look at this machine's "
				   "clock and at head office's"),
		[VIGIL_LATE] = N_("a heartbeat has come late by more than two minutes: look at "
				  "this machine's clock and at head office's"),
	};

	cli_complain(vigil->cli, STATUS_OK, "%s", _(texts[vigil->alarm]));
}

/* Said when it begins and when it ends. */
static void judge_beat(struct vigil *vigil, uint64_t time, uint64_t now)
{
	struct vigil_beat beat = {time, vigil->beat.time, now, vigil->beat.now};
	enum vigil_alarm alarm = vigil_judge(&beat);

	vigil->beat = beat;
	if (alarm == vigil->alarm)
		return;
	vigil->alarm = alarm;
	tell_alarm(vigil);
}

/* ---- one round ---- */

static void tell_signed(struct vigil *vigil, const Pb__WitnessSubmitReply *reply, uint64_t size)
{
	struct cli *cli = vigil->cli;

	if (cli->quiet || (size == vigil->told_size && reply->anchored == vigil->told_anchored))
		return;
	vigil->told_size = size;
	vigil->told_anchored = reply->anchored;
	fprintf(cli->out,
		reply->anchored ? _("co-signed: %llu entries (%u of %u witnesses: anchored)\n")
				: _("co-signed: %llu entries (%u of %u witnesses so far)\n"),
		(unsigned long long)size, reply->count, reply->needed);
	fflush(cli->out);
}

static enum status call(struct vigil *vigil, enum rpc_number rpc, const ProtobufCMessage *request,
			struct client_answer *answer)
{
	enum status status = client_call(vigil->cli->client, rpc, request, NULL, 0, answer);

	return status == STATUS_OK ? status : cli_lost(vigil->cli, status);
}

static enum status submit(struct vigil *vigil, const struct witness_answer *signed_head)
{
	Pb__WitnessSubmitRequest request = PB__WITNESS_SUBMIT_REQUEST__INIT;
	struct client_answer answer;
	enum status status;

	request.size = signed_head->asked.size;
	request.lines.len = signed_head->body.len;
	request.lines.data = (uint8_t *)(uintptr_t)buf_head(&signed_head->body);
	status = call(vigil, RPC_witness_submit, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	/* The head may have had its time; the next one comes. */
	if (answer.status == STATUS_STALE)
		return STATUS_OK;
	if (answer.refusal != NULL)
		return refusal_print(vigil->cli, answer.refusal, NULL);
	tell_signed(vigil, (const Pb__WitnessSubmitReply *)(void *)answer.reply, request.size);
	return STATUS_OK;
}

/* Against the head that was co-signed here. */
static void fault_text(const struct witness_answer *answer, char to[static WHAT_MAX])
{
	unsigned long long shown = answer->asked.size;
	unsigned long long known = answer->known.size;

	if (answer->code != WITNESS_CONFLICT && answer->code != WITNESS_UNPROVEN)
		snprintf(to, WHAT_MAX, "%s",
			 _("what it wants co-signed is not a head signed by the key of your "
			   "ledger"));
	else if (answer->finding == WITNESS_FORK)
		snprintf(to, WHAT_MAX,
			 _("its ledger of %llu entries did not grow from the %llu that were "
			   "co-signed here: these are two histories"),
			 shown, known);
	else if (answer->finding == WITNESS_ROLLBACK)
		snprintf(to, WHAT_MAX,
			 _("it signs a ledger of %llu entries, later than the %llu that were "
			   "co-signed here"),
			 shown, known);
	else
		snprintf(to, WHAT_MAX,
			 _("it shows a ledger of %llu entries, but one of %llu was co-signed here"),
			 shown, known);
}

static ProtobufCBinaryData borrow(const void *bytes, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)bytes};
}

/* What was shown is not what grew from what was co-signed. */
static enum status refute(struct vigil *vigil, const struct witness_answer *answer)
{
	struct addcheckpoint request = {0};
	char what[WHAT_MAX];
	struct proof_heads heads = {.what = what};

	heads.kept = borrow(buf_head(&answer->last), answer->last.len);
	heads.shown = borrow(answer->note, answer->note_len);
	if (addcheckpoint_parse(&request, buf_head(&vigil->body), vigil->body.len) == STATUS_OK) {
		heads.hashes = borrow(request.proof.hashes, request.proof.count * HASH_LEN);
		heads.old_size = request.old;
	}
	fault_text(answer, what);
	return proof_refute_heads(vigil->cli, &heads);
}

static enum status no_memory_of_head(struct vigil *vigil, enum status status)
{
	if (status != STATUS_CORRUPT)
		return cli_complain(vigil->cli, status, _("%s/%s: %s"), vigil->state.text,
				    WITNESS_HEAD_FILE, _(status_text(status)));
	cli_complain(vigil->cli, STATUS_PROOF, _("%s/%s is damaged, or of another ledger"),
		     vigil->state.text, WITNESS_HEAD_FILE);
	fputs(_("It has the head that was co-signed last; nothing is signed without it. Keep a "
		"copy for the auditor before you move it away.\n"),
	      vigil->cli->err);
	return STATUS_PROOF;
}

/* Judges what was pulled. *again: another process was quicker, pull once more. */
static enum status judge(struct vigil *vigil, bool *again)
{
	uint64_t now = (uint64_t)(clock_now() / SECOND);
	struct witness_answer answer;
	enum status status = witness_add_checkpoint(&vigil->witness, buf_head(&vigil->body),
						    vigil->body.len, now, &answer);
	bool may_repeat = *again;

	*again = false;
	if (status != STATUS_OK) {
		status = no_memory_of_head(vigil, status);
	} else if (answer.code == WITNESS_DONE) {
		judge_beat(vigil, answer.time, now);
		status = submit(vigil, &answer);
		/* A new key is learnt at the greeting. */
		if (succession_is_due(&vigil->cli->trust, answer.note, answer.note_len))
			cli_disconnect(vigil->cli);
	} else if (answer.code == WITNESS_CONFLICT && answer.finding == WITNESS_NOTHING &&
		   may_repeat) {
		*again = true;
	} else {
		status = refute(vigil, &answer);
	}
	witness_answer_release(&answer);
	return status;
}

/* An empty body: there is nothing to co-sign yet. */
static enum status pull(struct vigil *vigil)
{
	Pb__WitnessPullRequest request = PB__WITNESS_PULL_REQUEST__INIT;
	struct checkpoint last = {.size = 0};
	const Pb__WitnessPullReply *reply;
	struct client_answer answer;
	enum status status = witness_last(&vigil->witness, &last, NULL);

	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return no_memory_of_head(vigil, status);
	request.old = status == STATUS_OK ? last.size : 0;
	status = call(vigil, RPC_witness_pull, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	if (answer.refusal != NULL)
		return refusal_print(vigil->cli, answer.refusal, NULL);
	reply = (const Pb__WitnessPullReply *)(void *)answer.reply;
	buf_clear(&vigil->body);
	return buf_append(&vigil->body, reply->body.data, reply->body.len);
}

static enum status prepare(struct vigil *vigil)
{
	struct cli *cli = vigil->cli;
	const Pb__Welcome *welcome;
	uint8_t public[ED25519_KEY_LEN];
	enum status status = cli_connect(cli);

	if (status != STATUS_OK)
		return status;
	welcome = client_welcome(cli->client);
	vigil->witness.directory = vigil->state.text;
	vigil->witness.logs = cli->trust.keys.keys;
	vigil->witness.log_count = cli->trust.keys.count;
	vigil->witness.key = vigil->key;
	ed25519_public(vigil->key, public);
	status = witness_key_make(&vigil->witness.as, logkeys_origin(&cli->trust.keys),
				  welcome->login, public);
	return status == STATUS_OK ? status
				   : cli_complain(cli, status, "%s", _(status_text(status)));
}

/* Head office's heads only grow, so that an older one than was co-signed is shown by the last turn
 * is no accident. */
static enum status round_once(struct vigil *vigil)
{
	enum status status = prepare(vigil);
	bool again = status == STATUS_OK;

	for (int turn = 1; again; turn++) {
		status = pull(vigil);
		if (status != STATUS_OK)
			return status;
		if (vigil->body.len == 0) {
			judge_beat(vigil, 0, (uint64_t)(clock_now() / SECOND));
			return STATUS_OK;
		}
		again = turn < TURNS_MAX;
		status = judge(vigil, &again);
	}
	return status;
}

/* ---- over and over ---- */

/* Whether it may go well the next time: the server is away, or has too much to do. */
static bool passes_by(enum status status)
{
	return status_exit(status) == EXIT_UNREACHABLE || status == STATUS_CANCELLED;
}

/* Until it is time for the next round, or to stop: false. A server that says something meanwhile
 * says goodbye. */
static bool wait(struct vigil *vigil, int interrupt)
{
	struct cli *cli = vigil->cli;
	int64_t until = clock_monotonic() + vigil->interval * SECOND;

	for (int64_t left; (left = until - clock_monotonic()) > 0;) {
		struct pollfd wanted[2] = {{.fd = interrupt, .events = POLLIN},
					   {.fd = -1, .events = POLLIN}};
		struct client_answer answer;

		if (cli->client != NULL)
			wanted[1].fd = client_fd(cli->client);
		if (poll(wanted, 2, (int)(left / 1000) + 1) < 0 || interrupt_seen(interrupt))
			return false;
		if (wanted[1].revents != 0 && client_poll(cli->client, &answer) != STATUS_NOT_FOUND)
			cli_disconnect(cli);
	}
	return !interrupt_seen(interrupt);
}

static enum status keep_vigil(struct vigil *vigil)
{
	int interrupt = interrupt_catch();
	enum status status;

	do {
		status = round_once(vigil);
		if (passes_by(status)) {
			cli_disconnect(vigil->cli);
			status = STATUS_OK;
		}
	} while (status == STATUS_OK && wait(vigil, interrupt));
	interrupt_release(interrupt);
	return status;
}

/* ---- the command ---- */

enum status vigil_key_path(struct cli *cli, struct path *path)
{
	enum status status = cli_load(cli);

	if (status != STATUS_OK)
		return status;
	status = path_join(path, cli->profile.directory.text, VIGIL_KEY_FILE);
	return status == STATUS_OK ? status
				   : cli_complain(cli, status, "%s", _(status_text(status)));
}

static enum status load_key(struct vigil *vigil)
{
	struct cli *cli = vigil->cli;
	struct path path;
	enum status status = vigil_key_path(cli, &path);

	if (status != STATUS_OK)
		return status;
	status = witness_key_load(&vigil->key, path.text);
	if (status == STATUS_NOT_FOUND) {
		cli_complain(cli, STATUS_INPUT, _("there is no key to co-sign with: %s"),
			     path.text);
		fputs(_("Make and register one: dossier witness register\n"), cli->err);
		return STATUS_INPUT;
	}
	return status == STATUS_OK
		       ? status
		       : cli_complain(cli, STATUS_INPUT, _("%s cannot be read"), path.text);
}

enum status vigil_run(struct cli *cli, const struct arguments *arguments)
{
	struct vigil vigil = {.cli = cli, .once = arguments_has(arguments, "once")};
	struct path any;
	uint64_t interval;
	enum status status =
		arguments_number(cli, arguments, "interval", 1, INTERVAL_MAX, INTERVAL, &interval);

	vigil.interval = (unsigned)interval;
	if (status == STATUS_OK)
		status = load_key(&vigil);
	if (status == STATUS_OK)
		status = cli_state_path(cli, WITNESS_HEAD_FILE, &any);
	if (status == STATUS_OK) {
		vigil.state = cli->profile.state;
		status = vigil.once ? round_once(&vigil) : keep_vigil(&vigil);
	}
	/* Whoever looks but once asks how it is. */
	if (status == STATUS_OK && vigil.once && vigil.alarm != VIGIL_WELL)
		status = STATUS_STALE;
	buf_release(&vigil.body);
	ed25519_free(vigil.key);
	return status;
}
