#include "client/cli/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/newkey.h"
#include "common/date.h"

#define SENTENCE_MAX 512
#define HEARTBEAT_OLD (5 * 60) /* seconds; a server beats every minute */
#define HEARTBEAT_AHEAD (2 * 60)

static ProtobufCBinaryData bytes_of(const struct buf *buf)
{
	return (ProtobufCBinaryData){buf->len, (uint8_t *)(uintptr_t)buf_head(buf)};
}

/* What is wrong with what is shown, a clause. */
static void fault_text(const struct past *past, char to[static SENTENCE_MAX])
{
	unsigned long long shown = past->shown.checkpoint.size;
	unsigned long long ours =
		past->guilty < past->count ? past->heads[past->guilty].checkpoint.size : 0;

	switch (past->fault) {
	case PAST_UNSIGNED:
		snprintf(to, SENTENCE_MAX, "%s",
			 _("what it shows as the ledger's head is not signed by the key of your "
			   "ledger; if it was changed while you were away, a security officer can "
			   "give you a new code (dossier enroll)"));
		return;
	case PAST_SHORTER:
		snprintf(to, SENTENCE_MAX,
			 _("it shows a ledger of %llu entries, but you were shown one of %llu "
			   "before"),
			 shown, ours);
		return;
	case PAST_UNPROVEN:
		snprintf(to, SENTENCE_MAX,
			 _("it gives no proof that its ledger of %llu entries grew from the %llu "
			   "that you were shown before"),
			 shown, ours);
		return;
	case PAST_FORKED:
		snprintf(to, SENTENCE_MAX,
			 _("its ledger of %llu entries did not grow from the %llu that you were "
			   "shown before: these are two histories"),
			 shown, ours);
		return;
	}
}

/* ---- before connecting ---- */

static bool has_old_key(const struct profile *profile)
{
	struct path path;

	return path_join(&path, profile->directory.text, LOGKEYS_OLD_FILE) == STATUS_OK &&
	       access(path.text, R_OK) == 0;
}

static enum status no_key(struct cli *cli, enum status status)
{
	const char *directory = cli->profile.directory.text;

	if (status == STATUS_INVALID)
		cli_complain(cli, STATUS_PROOF, _("%s/%s is not right"), directory, LOGKEYS_FILE);
	else
		cli_complain(cli, STATUS_PROOF,
			     _("the profile %s has no key of the ledger (%s), so nothing that the "
			       "server says could be proven"),
			     directory, LOGKEYS_FILE);
	fputs(_("Ask the operator for a new profile (dossierd issue), or for a code: dossier "
		"enroll. The file is the same in every profile of your head office.\n"),
	      cli->err);
	return STATUS_PROOF;
}

static enum status past_failed(struct cli *cli, enum status status)
{
	if (status == STATUS_CORRUPT) {
		cli_complain(cli, STATUS_PROOF,
			     _("%s/%s is damaged, or is of another ledger than the profile"),
			     cli->profile.state.text, PAST_FILE);
		fputs(_("It has the newest head of the ledger that was proven to you. Keep a copy "
			"for the auditor before you move it away.\n"),
		      cli->err);
		return STATUS_PROOF;
	}
	return cli_complain(cli, STATUS_SYSTEM, _("what is known of the ledger in %s: %s"),
			    cli->profile.state.text, _(status_text(status)));
}

static enum status load_past(struct cli *cli)
{
	struct path path;
	enum status status = cli_state_path(cli, PAST_FILE, &path);

	if (status != STATUS_OK)
		return status;
	past_release(&cli->past);
	status = past_load(&cli->past, &cli->trust, cli->profile.state.text);
	return status == STATUS_OK ? status : past_failed(cli, status);
}

enum status proof_prepare(struct cli *cli, struct client_options *options)
{
	enum status status = logkeys_load(&cli->trust.keys, cli->profile.directory.text);

