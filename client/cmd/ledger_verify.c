/* Verifying what the ledger proves without it: ledger verify. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/safe.h"
#include "client/cmd/group.h"
#include "client/cmd/verify.h"
#include "client/lib/bundle_check.h"
#include "client/lib/logkeys.h"
#include "common/bundle.h"
#include "common/file.h"

#define BEGIN_MAX 32

/* Kinds of files by how they begin; the last takes what is left. */
static const struct kind {
	const char *begin;
	const char *name;
	const char *text; /* msgid */
	enum status (*verify)(struct verifying *verifying);
} kinds[] = {
	{"c2sp.org/tlog-proof@", "proof", N_("proof of an entry"), verify_proof_file},
	{BUNDLE_MAGIC, "bundle", N_("bundle of a ledger"), verify_bundle_file},
	{"", "checkpoint", N_("signed head of a ledger"), verify_checkpoint_file},
};

static enum status find_kind(struct verifying *verifying, const struct kind **kind)
{
	char begin[BEGIN_MAX + 1] = "";
	size_t got = 0;
	int fd;
	enum status status = file_open(verifying->file, O_RDONLY, &fd);

	if (status == STATUS_OK) {
		status = file_read_at(fd, begin, BEGIN_MAX, 0, &got);
		close(fd);
	}
	if (status != STATUS_OK)
		return cli_complain(verifying->cli, STATUS_INPUT, _("%s cannot be read"),
				    verifying->file);
	*kind = kinds;
	while (strncmp(begin, (*kind)->begin, strlen((*kind)->begin)) != 0)
		(*kind)++;
	return STATUS_OK;
}

/* ---- whose word is enough ---- */

static enum status take_policy(struct verifying *verifying, const char *path)
{
	uint8_t *text = NULL;
	size_t len = 0;
	size_t line = 0;
	enum status status = file_get(path, POLICY_MAX, &text, &len);

	if (status != STATUS_OK)
		return cli_complain(verifying->cli, STATUS_INPUT, _("%s cannot be read"), path);
	status = policy_parse(&verifying->policy, (const char *)text, len, &line);
	free(text);
	if (status == STATUS_INVALID)
		return cli_complain(verifying->cli, STATUS_INPUT, _("%s: line %d is not right"),
				    path, (int)line);
	verifying->witnessed = status == STATUS_OK && policy_asks_witnesses(verifying->policy);
	return status;
}

/* A verifier key, or a file of them such as a profile's log.vkey. */
static enum status take_key(struct verifying *verifying, const char *text, struct logkeys *keys)
{
	uint8_t *file = NULL;
	size_t len = 0;
	enum status status = logkeys_parse(keys, text, strlen(text));

	if (status == STATUS_OK)
		return status;
	status = file_get(text, LOGKEYS_FILE_MAX, &file, &len);
	if (status == STATUS_OK)
		status = logkeys_parse(keys, (const char *)file, len);
	free(file);
	return status == STATUS_OK
		       ? status
		       : cli_complain(verifying->cli, STATUS_USAGE,
				      _("%s is neither a verifier key nor a file with one"), text);
}

static enum status take_profile(struct verifying *verifying, struct logkeys *keys)
{
	struct cli *cli = verifying->cli;
	enum status status = cli_load(cli);

	if (status == STATUS_OK)
		status = logkeys_load(keys, cli->profile.directory.text);
	return status == STATUS_OK
		       ? status
		       : cli_complain(cli, STATUS_USAGE,
				      _("whose signature is enough? Give --key or --policy; here "
					"is no profile with %s"),
				      LOGKEYS_FILE);
}

/* One that the policy names already does no harm. */
static enum status add_key(struct policy *policy, const struct note_key *key)
{
	const struct note_key *known;

	for (size_t i = 0; (known = policy_log(policy, i)) != NULL; i++)
		if (memcmp(known->key, key->key, ED25519_KEY_LEN) == 0)
			return STATUS_OK;
	return policy_add_log(policy, key);
}

static enum status add_keys(struct verifying *verifying, const struct logkeys *keys)
{
	static const char nobody[] = "quorum none\n";
	size_t line;
	enum status status = STATUS_OK;

	if (verifying->policy == NULL)
		status = policy_parse(&verifying->policy, nobody, sizeof(nobody) - 1, &line);
	for (size_t i = 0; status == STATUS_OK && i < keys->count; i++)
		status = add_key(verifying->policy, &keys->keys[i]);
	return status == STATUS_INVALID ? cli_complain(verifying->cli, STATUS_INPUT,
						       _("these are too many keys of a ledger"))
					: status;
}

static enum status take_trust(struct verifying *verifying, const struct arguments *arguments)
{
	const char *policy = arguments_value(arguments, "policy");
	const char *key = arguments_value(arguments, "key");
	struct logkeys keys = {0};
	enum status status = STATUS_OK;

	if (policy != NULL)
		status = take_policy(verifying, policy);
	if (status == STATUS_OK && key != NULL)
		status = take_key(verifying, key, &keys);
	else if (status == STATUS_OK && policy == NULL)
		status = take_profile(verifying, &keys);
	return status == STATUS_OK ? add_keys(verifying, &keys) : status;
}

/* The auditor's own old head: it counts when the ledger's key signed it; who has witnessed it does
 * not matter any more. Bundles must continue it, other files are compared with it. */
static enum status take_since(struct verifying *verifying, const struct arguments *arguments)
{
	const char *name = arguments_value(arguments, "since");
	struct policy_verdict verdict = {.log = NULL};
	uint8_t *note = NULL;
	size_t len = 0;
	enum status status;

