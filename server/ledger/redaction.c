#include "server/ledger/redaction.h"

#include <string.h>

#include "common/crc32c.h"

#define MARK_LEN 12
#define PAD 0x80

bool redaction_is_marked(const uint8_t salt[static ENTRY_SALT_LEN])
{
	static const uint8_t mark[MARK_LEN];

	return memcmp(salt, mark, MARK_LEN) == 0;
}

enum status redaction_see(struct ledger_record *record)
{
	size_t len = record->stored_len;

	if (!redaction_is_marked(record->salt))
		return STATUS_OK;
	while (len > 0 && record->payload[len - 1] == 0)
		len--;
	if (len == 0 || record->payload[len - 1] != PAD)
		return STATUS_CORRUPT;
	record->redacted = true;
	record->payload_len = len - 1;
	return STATUS_OK;
}

size_t redaction_len(const struct ledger_record *record)
{
	return ENTRY_SALT_LEN + record->stored_len;
}

/* Salt and payload stand one behind the other in the group. */
static uint32_t checksum_of(const struct ledger_record *record)
{
	return crc32c(0, record->salt, redaction_len(record));
}

enum status redaction_make(const struct ledger_record *record, const uint8_t *payload, size_t len,
			   uint8_t *to)
{
	uint8_t *body = to + ENTRY_SALT_LEN;

	if (len >= record->stored_len)
		return STATUS_LIMIT;
	memset(to, 0, redaction_len(record));
	if (len > 0)
		memcpy(body, payload, len);
	body[len] = PAD;
	crc32c_solve(crc32c(0, to, MARK_LEN), checksum_of(record), body, record->stored_len,
		     to + MARK_LEN);
	return STATUS_OK;
}

void redaction_digest(struct hash *hash, const uint8_t *bytes, size_t len,
		      uint8_t out[static HASH_LEN])
{
	hash_begin(hash);
	hash_add(hash, bytes, len);
	hash_end(hash, out);
}

void redaction_digest_of(struct hash *hash, const struct ledger_record *record,
			 uint8_t out[static HASH_LEN])
{
	redaction_digest(hash, record->salt, redaction_len(record), out);
}