	options->trust = &cli->trust;
	/* A profile from before: which ledger its key is of, the server says. */
	if (status == STATUS_NOT_FOUND && has_old_key(&cli->profile))
		return STATUS_OK;
	if (status != STATUS_OK)
		return no_key(cli, status);
	status = load_past(cli);
	if (status != STATUS_OK)
		return status;
	options->seen_count = past_sizes(&cli->past, cli->seen);
	options->seen = cli->seen;
	return STATUS_OK;
}

/* ---- after connecting ---- */

/* The key of a profile from before there was log.vkey, as that of the ledger that is named. */
static enum status adopt_key(struct cli *cli, const char *origin)
{
	if (logkeys_adopt(&cli->trust.keys, origin, cli->profile.directory.text) != STATUS_OK)
		return no_key(cli, STATUS_INVALID);
	return load_past(cli);
}

/* Makes log.vkey, once a head that the key has signed bears the ledger's name: what the server says
 * alone must not last. */
static enum status keep_key(struct cli *cli)
{
	const char *directory = cli->profile.directory.text;

	if (cli->past.shown.note.len == 0 || logkeys_save(&cli->trust.keys, directory) == STATUS_OK)
		return STATUS_OK;
	return cli_complain(cli, STATUS_SYSTEM, _("%s/%s cannot be written"), directory,
			    LOGKEYS_FILE);
}

/* The past does not hold. */
static enum status refute_past(struct cli *cli)
{
	const struct past *past = &cli->past;
	char what[SENTENCE_MAX];
	struct proof_heads heads = {
		.what = what,
		.shown = bytes_of(&past->shown.note),
		.hashes = past->proof,
	};

	fault_text(past, what);
	if (past->guilty < past->count) {
		heads.kept = bytes_of(&past->heads[past->guilty].note);
		heads.old_size = past->heads[past->guilty].checkpoint.size;
	}
	return proof_refute_heads(cli, &heads);
}

/* A server in quarantine says itself that it lacks entries, and shows no head: it may be looked at,
 * and can do nothing. One that shows an older head all the same is excused by no word. */
static bool is_excused(const struct cli *cli, const Pb__Welcome *welcome)
{
	return welcome->quarantine[0] != '\0' && cli->past.fault == PAST_SHORTER &&
	       cli->past.shown.note.len == 0;
}

/* STATUS_QUARANTINE: what is shown does not hold, but is excused. */
static enum status judge(struct cli *cli, const struct past_shown *shown)
{
	enum status status = past_judge(&cli->past, shown);

	if (status == STATUS_PROOF)
		return is_excused(cli, client_welcome(cli->client)) ? STATUS_QUARANTINE
								    : refute_past(cli);
	return status == STATUS_OK ? status : past_failed(cli, status);
}

enum status proof_judge(struct cli *cli, const struct past_shown *shown)
{
	enum status status = judge(cli, shown);

	if (status == STATUS_QUARANTINE)
		return cli_complain(cli, status, "%s", _("there is no signed head"));
	if (status != STATUS_OK)
		return status;
	status = past_save(&cli->past);
	return status == STATUS_OK || status == STATUS_STALE ? status : past_failed(cli, status);
}

/* Asks for the proofs that are still open. STATUS_BUSY: the server will not answer now. */
static enum status ask(struct cli *cli)
{
	Pb__LedgerCheckpointRequest request = PB__LEDGER_CHECKPOINT_REQUEST__INIT;
	const Pb__LedgerCheckpointReply *reply;
	struct client_answer answer;
	enum status status;

	request.n_seen = past_sizes(&cli->past, cli->seen);
	request.seen = cli->seen;
	status = client_call(cli->client, RPC_ledger_checkpoint, &request.base, NULL, 0, &answer);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (answer.refusal != NULL || answer.reply == NULL)
		return STATUS_BUSY;
	reply = (const Pb__LedgerCheckpointReply *)(const void *)answer.reply;
	return judge(cli, &(struct past_shown){reply->checkpoint, reply->consistency,
					       reply->n_consistency});
}

