/* Co-signing heads of the ledger: witness register, run. */
#include <string.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cmd/group.h"
#include "client/cmd/vigil.h"
#include "common/witness.h"
#include "proto/request.pb-c.h"

/* ---- register ---- */

/* The profile's key; made when it has none. */
static enum status take_key(struct cli *cli, bool make, struct ed25519 **key)
{
	struct path path;
	enum status status = vigil_key_path(cli, &path);

	if (status != STATUS_OK)
		return status;
	status = witness_key_load(key, path.text);
	if (status == STATUS_NOT_FOUND && make)
		status = witness_key_create(key, path.text);
	if (status == STATUS_NOT_FOUND)
		return cli_complain(cli, STATUS_INPUT, _("there is no key to co-sign with: %s"),
				    path.text);
	return status == STATUS_OK ? status
				   : cli_complain(cli, STATUS_INPUT, _("%s cannot be used: %s"),
						  path.text, _(status_text(status)));
}

/* Its owner shows that it is his. */
static enum status prove(struct cli *cli, const struct ed25519 *key, Pb__WitnessKeyRequest *request)
{
	struct buf statement = BUF_EMPTY;
	struct note_key named;
	enum status status;

	request->public_key.data = arena_alloc(&cli->arena, ED25519_KEY_LEN);
	request->proof.data = arena_alloc(&cli->arena, ED25519_SIGNATURE_LEN);
	if (request->public_key.data == NULL || request->proof.data == NULL)
		return STATUS_MEMORY;
	request->public_key.len = ED25519_KEY_LEN;
	request->proof.len = ED25519_SIGNATURE_LEN;
	ed25519_public(key, request->public_key.data);
	status = witness_key_make(&named, logkeys_origin(&cli->trust.keys),
				  client_welcome(cli->client)->login, request->public_key.data);
	if (status == STATUS_OK)
		status = witness_key_statement(&named, &statement);
	if (status == STATUS_OK)
		status =
			ed25519_sign(key, buf_head(&statement), statement.len, request->proof.data);
	buf_release(&statement);
	return status;
}

static enum status prepare_register(struct cli *cli, const struct arguments *arguments,
				    ProtobufCMessage *request)
{
	struct ed25519 *key = NULL;
	enum status status = take_key(cli, !arguments_has(arguments, "dry-run"), &key);

	if (status != STATUS_OK)
		return status;
	status = prove(cli, key, (Pb__WitnessKeyRequest *)(void *)request);
	ed25519_free(key);
	return status == STATUS_OK ? status
				   : cli_complain(cli, status, "%s", _(status_text(status)));
}

static enum status tell_registered(struct cli *cli, const void *message)
{
	const Pb__WitnessKeyReply *reply = message;
	char vkey[NOTE_VKEY_MAX + 1];
	struct note_key key;

	if (reply->witness->key.len != ED25519_KEY_LEN ||
	    note_key_make(&key, reply->witness->name, NOTE_COSIGNATURE, reply->witness->key.data) !=
		    STATUS_OK)
		return STATUS_MESSAGE_INVALID;
	note_key_format(&key, vkey);
	if (!cli->quiet)
		fputs(_("registered to co-sign heads of the ledger:\n"), cli->out);
	fprintf(cli->out, "%s\n", vkey);
	if (cli->quiet)
		return STATUS_OK;
	if (reply->replaced)
		fputs(_("The earlier key counts no more\n"), cli->out);
	fputs(_("From now on: dossier witness run\n"), cli->out);
	return STATUS_OK;
}

/* ---- the commands ---- */

static const struct option_row run_options[] = {
	{"once", 0, NULL, NULL, N_("co-sign what waits now, and end"), 0},
	{"interval", 0, N_("SECONDS"), NULL, N_("how often it is looked; default: 15"), 0},
	{0},
};

const struct command witness_commands[] = {
	{
		.words = "witness register",
		.alias = "见证 登记",
		.rpc = RPC_witness_key,
		.notes = N_(
			"The key is made here, once, stays here (witness-key.pem in the profile) "
			"and signs nothing but heads. A witness that comes with another key "
			"replaces its own."),
		.examples = "dossier witness register\n",
		.run = act_run,
		.prepare = prepare_register,
		.alone = true,
		.tell = tell_registered,
	},
	{
		.words = "witness run",
		.alias = "见证 运行",
		.summary = N_("Co-sign the heads of the ledger as they come"),
		.options = run_options,
		.notes = N_(
			"Runs until Ctrl-C; connects again by itself. Only a head that grew from "
			"the one co-signed before is co-signed; where head office shows another "
			"past, it ends with exit code 5, both heads are kept under "
			"state/evidence, and it signs nothing more. It also says when no new "
			"heartbeat comes for five minutes, or one is off by more than two by this "
			"machine's clock."),
		.examples = "dossier witness run\n"
			    "dossier witness run --once\n",
		.run = vigil_run,
	},
	{0},
};
