#include "client/cli/newkey.h"

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/lib/succession.h"
#include "proto/request.pb-c.h"

/* What a server says of a new key and cannot prove is not believed, and not overlooked. */
static enum status refute(struct cli *cli, enum status status)
{
	if (status != STATUS_PROOF)
		return cli_complain(cli, status, "%s", _(status_text(status)));
	return cli_complain(cli, status,
			    _("the server shows a new key of the ledger that is not proven: %s. "
			      "Nothing was changed; tell your security officer"),
			    _(cli->trust.why));
}

/* The entries that named keys, oldest first; a server that knows none ends the list at once, and
 * one that will not answer now is asked the next time. */
static enum status take_all(struct cli *cli, uint64_t request_id, const ProtobufCBinaryData *shown)
{
	struct client_answer answer;
	bool any = false;

	for (;;) {
		enum status status = client_receive(cli->client, &answer);
		if (status != STATUS_OK)
			return cli_lost(cli, status);
		if (answer.request_id != request_id)
			continue;
		if (answer.refusal != NULL)
			return STATUS_OK;
		if (answer.kind == FRAME_END) {
			status = any ? succession_end(&cli->trust, shown->data, shown->len)
				     : STATUS_OK;
			return status == STATUS_OK ? status : refute(cli, status);
		}
		if (answer.kind != FRAME_ITEM || answer.reply == NULL)
			return refute(cli, STATUS_MESSAGE_INVALID);
		status = succession_take(&cli->trust,
					 (const Pb__LogKeysReply *)(const void *)answer.reply,
					 &cli->arena);
		if (status != STATUS_OK)
			return refute(cli, status);
		any = true;
	}
}

enum status newkey_follow(struct cli *cli)
{
	const Pb__Welcome *welcome = client_welcome(cli->client);
	const ProtobufCBinaryData *shown = &welcome->heartbeat;
	Pb__LogKeysRequest request = PB__LOG_KEYS_REQUEST__INIT;
	size_t known = cli->trust.keys.count;
	uint64_t request_id;
	enum status status;

	/* A heartbeat is signed by a new key before the next act is. */
	if (!succession_is_due(&cli->trust, shown->data, shown->len))
		shown = &welcome->checkpoint;
	if (!succession_is_due(&cli->trust, shown->data, shown->len))
		return STATUS_OK;
	status = client_send(cli->client, RPC_log_keys, &request.base, NULL, 0, &request_id);
	if (status != STATUS_OK)
		return cli_lost(cli, status);
	status = take_all(cli, request_id, shown);
	if (status != STATUS_OK || cli->trust.keys.count == known)
		return status;
	status = logkeys_save(&cli->trust.keys, cli->profile.directory.text);
	if (status != STATUS_OK)
		return cli_complain(cli, status, _("the new key of the ledger cannot be kept: %s"),
				    _(status_text(status)));
	if (!cli->quiet)
		(void)cli_complain(cli, STATUS_OK,
				   _("the ledger has a new key, which the known one has named: "
				     "taken into log.vkey"));
	return STATUS_OK;
}
