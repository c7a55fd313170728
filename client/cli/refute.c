/* What proof.h says of refuting: what to say and to keep when a proof does not hold. */
#include "client/cli/proof.h"

#include <stdio.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/lib/evidence.h"

/* The newest head that was proven to this profile, if any. */
static ProtobufCBinaryData kept_head(const struct cli *cli)
{
	const struct buf *note = &cli->past.heads[0].note;

	if (cli->past.count == 0)
		return (ProtobufCBinaryData){0};
	return (ProtobufCBinaryData){note->len, (uint8_t *)(uintptr_t)buf_head(note)};
}

/* ---- what to say ---- */

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
	if (status == STATUS_LIMIT)
		cli_complain(
			cli, status,
			_("the evidence is not kept: there is enough of it in %s already; give "
			  "that to the auditor, then move it away"),
			state.text);
	else if (status != STATUS_OK)
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

/* ---- refuting ---- */

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
	if (answer->rpc->lane == LANE_WRITE && !answer->dry_run)
		fputs(_("Whether it was done is not proven. It stays in the journal, and is asked "
			"for again by the next dossier command.\n"),
		      cli->err);
	tell_meaning(cli);
	evidence.kept = kept_head(cli);
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
	evidence.kept = kept_head(cli);
	keep_evidence(cli, &evidence);
	return STATUS_PROOF;
}
