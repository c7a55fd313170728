/* Hashing what was read: the parts of ledger.h that need no position. */
#include "server/ledger/ledger.h"

#include <string.h>

enum status ledger_record_verify(const struct ledger_record *record, struct hash *hash)
{
	uint8_t commitment[HASH_LEN];

	entry_commit(hash, record->salt, record->payload, record->payload_len, commitment);
	if (memcmp(commitment, record->entry.commitment, HASH_LEN) != 0)
		return STATUS_CORRUPT;
	return STATUS_OK;
}

enum status ledger_tree(const struct ledger *ledger, struct merkle *tree, uint64_t size)
{
	struct ledger_reader *reader;
	struct ledger_record record;
	uint8_t leaf[HASH_LEN];
	struct hash *hash;
	enum status status = ledger_reader_new(&reader, ledger);

	if (status != STATUS_OK)
		return status;
	hash = hash_new();
	if (!hash)
		status = STATUS_MEMORY;
	ledger_reader_seek(reader, tree->size);
	while (status == STATUS_OK && tree->size < size) {
		status = ledger_reader_next(reader, &record);
		if (status != STATUS_OK)
			break;
		merkle_leaf(hash, record.header, record.header_len, leaf);
		merkle_append(tree, hash, leaf);
	}
	hash_free(hash);
	ledger_reader_free(reader);
	return status;
}
