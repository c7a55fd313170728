/*
 * Erasing what an entry says, and nothing else: salt and payload are overwritten where they stand.
 * Header, and so leaf, tree and every proof, stay as they are, and so does the group's checksum.
 *
 *   salt      12 bytes zero, which no other salt begins with; 4 bytes chosen so that the CRC-32C
 *             over salt and payload is what it was
 *   payload   what is left of it, one byte 0x80, zeros up to the length it had (so that it is one
 *             byte shorter at least)
 *
 * Who erased it, why and by what right says an entry of its own, with the SHA-256 of these bytes: a
 * redaction that no entry lists is damage. This layer knows the bytes only.
 *
 *   DIR/erasing   while entries are overwritten: "DOSERAS1", u32 crc32c of the rest, u32 count;
 *                 each: u64 first sequence of the segment, u64 offset, u32 length, the bytes to
 *                 be. Written again from here at the next opening when that was cut off.
 *
 * The segment is locked meanwhile (file_lock), and readers hold it shared while they read from the
 * file: they see the bytes before or behind, never a mixture, in other processes too.
 */
#ifndef SERVER_LEDGER_REDACTION_H
#define SERVER_LEDGER_REDACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/hash.h"
#include "server/ledger/ledger.h"

/* What is to stand in an entry's place: salt and payload as redaction_make() gave them. */
struct redaction {
	uint64_t sequence;
	const uint8_t *bytes; /* borrowed */
	size_t len;
};

/* Whether it is the salt of a redacted entry. */
bool redaction_is_marked(const uint8_t salt[static ENTRY_SALT_LEN]);

/* Sets what a record that was cut out of its group says of a redaction: redacted, payload_len.
 * STATUS_CORRUPT when the padding is not well formed. */
MUST_CHECK enum status redaction_see(struct ledger_record *record);

/* Bytes that redaction_make() writes for the record. */
size_t redaction_len(const struct ledger_record *record);

/* Makes what is to stand in the place of a record's salt and payload; deterministic. STATUS_LIMIT
 * when the new payload is not shorter than the stored one. */
MUST_CHECK enum status redaction_make(const struct ledger_record *record, const uint8_t *payload,
				      size_t len, uint8_t *to);

/* SHA-256 over such bytes, and over salt and payload of a record as they are stored. */
void redaction_digest(struct hash *hash, const uint8_t *bytes, size_t len,
		      uint8_t out[static HASH_LEN]);
void redaction_digest_of(struct hash *hash, const struct ledger_record *record,
			 uint8_t out[static HASH_LEN]);

/* Overwrites committed entries, durably; all of them also when it is cut off, at the next opening.
 * For the writer; nothing need be staged. STATUS_INVALID, and nothing is written, when one does not
 * fit the entry that is there; STATUS_STORAGE_FULL, likewise, when the journal finds no room; after
 * STATUS_STORAGE only opening anew tells. */
MUST_CHECK enum status ledger_redact(struct ledger *ledger, const struct redaction *redactions,
				     size_t count);

/* Finishes what was cut off. Before anything is read: ledger_open() does it, who looks at a ledger
 * of his own read-only before that does it himself. */
MUST_CHECK enum status redaction_redo(const char *directory, char why[static LEDGER_WHY_LEN]);

#endif