	if (name == NULL)
		return STATUS_OK;
	status = file_get(name, NOTE_MAX, &note, &len);
	if (status != STATUS_OK)
		return cli_complain(verifying->cli, STATUS_INPUT, _("%s cannot be read"), name);
	status = policy_judge(verifying->policy, note, len, &verdict);
	if (verdict.log != NULL)
		status = bundle_head_time(verifying->policy, note, len, &verifying->since_time);
	free(note);
	verifying->has_since = verdict.log != NULL;
	verifying->since = verdict.checkpoint;
	if (status == STATUS_INVALID)
		return cli_complain(verifying->cli, STATUS_INPUT,
				    _("%s is no signed head of a ledger"), name);
	if (verdict.log == NULL || status == STATUS_PROOF)
		return cli_complain(verifying->cli, STATUS_PROOF,
				    _("%s is not signed by a key that you gave"), name);
	verifying->file = name;
	return verify_remember(verifying, &verifying->since);
}

/* ---- the command ---- */

static enum status begin_report(struct verifying *verifying, const struct kind *kind)
{
	FILE *out = verifying->cli->out;
	json_t *file;

	if (verifying->cli->format != FORMAT_JSON) {
		safe_write(out, verifying->file);
		fprintf(out, ": %s\n", _(kind->text));
		return STATUS_OK;
	}
	file = json_pack("{s:s, s:s, s:[]}", "file", verifying->file, "kind", kind->name,
			 "findings");
	verifying->findings = json_object_get(file, "findings");
	return json_array_append_new(verifying->report, file) == 0 ? STATUS_OK : STATUS_MEMORY;
}

static enum status end_report(struct verifying *verifying)
{
	FILE *out = verifying->cli->out;
	json_t *file;

	if (verifying->cli->format != FORMAT_JSON) {
		fprintf(out, "  %s\n",
			verifying->failed ? _("Not verified: it must not be relied on")
			: verifying->open > 0
				? _("Verified, except for what is said to be not known")
				: _("Verified"));
		return STATUS_OK;
	}
	file = json_array_get(verifying->report, json_array_size(verifying->report) - 1);
	return json_object_set_new(file, "verified", json_boolean(!verifying->failed)) == 0 &&
			       json_object_set_new(file, "open",
						   json_integer((json_int_t)verifying->open)) == 0
		       ? STATUS_OK
		       : STATUS_MEMORY;
}

static enum status verify_one(struct verifying *verifying, const char *file)
{
	const struct kind *kind = NULL;
	enum status status;

	verifying->file = file;
	verifying->failed = false;
	verifying->open = 0;
	status = find_kind(verifying, &kind);
	if (status == STATUS_OK)
		status = begin_report(verifying, kind);
	if (status == STATUS_OK)
		status = kind->verify(verifying);
	return status == STATUS_OK ? end_report(verifying) : status;
}

static enum status verify_all(struct verifying *verifying, const struct arguments *arguments)
{
	struct cli *cli = verifying->cli;
	enum status status = take_trust(verifying, arguments);
	bool failed = false;

	verifying->replay = arguments_has(arguments, "replay");
	if (status == STATUS_OK)
		status = take_since(verifying, arguments);
	for (size_t i = 0; status == STATUS_OK && i < arguments->operand_count; i++) {
		status = verify_one(verifying, arguments->operands[i]);
		failed = failed || verifying->failed;
	}
	if (status == STATUS_OK && cli->format == FORMAT_JSON) {
		status = json_write(cli->out, json_incref(verifying->report));
		fputc('\n', cli->out);
	}
	if (status == STATUS_MEMORY)
		return cli_complain(cli, status, "%s", _(status_text(status)));
	return status == STATUS_OK && failed ? STATUS_PROOF : status;
}

static enum status verify_run(struct cli *cli, const struct arguments *arguments)
{
	struct verifying verifying = {.cli = cli, .report = json_array()};
	enum status status = verifying.report == NULL ? cli_complain(cli, STATUS_MEMORY, "%s",
								     _(status_text(STATUS_MEMORY)))
						      : verify_all(&verifying, arguments);

	json_decref(verifying.report);
	policy_free(verifying.policy);
	free(verifying.heads);
	free(verifying.names);
	return status;
}

static const struct operand_row file_operands[] = {{N_("FILE"), NULL, true, false}, {0}};

static const struct option_row verify_options[] = {
	{"key", 0, N_("VKEY"), NULL,
	 N_("the ledger's verifier key, or a file with it such as log.vkey of a profile"), 0},
	{"policy", 0, N_("FILE"), NULL,
	 N_("logs, witnesses and how many of them are enough (C2SP tlog-policy)"), 0},
	{"since", 0, N_("FILE"), NULL,
	 N_("your own old head, of which a bundle must be the continuation"), 0},
	{"replay", 0, NULL, NULL,
	 N_("rebuild the loans from a bundle's entries, and compare with its inventory"), 0},
	{0},
};

const struct command ledger_verify_commands[] = {
	{
		.words = "ledger verify",
		.alias = "总账 核验",
		.summary = N_("Verify proofs, signed heads and bundles without a server"),
		.operands = file_operands,
		.options = verify_options,
		.notes = N_("Needs no server and no network, and with --key or --policy no profile "
			    "either; without both it takes log.vkey of the profile. The key must "
			    "come from somebody you trust, not from whom you verify. Says line by "
			    "line what holds, what fails and what these files cannot show; ends "
			    "with 5 when anything fails."),
		.examples = "dossier ledger verify 1234.tlog-proof --key log.vkey\n"
			    "dossier ledger verify kept.checkpoint shown.checkpoint --policy "
			    "audit.policy\n"
			    "dossier ledger verify march.bundle --since february.checkpoint "
			    "--replay\n",
		.run = verify_run,
	},
	{0},
};
