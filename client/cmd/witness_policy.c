#include "client/cmd/witness_policy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/proof.h"
#include "client/cli/query.h"
#include "common/date.h"
#include "common/entry.h"
#include "common/message.h"
#include "common/witness.h"

#define GROUP "witnesses"

/* ---- asking ---- */

/* The client's answer lives until its next call. */
static const Pb__LedgerStatusReply *copy(const ProtobufCMessage *reply, struct arena *arena)
{
	size_t len = protobuf_c_message_get_packed_size(reply);
	uint8_t *bytes = arena_alloc(arena, len + 1);

	if (bytes == NULL)
		return NULL;
	protobuf_c_message_pack(reply, bytes);
	return pb__ledger_status_reply__unpack(&arena->allocator, len, bytes);
}

enum status witness_policy_ask(struct cli *cli, bool entries, const Pb__LedgerStatusReply **reply)
{
	Pb__LedgerStatusRequest request = PB__LEDGER_STATUS_REQUEST__INIT;
	struct client_answer answer;
	enum status status;

	request.entries = entries;
	status = query_call(cli, NULL, RPC_ledger_status, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	*reply = copy(answer.reply, &cli->arena);
	return *reply != NULL
		       ? STATUS_OK
		       : cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
}

unsigned witness_policy_active(const Pb__LedgerStatusReply *reply)
{
	unsigned count = 0;

	for (size_t i = 0; i < reply->n_witnesses; i++)
		count += reply->witnesses[i]->active ? 1 : 0;
	return count;
}

/* ---- judging ---- */

/* The act of the entry, if that is what the entry commits to. */
static enum status unpack_act(const Pb__WitnessView *view, const struct entry *entry,
			      struct arena *arena, ProtobufCMessage **request,
			      ProtobufCMessage **reply)
{
	struct hash *hash = hash_new();
	struct message_fault fault;
	uint8_t commitment[HASH_LEN];
	const Pb__Act *act;
	enum status status;

	if (hash == NULL)
		return STATUS_MEMORY;
	entry_commit(hash, view->salt.data, view->payload.data, view->payload.len, commitment);
	hash_free(hash);
	if (memcmp(commitment, entry->commitment, HASH_LEN) != 0)
		return STATUS_PROOF;
	act = pb__act__unpack(&arena->allocator, view->payload.len, view->payload.data);
	if (act == NULL)
		return STATUS_PROOF;
	status = message_unpack(&pb__witness_key_request__descriptor, act->request.data,
				act->request.len, arena, request, &fault);
	if (status == STATUS_OK)
		status = message_unpack(&pb__witness_key_reply__descriptor, act->reply.data,
					act->reply.len, arena, reply, &fault);
	return status == STATUS_MESSAGE_INVALID ? STATUS_PROOF : status;
}

static enum status judge_act(const Pb__WitnessView *view, const char *origin,
			     const Pb__WitnessKeyRequest *request, const Pb__WitnessKeyReply *reply,
			     struct note_key *key)
{
	struct buf statement = BUF_EMPTY;
	enum status status;

	if (reply->witness == NULL || request->public_key.len != ED25519_KEY_LEN ||
	    request->proof.len != ED25519_SIGNATURE_LEN ||
	    view->witness->key.len != ED25519_KEY_LEN ||
	    memcmp(request->public_key.data, view->witness->key.data, ED25519_KEY_LEN) != 0 ||
	    witness_key_make(key, origin, view->login, request->public_key.data) != STATUS_OK ||
	    strcmp(key->name, reply->witness->name) != 0)
		return STATUS_PROOF;
	status = witness_key_statement(key, &statement);
	if (status == STATUS_OK)
		status = ed25519_verify(key->key, buf_head(&statement), statement.len,
					request->proof.data);
	buf_release(&statement);
	return status;
}

enum status witness_policy_judge(const Pb__WitnessView *view, const char *origin,
				 struct arena *arena, struct note_key *key)
{
	struct subject *subjects = arena_calloc(arena, ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	ProtobufCMessage *request;
	ProtobufCMessage *reply;
	struct entry entry;
	enum status status;

	if (subjects == NULL)
		return STATUS_MEMORY;
	if (view->witness == NULL || view->salt.len != ENTRY_SALT_LEN ||
	    entry_decode(&entry, subjects, view->entry.data, view->entry.len) != STATUS_OK ||
	    entry.class_ != ENTRY_CHANGE || entry.rpc != RPC_witness_key ||
	    entry.sequence != view->witness->entry || entry.actor != view->witness->id)
		return STATUS_PROOF;
	status = unpack_act(view, &entry, arena, &request, &reply);
	if (status != STATUS_OK)
		return status;
	return judge_act(view, origin, (const Pb__WitnessKeyRequest *)(void *)request,
			 (const Pb__WitnessKeyReply *)(void *)reply, key);
}

static enum status not_proven(struct cli *cli, const Pb__WitnessView *view)
{
	return cli_complain(cli, STATUS_PROOF,
			    _("that %s is a witness, and with this key, is not what the ledger "
			      "says"),
			    view->login);
}

/* That it is what its entry says, and that the entry is in the ledger. */
static enum status prove(struct cli *cli, const Pb__WitnessView *view, struct note_key *key)
{
	Pb__LedgerProofRequest request = PB__LEDGER_PROOF_REQUEST__INIT;
	struct checkpoint head;
	struct client_answer answer;
	enum status status =
		witness_policy_judge(view, logkeys_origin(&cli->trust.keys), &cli->arena, key);

