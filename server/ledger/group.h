/*
 * A group of entries as bytes: header and framing. Pure: knows no files.
 *
 *   header, 32 bytes: u32 "GRP1", u32 length of the body, u64 first sequence, u32 number of
 *     entries, u32 crc32c of the group before (0: first of the segment), u32 crc32c of the body,
 *     u32 crc32c of the 28 bytes before, which is the crc32c of the group
 *   entry in the body: u32 header length, u32 payload length, header (common/entry.h), 16 bytes
 *     salt, payload; or of these two what an erasure has left (redaction.h)
 *
 * A place is where a group stands or is to stand, and what it must say to stand there: its first
 * sequence and the CRC of the group before. So groups of a segment form a chain.
 */
#ifndef SERVER_LEDGER_GROUP_H
#define SERVER_LEDGER_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"
#include "server/ledger/ledger.h"

#define GROUP_HEADER_LEN 32
#define GROUP_MAX_LEN (GROUP_HEADER_LEN + LEDGER_GROUP_MAX)
#define GROUP_ENTRY_OVERHEAD (8 + ENTRY_SALT_LEN) /* two lengths and the salt */

struct place {
	uint64_t offset;
	uint64_t sequence;
	uint32_t before; /* CRC of the group before; 0: first of the segment */
};

struct group {
	uint32_t body_len;
	uint64_t first; /* sequence */
	uint32_t count; /* entries */
	uint32_t before;
	uint32_t body_crc;
	uint32_t crc; /* of the header; what the next group's before says */
};

/* Writes the header and sets group->crc. */
void group_encode(struct group *group, uint8_t to[static GROUP_HEADER_LEN]);

/* Takes any bytes; STATUS_CORRUPT when they are no group's header. */
MUST_CHECK enum status group_decode(struct group *group,
				    const uint8_t from[static GROUP_HEADER_LEN]);

/* Whether it may stand there. */
bool group_follows(const struct group *group, const struct place *place);

/* Whether the body is what the header says. */
bool group_has_body(const struct group *group, const uint8_t *body);

/* Moves the place behind the group that stands there. */
void group_pass(const struct group *group, struct place *place);

/* Cuts the next entry out of a body: sets all of the record but record->entry, which is left for
 * entry_decode(). *at moves on. STATUS_CORRUPT when no whole entry is there. */
MUST_CHECK enum status group_cut(const uint8_t *body, size_t len, size_t *at,
				 struct ledger_record *record);

#endif