enum status proof_join(struct cli *cli)
{
	enum status status;

	do {
		status = past_is_open(&cli->past) ? STATUS_STALE : past_save(&cli->past);
		if (status == STATUS_STALE)
			status = ask(cli);
		else
			return status == STATUS_OK ? status : past_failed(cli, status);
	} while (status == STATUS_OK);
	if (status != STATUS_BUSY && status != STATUS_QUARANTINE)
		return status;
	/* What is joined by now lasts, and the next command goes on. */
	status = past_save(&cli->past);
	return status == STATUS_OK || status == STATUS_STALE ? STATUS_BUSY
							     : past_failed(cli, status);
}

enum status proof_missing(struct cli *cli)
{
	return cli_complain(cli, STATUS_BUSY,
			    _("the server does not prove now that its ledger grew from the one you "
			      "know; try again"));
}

static enum status other_ledger(struct cli *cli, const char *origin)
{
	cli_complain(cli, STATUS_PROOF,
		     _("this server keeps the ledger %s, but your profile belongs to %s"), origin,
		     logkeys_origin(&cli->trust.keys));
	fputs(_("Is it the right server? Settings: dossier config show\n"), cli->err);
	return STATUS_PROOF;
}

/* Of a profile that only now learned whose key it has, nothing was asked at the greeting. */
static enum status judge_first(struct cli *cli, bool adopted)
{
	const Pb__Welcome *welcome = client_welcome(cli->client);

	if (adopted && cli->past.count > 0)
		return ask(cli);
	return judge(cli, &(struct past_shown){welcome->checkpoint, welcome->consistency,
					       welcome->n_consistency});
}

enum status proof_check(struct cli *cli)
{
	const Pb__Welcome *welcome = client_welcome(cli->client);
	bool adopt = cli->trust.keys.count == 0;
	enum status status = adopt ? adopt_key(cli, welcome->origin) : STATUS_OK;

	if (status != STATUS_OK)
		return status;
	if (strcmp(welcome->origin, logkeys_origin(&cli->trust.keys)) != 0)
		return other_ledger(cli, welcome->origin);
	if (welcome->quarantine[0] != '\0')
		cli_complain(cli, STATUS_OK,
			     _("warning: the ledger at head office is in quarantine, nothing can "
			       "be changed: %s"),
			     welcome->quarantine);
	status = judge_first(cli, adopt);
	if (status == STATUS_BUSY)
		return proof_missing(cli);
	if (status == STATUS_QUARANTINE)
		return STATUS_OK;
	if (status == STATUS_OK && adopt)
		status = keep_key(cli);
	if (status == STATUS_OK)
		status = proof_join(cli);
	/* The greeting was good; receipts that are still to be joined can wait. */
	return status == STATUS_OK || status == STATUS_BUSY ? newkey_follow(cli) : status;
}

void proof_warn_of_time(struct cli *cli)
{
	const ProtobufCBinaryData *heartbeat = &client_welcome(cli->client)->heartbeat;
	int64_t now = clock_now() / 1000000;
	struct checkpoint head;
	uint64_t time;

	if (heartbeat->len == 0)
		return;
	if (trust_heartbeat(&cli->trust, heartbeat->data, heartbeat->len, &head, &time) !=
	    STATUS_OK)
		cli_complain(cli, STATUS_OK, _("warning: %s"), _(cli->trust.why));
	else if (now - (int64_t)time > HEARTBEAT_OLD)
		cli_complain(cli, STATUS_OK,
			     _("warning: the ledger's last sign of life is %lld minutes old; tell "
			       "the operator"),
			     (long long)(now - (int64_t)time) / 60);
	else if ((int64_t)time - now > HEARTBEAT_AHEAD)
		cli_complain(cli, STATUS_OK,
			     _("warning: the ledger's clock is %lld minutes ahead of yours; one of "
			       "them is wrong"),
			     (long long)((int64_t)time - now) / 60);
}
