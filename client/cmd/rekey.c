/* Another key for the ledger: ledger rekey, ledger keys. */
#include <stdlib.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "common/file.h"
#include "common/successor.h"
#include "proto/request.pb-c.h"

/* The statement is read here: the server judges it. */
static enum status prepare_rekey(struct cli *cli, const struct arguments *arguments,
				 ProtobufCMessage *message)
{
	Pb__LogKeyRotateRequest *request = (Pb__LogKeyRotateRequest *)(void *)message;
	const char *file = arguments->operands[0];
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = file_get(file, SUCCESSOR_MAX, &bytes, &len);

	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_INPUT, _("%s cannot be read: %s"), file,
				    _(status_text(status)));
	request->statement.data = (uint8_t *)arena_copy(&cli->arena, bytes, len);
	request->statement.len = len;
	free(bytes);
	return request->statement.data == NULL ? STATUS_MEMORY : STATUS_OK;
}

static enum status tell_rekey(struct cli *cli, const void *message)
{
	const Pb__LogKeyRotateReply *reply = message;
	const char *number;

	if (reply->key != NULL) {
		if (cli->quiet)
			fprintf(cli->out, "%s\n", reply->key->vkey);
		else
			fprintf(cli->out,
				_("from now on this key signs the ledger, and the old one beside "
				  "it:\n%s\n"),
				reply->key->vkey);
		return STATUS_OK;
	}
	if (reply->opened == NULL)
		return STATUS_MESSAGE_INVALID;
	number = reply->opened->approval->number;
	if (cli->quiet)
		fprintf(cli->out, "%s\n", number);
	else
		fprintf(cli->out,
			_("%s asked for: it waits for another security officer, who compares the "
			  "key:\n%s\nThen repeat this with --approval %s\n"),
			number, reply->opened->approval->detail, number);
	return STATUS_OK;
}

static const struct operand_row statement_operand[] = {{N_("FILE"), NULL, false, false}, {0}};

static const struct option_row rekey_options[] = {
	{"reason", 0, N_("TEXT"), "reason", N_("why; when it is asked for"), 0},
	{"approval", 0, N_("NUMBER"), "approval", N_("of the other officer; then it is done"), 0},
	{0},
};

static const struct column key_columns[] = {
	{N_("Key"), "key", "key.vkey", 0, NULL},
	{N_("Since"), "since", "key.since", 0, NULL},
	{N_("Entry"), "entry", "key.entry", 0, NULL},
	{0},
};

const struct command rekey_commands[] = {
	{
		.words = "ledger rekey",
		.alias = "总账 换钥",
		.rpc = RPC_log_key_rotate,
		.operands = statement_operand,
		.options = rekey_options,
		.notes = N_(
			"FILE is what `dossierd rotate DATA --log-key` printed: the key that signs "
			"now names the next one. Asked for without --approval; another security "
			"officer approves it (dossier approve); repeated with --approval it is "
			"done. From then on both keys sign, and clients take the new one into "
			"log.vkey by themselves, as the ledger proves it to them. That two "
			"officers agreed is the server's rule: whoever has both the old key and "
			"the server's disk could do without them, but not unseen, since the entry "
			"stays in the ledger. What the old key alone signs is still taken for the "
			"ledger's by who verifies with log.vkey: if it may be in wrong hands, give "
			"the new one alone (ledger verify --key)."),
		.examples = "dossier ledger rekey next-key.txt --reason 年度换钥\n"
			    "dossier ledger rekey next-key.txt --approval HQ-SP-2026-00007\n",
		.run = act_run,
		.prepare = prepare_rekey,
		.alone = true,
		.tell = tell_rekey,
	},
	{
		.words = "ledger keys",
		.alias = "总账 密钥",
		.rpc = RPC_log_keys,
		.columns = key_columns,
		.empty = N_("The ledger's first key still signs."),
		.examples = "dossier ledger keys\n",
		.run = query_list,
	},
	{0},
};
