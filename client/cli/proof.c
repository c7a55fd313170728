#include "client/cli/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/lib/evidence.h"
#include "common/date.h"

#define SENTENCE_MAX 512
#define HEARTBEAT_OLD (5 * 60) /* seconds; a server beats every minute */
#define HEARTBEAT_AHEAD (2 * 60)

/* ---- what to say ---- */

static ProtobufCBinaryData bytes_of(const struct buf *buf)
{
	return (ProtobufCBinaryData){buf->len, (uint8_t *)(uintptr_t)buf_head(buf)};
}

/* Evidence is for those who come after; without it there is all the more to tell. */
static void keep_evidence(struct cli *cli, struct evidence *evidence)
{
	char server[PROFILE_TEXT_LEN + 16];
	struct path folder;
	struct path state;
	enum status status = cli_state_path(cli, EVIDENCE_FOLDER, &state);

	snprintf(server, sizeof(server), "%s, port %u", cli->profile.settings[SETTING_address].text,
		 (unsigned)cli->profile.port);
	evidence->server = server;
	if (status == STATUS_OK)
		status = evidence_save(evidence, cli->profile.state.text, &folder);
	if (status != STATUS_OK)
		cli_complain(cli, status, _("the evidence cannot be written (%s)"),
			     _(status_text(status)));
	else
		fprintf(cli->err, _("The evidence is in %s: keep it.\n"), folder.text);
}

static void tell_meaning(struct cli *cli)
{
	fputs(_("The ledger at head office may have been cut, rewritten or exchanged, or you are "
		"shown another one than your colleagues.\n"
		"Stop working, and tell the security officer and the auditor, in person or by "
		"phone, not through this server.\n"),
	      cli->err);
}

static void fault_text(const struct past *past, char to[static SENTENCE_MAX])
{
	unsigned long long shown = past->shown.checkpoint.size;
	unsigned long long ours =
		past->guilty < past->count ? past->heads[past->guilty].checkpoint.size : 0;

	switch (past->fault) {
	case PAST_UNSIGNED:
		snprintf(to, SENTENCE_MAX, "%s",
			 _("what it shows as the ledger's head is not signed by the key of your "
			   "ledger"));
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

/* Makes log.vkey for a profile from before there was one. */
static enum status adopt_key(struct cli *cli, const char *origin)
{
	const char *directory = cli->profile.directory.text;
	enum status status = logkeys_adopt(&cli->trust.keys, origin, directory);

	if (status != STATUS_OK)
		return no_key(cli, STATUS_INVALID);
	status = load_past(cli);
	if (status != STATUS_OK)
		return status;
	status = logkeys_save(&cli->trust.keys, directory);
	return status == STATUS_OK ? status
				   : cli_complain(cli, STATUS_SYSTEM, _("%s/%s cannot be written"),
						  directory, LOGKEYS_FILE);
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

/* A server in quarantine says itself that it lacks entries: it may be looked at, and can do
 * nothing; what it shows does not become the past. */
static bool is_excused(const struct cli *cli, const Pb__Welcome *welcome)
{
	return welcome->quarantine[0] != '\0' &&
	       (cli->past.fault == PAST_SHORTER || cli->past.fault == PAST_UNPROVEN);
}

enum status proof_judge(struct cli *cli, const struct past_shown *shown)
{
	enum status status = past_judge(&cli->past, shown);

	if (status == STATUS_PROOF)
		return is_excused(cli, client_welcome(cli->client)) ? STATUS_OK : refute_past(cli);
	if (status == STATUS_OK)
		status = past_save(&cli->past);
	return status == STATUS_OK || status == STATUS_STALE ? STATUS_OK : past_failed(cli, status);
}

static enum status other_ledger(struct cli *cli, const char *origin)
{
	cli_complain(cli, STATUS_PROOF,
		     _("this server keeps the ledger %s, but your profile belongs to %s"), origin,
		     logkeys_origin(&cli->trust.keys));
	fputs(_("Is it the right server? Settings: dossier config show\n"), cli->err);
	return STATUS_PROOF;
}

enum status proof_check(struct cli *cli)
{
	const Pb__Welcome *welcome = client_welcome(cli->client);
	enum status status = STATUS_OK;

	if (cli->trust.keys.count == 0)
		status = adopt_key(cli, welcome->origin);
	if (status != STATUS_OK)
		return status;
	if (strcmp(welcome->origin, logkeys_origin(&cli->trust.keys)) != 0)
		return other_ledger(cli, welcome->origin);
	if (welcome->quarantine[0] != '\0')
		cli_complain(cli, STATUS_OK,
			     _("warning: the ledger at head office is in quarantine, nothing can "
			       "be changed: %s"),
			     welcome->quarantine);
	return proof_judge(cli, &(struct past_shown){welcome->checkpoint, welcome->consistency,
						     welcome->n_consistency});
}

/* ---- later ---- */

/* What came with an answer to prove it; NULL: nothing. */
static const Pb__Proof *proof_of(const struct client_answer *answer, ProtobufCBinaryData *entry)
{
	*entry = (ProtobufCBinaryData){0};
	if (answer->receipt != NULL) {
		*entry = answer->receipt->entry;
		return answer->receipt->proof;
	}
	if (answer->mark == NULL)
		return NULL;
	*entry = answer->mark->entry;
	return answer->mark->proof;
}

enum status proof_refute(struct cli *cli, const struct client_answer *answer)
{
	const char *why = answer->why != NULL ? answer->why : status_text(STATUS_PROOF);
	struct evidence evidence = {.what = _(why)};
	const Pb__Proof *proof = proof_of(answer, &evidence.entry);

	cli_complain(cli, STATUS_PROOF, _("the server's proof is wrong: %s"), _(why));
	if (cli->refuted)
		return STATUS_PROOF;
	cli->refuted = true;
	if (answer->rpc->lane == LANE_WRITE)
		fputs(_("Whether it was done is not proven. It stays in the journal, and is asked "
			"for again by the next dossier command.\n"),
		      cli->err);
	tell_meaning(cli);
	if (cli->past.count > 0)
		evidence.kept = bytes_of(&cli->past.heads[0].note);
	if (proof != NULL) {
		evidence.shown = proof->checkpoint;
		evidence.hashes = proof->hashes;
		evidence.old_size = proof->index;
	}
	keep_evidence(cli, &evidence);
	return STATUS_PROOF;
}

enum status proof_refute_heads(struct cli *cli, const struct proof_heads *heads)
{
	struct evidence evidence = {
		.what = heads->what,
		.kept = heads->kept,
		.shown = heads->shown,
		.hashes = heads->hashes,
		.old_size = heads->old_size,
	};

	cli_complain(cli, STATUS_PROOF, _("the server's ledger is not the one you know: %s"),
		     heads->what);
	tell_meaning(cli);
	keep_evidence(cli, &evidence);
	return STATUS_PROOF;
}

enum status proof_refuse_version(struct cli *cli, const char *why)
{
	struct evidence evidence = {.what = _(why)};

	cli_complain(cli, STATUS_PROOF, _("the server's proof is wrong: %s"), _(why));
	tell_meaning(cli);
	if (cli->past.count > 0)
		evidence.kept = bytes_of(&cli->past.heads[0].note);
	keep_evidence(cli, &evidence);
	return STATUS_PROOF;
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
