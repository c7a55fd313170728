#include "server/ledger/group.h"

#include "common/bytes.h"
#include "common/crc32c.h"

#define GROUP_MAGIC 0x47525031u /* "GRP1" */
#define GROUP_CRC_AT 28

void group_encode(struct group *group, uint8_t to[static GROUP_HEADER_LEN])
{
	bytes_put32(to, GROUP_MAGIC);
	bytes_put32(to + 4, group->body_len);
	bytes_put64(to + 8, group->first);
	bytes_put32(to + 16, group->count);
	bytes_put32(to + 20, group->before);
	bytes_put32(to + 24, group->body_crc);
	group->crc = crc32c(0, to, GROUP_CRC_AT);
	bytes_put32(to + GROUP_CRC_AT, group->crc);
}

enum status group_decode(struct group *group, const uint8_t from[static GROUP_HEADER_LEN])
{
	*group = (struct group){
		.body_len = bytes_get32(from + 4),
		.first = bytes_get64(from + 8),
		.count = bytes_get32(from + 16),
		.before = bytes_get32(from + 20),
		.body_crc = bytes_get32(from + 24),
		.crc = bytes_get32(from + GROUP_CRC_AT),
	};
	if (bytes_get32(from) != GROUP_MAGIC || group->crc != crc32c(0, from, GROUP_CRC_AT))
		return STATUS_CORRUPT;
	if (group->count == 0 || group->body_len == 0 || group->body_len > LEDGER_GROUP_MAX ||
	    group->first > UINT64_MAX - group->count)
		return STATUS_CORRUPT;
	return STATUS_OK;
}

bool group_follows(const struct group *group, const struct place *place)
{
	return group->first == place->sequence && group->before == place->before;
}

bool group_has_body(const struct group *group, const uint8_t *body)
{
	return crc32c(0, body, group->body_len) == group->body_crc;
}

void group_pass(const struct group *group, struct place *place)
{
	place->offset += GROUP_HEADER_LEN + group->body_len;
	place->sequence += group->count;
	place->before = group->crc;
}

enum status group_cut(const uint8_t *body, size_t len, size_t *at, struct ledger_record *record)
{
	size_t room = len - *at;
	const uint8_t *from = body + *at;
	size_t header_len;
	size_t payload_len;

	if (room < GROUP_ENTRY_OVERHEAD)
		return STATUS_CORRUPT;
	room -= GROUP_ENTRY_OVERHEAD;
	header_len = bytes_get32(from);
	payload_len = bytes_get32(from + 4);
	if (header_len > room || payload_len > room - header_len)
		return STATUS_CORRUPT;

	record->header = from + 8;
	record->header_len = header_len;
	record->salt = record->header + header_len;
	record->payload = record->salt + ENTRY_SALT_LEN;
	record->payload_len = payload_len;
	record->redacted = false;
	record->stored_len = payload_len;
	*at += GROUP_ENTRY_OVERHEAD + header_len + payload_len;
	return STATUS_OK;
}