	if (status != STATUS_OK)
		return not_proven(cli, view);
	request.sequence = view->witness->entry;
	status = query_call(cli, NULL, RPC_ledger_proof, &request.base, &answer);
	if (status != STATUS_OK)
		return status;
	status = trust_entry(&cli->trust, &view->entry,
			     ((const Pb__LedgerProofReply *)(void *)answer.reply)->proof, &head);
	return status == STATUS_OK ? status : not_proven(cli, view);
}

/* ---- writing ---- */

__attribute__((format(printf, 2, 3))) static enum status append(struct buf *to, const char *format,
								...)
{
	va_list arguments;
	char *text = NULL;
	enum status status = STATUS_MEMORY;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		return STATUS_MEMORY;
	status = buf_append(to, text, (size_t)len);
	free(text);
	return status;
}

static enum status append_logs(const struct cli *cli, const Pb__LedgerStatusReply *reply,
			       struct buf *to)
{
	const struct logkeys *keys = &cli->trust.keys;
	char time[DATE_TIME_TEXT_LEN];
	char vkey[NOTE_VKEY_MAX + 1];
	enum status status;

	date_format_time(clock_now(), FIELD_ZONE_MINUTES, time);
	status = append(to, "# %s: %" PRIu64 " entries, %s (UTC+8)\n", logkeys_origin(keys),
			reply->size, time);
	for (size_t i = 0; i < keys->count && status == STATUS_OK; i++) {
		note_key_format(&keys->keys[i], vkey);
		status = append(to, "log %s\n", vkey);
	}
	return status == STATUS_OK ? append(to, "\n") : status;
}

/* Names are made so that no login can be taken for a group. */
static enum status append_witness(struct cli *cli, const Pb__WitnessView *view, struct buf *to)
{
	char vkey[NOTE_VKEY_MAX + 1];
	struct note_key key;
	enum status status = prove(cli, view, &key);

	if (status != STATUS_OK)
		return status;
	note_key_format(&key, vkey);
	return append(to, "# entry %" PRIu64 "\nwitness witness/%s %s\n", view->witness->entry,
		      view->login, vkey);
}

static enum status append_quorum(const Pb__LedgerStatusReply *reply, struct buf *to)
{
	enum status status = append(to,
				    "\n# How many are enough, and that these are all witnesses, is "
				    "what the server said.\ngroup " GROUP " %u",
				    reply->needed);

	for (size_t i = 0; i < reply->n_witnesses && status == STATUS_OK; i++)
		if (reply->witnesses[i]->active)
			status = append(to, " witness/%s", reply->witnesses[i]->login);
	return status == STATUS_OK ? append(to, "\nquorum " GROUP "\n") : status;
}

static enum status make(struct cli *cli, const Pb__LedgerStatusReply *reply, struct buf *policy)
{
	enum status status = append_logs(cli, reply, policy);

	for (size_t i = 0; i < reply->n_witnesses && status == STATUS_OK; i++)
		if (reply->witnesses[i]->active)
			status = append_witness(cli, reply->witnesses[i], policy);
	return status == STATUS_OK ? append_quorum(reply, policy) : status;
}

enum status witness_policy_make(struct cli *cli, struct buf *policy)
{
	const Pb__LedgerStatusReply *reply;
	enum status status = witness_policy_ask(cli, true, &reply);

	if (status != STATUS_OK)
		return status;
	if (reply->needed == 0 || witness_policy_active(reply) < reply->needed) {
		cli_complain(cli, STATUS_BLOCKED,
			     _("%u witnesses must co-sign, and there are %u that may"),
			     reply->needed, witness_policy_active(reply));
		fputs(_("Let more register: dossier witness register\n"), cli->err);
		return STATUS_BLOCKED;
	}
	return make(cli, reply, policy);
}
