#include "client/lib/succession.h"

#include <string.h>

#include "client/lib/text.h"
#include "common/entry.h"
#include "common/message.h"
#include "common/rpc.h"
#include "common/successor.h"

static enum status wrong(struct trust *trust, const char *why)
{
	trust->why = why;
	return STATUS_PROOF;
}

/* Whether it is a line by one of the keys, with a time or without. */
static bool is_known(const struct logkeys *keys, const struct note_signature *line)
{
	struct note_key dated;

	for (size_t i = 0; i < keys->count; i++) {
		const struct note_key *key = &keys->keys[i];
		if (memcmp(line->id, key->id, NOTE_ID_LEN) == 0)
			return true;
		if (note_key_make(&dated, key->name, NOTE_COSIGNATURE, key->key) == STATUS_OK &&
		    memcmp(line->id, dated.id, NOTE_ID_LEN) == 0)
			return true;
	}
	return false;
}

/* The ledger's last line: a key that goes signs before the one that follows it, and need not be
 * known to who came later. */
static const struct note_signature *last_line(const struct note *note, const char *origin)
{
	for (size_t i = note->count; i > 0; i--) {
		const struct note_signature *line = &note->signatures[i - 1];
		if (line->name_len == strlen(origin) &&
		    memcmp(line->name, origin, line->name_len) == 0)
			return line;
	}
	return NULL;
}

bool succession_is_due(const struct trust *trust, const void *bytes, size_t len)
{
	const struct note_signature *line;
	struct note note;

	if (note_parse(&note, bytes, len) != STATUS_OK)
		return false;
	line = last_line(&note, logkeys_origin(&trust->keys));
	return line != NULL && !is_known(&trust->keys, line);
}

/* That the entry is the one of a key that was named, and that this is what it says. */
static enum status check_entry(struct trust *trust, const Pb__LogKeysReply *reply,
			       struct arena *arena)
{
	struct subject *subjects = arena_calloc(arena, ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	struct hash *hash = hash_new();
	uint8_t commitment[HASH_LEN];
	struct entry entry;
	enum status status = STATUS_MEMORY;

	if (subjects == NULL || hash == NULL)
		goto out;
	status = wrong(trust, N_("what should be an entry is none"));
	if (entry_decode(&entry, subjects, reply->entry.data, reply->entry.len) != STATUS_OK ||
	    reply->salt.len != ENTRY_SALT_LEN)
		goto out;
	entry_commit(hash, reply->salt.data, reply->payload.data, reply->payload.len, commitment);
	status = entry.class_ == ENTRY_CHANGE && entry.rpc == RPC_log_key_rotate &&
				 entry.status == STATUS_OK &&
				 memcmp(commitment, entry.commitment, HASH_LEN) == 0
			 ? STATUS_OK
			 : wrong(trust, N_("the entry does not name a key of the ledger"));
out:
	hash_free(hash);
	return status;
}

/* What the act asked for, and whether it was done and not only asked for; NULL when it is none. */
static const Pb__LogKeyRotateRequest *read_act(const ProtobufCBinaryData *payload,
					       struct arena *arena)
{
	struct message_fault fault;
	ProtobufCMessage *act;
	ProtobufCMessage *request;
	ProtobufCMessage *reply;

	if (message_unpack(&pb__act__descriptor, payload->data, payload->len, arena, &act,
			   &fault) != STATUS_OK)
		return NULL;
	const Pb__Act *parts = (const Pb__Act *)(const void *)act;
	if (message_unpack(&pb__log_key_rotate_request__descriptor, parts->request.data,
			   parts->request.len, arena, &request, &fault) != STATUS_OK ||
	    message_unpack(&pb__log_key_rotate_reply__descriptor, parts->reply.data,
			   parts->reply.len, arena, &reply, &fault) != STATUS_OK)
		return NULL;
	return ((const Pb__LogKeyRotateReply *)(const void *)reply)->key == NULL
		       ? NULL
		       : (const Pb__LogKeyRotateRequest *)(const void *)request;
}

/* The key that our newest has named. What keys before it named is history, and what they name now
 * is not believed: they may be in wrong hands. */
static enum status follow(struct trust *trust, const ProtobufCBinaryData *statement)
{
	struct logkeys *keys = &trust->keys;
	struct note_key next;
	enum status status;

	if (keys->count == 0)
		return STATUS_OK;
	status = successor_verify(statement->data, statement->len, &keys->keys[keys->count - 1],
				  &next);
	if (status == STATUS_MEMORY)
		return status;
	if (status != STATUS_OK || logkeys_has(keys, &next))
		return STATUS_OK;
	if (keys->count == LOGKEYS_MAX)
		return STATUS_LIMIT;
	keys->keys[keys->count++] = next;
	return STATUS_OK;
}

enum status succession_take(struct trust *trust, const Pb__LogKeysReply *reply, struct arena *arena)
{
	const Pb__LogKeyRotateRequest *request;
	struct checkpoint checkpoint;
	enum status status = trust_entry(trust, &reply->entry, reply->proof, &checkpoint);

	if (status == STATUS_OK)
		status = check_entry(trust, reply, arena);
	if (status != STATUS_OK)
		return status;
	request = read_act(&reply->payload, arena);
	if (request == NULL)
		return wrong(trust, N_("the entry does not name a key of the ledger"));
	return follow(trust, &request->statement);
}

enum status succession_end(struct trust *trust, const void *bytes, size_t len)
{
	return succession_is_due(trust, bytes, len)
		       ? wrong(trust,
			       N_("the new key of the ledger is not named by the one before it"))
		       : STATUS_OK;
}
