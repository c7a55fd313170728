#include "client/lib/trust.h"

#include <string.h>

#include "client/lib/text.h"
#include "common/bytes.h"
#include "common/entry.h"
#include "common/merkle.h"

#define SEQUENCE_AT 8 /* in an entry's header: common/entry.h */

void trust_init(struct trust *trust)
{
	*trust = (struct trust){.why = ""};
}

void trust_release(struct trust *trust)
{
	buf_release(&trust->note);
	trust_init(trust);
}

static enum status wrong(struct trust *trust, const char *why)
{
	trust->why = why;
	return STATUS_PROOF;
}

enum status trust_checkpoint(struct trust *trust, const void *note, size_t len,
			     struct checkpoint *checkpoint)
{
	enum status status;

	if (len > 0 && len == trust->note.len && memcmp(buf_head(&trust->note), note, len) == 0) {
		*checkpoint = trust->checkpoint;
		return STATUS_OK;
	}
	if (len == 0)
		return wrong(trust, N_("there is no signed head"));
	status =
		checkpoint_verify(checkpoint, NULL, note, len, trust->keys.keys, trust->keys.count);
	if (status == STATUS_INVALID)
		return wrong(trust, N_("what should be a signed head is none"));
	if (status == STATUS_PROOF)
		return wrong(trust, N_("the head is not signed by the key of your ledger"));
	if (status != STATUS_OK)
		return status;
	buf_clear(&trust->note);
	trust->checkpoint = *checkpoint;
	return buf_append(&trust->note, note, len);
}

/* The log's key, as it signs with a time. */
static enum status verify_time(const struct note *note, const struct note_key *key, uint64_t *time)
{
	struct note_key dated;
	enum status status = note_key_make(&dated, key->name, NOTE_COSIGNATURE, key->key);

	return status == STATUS_OK ? note_verify(note, &dated, time) : status;
}

enum status trust_heartbeat(struct trust *trust, const void *bytes, size_t len,
			    struct checkpoint *checkpoint, uint64_t *time)
{
	struct note note;

	if (checkpoint_verify(checkpoint, &note, bytes, len, trust->keys.keys, trust->keys.count) !=
	    STATUS_OK)
		return wrong(trust, N_("the head is not signed by the key of your ledger"));
	for (size_t i = 0; i < trust->keys.count; i++) {
		if (verify_time(&note, &trust->keys.keys[i], time) == STATUS_OK)
			return STATUS_OK;
	}
	return wrong(trust, N_("the time of the head is not signed by the key of your ledger"));
}

/* Of a proof as it travels; NULL when it is no whole number of hashes, or too many. */
static const uint8_t (*hashes_of(const ProtobufCBinaryData *bytes, size_t *count))[HASH_LEN]
{
	static const uint8_t none[1][HASH_LEN];

	*count = bytes->len / HASH_LEN;
	if (bytes->len % HASH_LEN != 0 || *count > MERKLE_PROOF_MAX)
		return NULL;
	return *count == 0 ? none : (const uint8_t(*)[HASH_LEN])(const void *)bytes->data;
}

static enum status leaf_of(const ProtobufCBinaryData *entry, uint8_t leaf[static HASH_LEN])
{
	struct hash *hash = hash_new();

	if (hash == NULL)
		return STATUS_MEMORY;
	merkle_leaf(hash, entry->data, entry->len, leaf);
	hash_free(hash);
	return STATUS_OK;
}

enum status trust_entry(struct trust *trust, const ProtobufCBinaryData *entry,
			const Pb__Proof *proof, struct checkpoint *checkpoint)
{
	const uint8_t(*hashes)[HASH_LEN];
	uint8_t leaf[HASH_LEN];
	size_t count;
	enum status status;

	if (proof == NULL)
		return wrong(trust, N_("there is no proof that the entry is in the ledger"));
	if (entry->len < ENTRY_FIXED_LEN || entry->len > ENTRY_HEADER_MAX)
		return wrong(trust, N_("what should be an entry is none"));
	status = trust_checkpoint(trust, proof->checkpoint.data, proof->checkpoint.len, checkpoint);
	if (status != STATUS_OK)
		return status;
	if (proof->index != bytes_get64(entry->data + SEQUENCE_AT))
		return wrong(trust, N_("the proof is of another entry"));
	hashes = hashes_of(&proof->hashes, &count);
	status = leaf_of(entry, leaf);
	if (status != STATUS_OK)
		return status;
	if (hashes == NULL || merkle_verify_inclusion(proof->index, checkpoint->size, leaf, hashes,
						      count, checkpoint->root) != STATUS_OK)
		return wrong(trust, N_("the entry is not in the ledger of the signed head"));
	return STATUS_OK;
}

enum status trust_grown(const struct checkpoint *from, const struct checkpoint *to,
			const ProtobufCBinaryData *hashes)
{
	size_t count;
	const uint8_t(*list)[HASH_LEN] = hashes_of(hashes, &count);

	if (list == NULL || strcmp(from->origin, to->origin) != 0)
		return STATUS_PROOF;
	return merkle_verify_consistency(from->size, to->size, list, count, from->root, to->root);
}
