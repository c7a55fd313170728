#include "server/ledger/draft.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/merkle.h"
#include "server/ledger/redaction.h"

enum status draft_init(struct draft *draft, uint64_t first)
{
	*draft = (struct draft){
		.bytes = malloc(GROUP_MAX_LEN),
		.hash = hash_new(),
		.leaves = calloc(DRAFT_ENTRIES_MAX, HASH_LEN),
	};
	draft_clear(draft, first);
	return draft->bytes && draft->hash && draft->leaves ? STATUS_OK : STATUS_MEMORY;
}

void draft_release(struct draft *draft)
{
	free(draft->bytes);
	hash_free(draft->hash);
	free(draft->leaves);
	*draft = (struct draft){0};
}

enum status draft_add(struct draft *draft, struct entry *entry, const uint8_t *payload, size_t len,
		      uint8_t leaf[static HASH_LEN], const uint8_t **header, size_t *header_len)
{
	size_t room = GROUP_MAX_LEN - draft->len;
	uint8_t *to = draft->bytes + draft->len;
	uint8_t *salt;
	size_t size;

	if (entry->subject_count > ENTRY_SUBJECTS_MAX)
		return STATUS_INVALID;
	size = entry_header_len(entry);
	if (room < GROUP_ENTRY_OVERHEAD + size || len > room - GROUP_ENTRY_OVERHEAD - size)
		return STATUS_LIMIT;

	salt = to + 8 + size;
	do
		random_bytes(salt, ENTRY_SALT_LEN);
	while (redaction_is_marked(salt));
	entry->sequence = draft->first + draft->count;
	entry_commit(draft->hash, salt, payload, len, entry->commitment);
	bytes_put32(to, (uint32_t)size);
	bytes_put32(to + 4, (uint32_t)len);
	entry_encode(entry, to + 8);
	merkle_leaf(draft->hash, to + 8, size, leaf);
	memcpy(draft->leaves[draft->count], leaf, HASH_LEN);
	if (len > 0)
		memcpy(salt + ENTRY_SALT_LEN, payload, len);
	if (header) {
		*header = to + 8;
		*header_len = size;
	}

	draft->len += GROUP_ENTRY_OVERHEAD + size + len;
	draft->count++;
	draft->time = entry->time;
	return STATUS_OK;
}

void draft_seal(struct draft *draft, uint32_t before, struct group *group)
{
	const uint8_t *body = draft->bytes + GROUP_HEADER_LEN;
	uint32_t body_len = (uint32_t)(draft->len - GROUP_HEADER_LEN);

	*group = (struct group){
		.body_len = body_len,
		.first = draft->first,
		.count = draft->count,
		.before = before,
		.body_crc = crc32c(0, body, body_len),
	};
	group_encode(group, draft->bytes);
}

void draft_clear(struct draft *draft, uint64_t first)
{
	draft->len = GROUP_HEADER_LEN;
	draft->first = first;
	draft->count = 0;
}
