#include "common/entry.h"

#include <assert.h>
#include <string.h>

#include "common/bytes.h"

size_t entry_header_len(const struct entry *entry)
{
	return ENTRY_FIXED_LEN + entry->subject_count * ENTRY_SUBJECT_LEN;
}

void entry_encode(const struct entry *entry, uint8_t *to)
{
	assert(entry->subject_count <= ENTRY_SUBJECTS_MAX);
	to[0] = ENTRY_VERSION;
	to[1] = entry->class_;
	bytes_put16(to + 2, entry->rpc);
	bytes_put16(to + 4, entry->status);
	bytes_put16(to + 6, (uint16_t)entry->subject_count);
	bytes_put64(to + 8, entry->sequence);
	bytes_put64(to + 16, (uint64_t)entry->time);
	bytes_put64(to + 24, entry->actor);
	bytes_put64(to + 32, entry->office);
	memcpy(to + 40, entry->key, ENTRY_KEY_LEN);
	memcpy(to + 56, entry->commitment, HASH_LEN);
	to += ENTRY_FIXED_LEN;
	for (size_t i = 0; i < entry->subject_count; i++, to += ENTRY_SUBJECT_LEN) {
		to[0] = entry->subjects[i].kind;
		bytes_put64(to + 1, entry->subjects[i].id);
	}
}

enum status entry_decode(struct entry *entry, struct subject *subjects, const uint8_t *from,
			 size_t len)
{
	if (len < ENTRY_FIXED_LEN || from[0] != ENTRY_VERSION)
		return STATUS_CORRUPT;
	size_t count = bytes_get16(from + 6);
	if (count > ENTRY_SUBJECTS_MAX || len != ENTRY_FIXED_LEN + count * ENTRY_SUBJECT_LEN)
		return STATUS_CORRUPT;
	if (from[1] < ENTRY_CHANGE || from[1] > ENTRY_ACCESS)
		return STATUS_CORRUPT;
	*entry = (struct entry){
		.class_ = from[1],
		.rpc = bytes_get16(from + 2),
		.status = bytes_get16(from + 4),
		.sequence = bytes_get64(from + 8),
		.time = (int64_t)bytes_get64(from + 16),
		.actor = bytes_get64(from + 24),
		.office = bytes_get64(from + 32),
		.subject_count = count,
		.subjects = subjects,
	};
	memcpy(entry->key, from + 40, ENTRY_KEY_LEN);
	memcpy(entry->commitment, from + 56, HASH_LEN);
	from += ENTRY_FIXED_LEN;
	for (size_t i = 0; i < count; i++, from += ENTRY_SUBJECT_LEN)
		subjects[i] = (struct subject){from[0], bytes_get64(from + 1)};
	return STATUS_OK;
}

void entry_commit(struct hash *hash, const uint8_t salt[static ENTRY_SALT_LEN],
		  const uint8_t *payload, size_t len, uint8_t out[static HASH_LEN])
{
	hash_begin(hash);
	hash_add(hash, salt, ENTRY_SALT_LEN);
	hash_add(hash, payload, len);
	hash_end(hash, out);
}
