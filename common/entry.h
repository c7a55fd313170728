/*
 * The header of a ledger entry: who did what to whom, when, with what outcome. Its bytes are what
 * the Merkle leaf hashes, so the format is for ever (version 1). What was asked and decided is the
 * payload, bound by its commitment and stored beside, so that it can be erased.
 *
 *   offset  0  u8   version, 1            16  u64  time, microseconds since the epoch, UTC
 *           1  u8   class                 24  u64  actor, a principal id; 0: the server itself
 *           2  u16  rpc number            32  u64  office id of the actor
 *           4  u16  status                40  16   idempotency key; zero where there is none
 *           6  u16  number of subjects    56  32   commitment SHA-256(salt || payload)
 *           8  u64  sequence, from 0      88       subjects: u8 kind, u64 id each
 */
#ifndef COMMON_ENTRY_H
#define COMMON_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"

#define ENTRY_VERSION 1
#define ENTRY_KEY_LEN 16
#define ENTRY_SALT_LEN 16
#define ENTRY_SUBJECTS_MAX 2000 /* an import's batch, or a box's contents named one by one */
#define ENTRY_FIXED_LEN 88
#define ENTRY_SUBJECT_LEN 9
#define ENTRY_HEADER_MAX (ENTRY_FIXED_LEN + ENTRY_SUBJECTS_MAX * ENTRY_SUBJECT_LEN)

enum entry_class {
	ENTRY_CHANGE = 1,  /* an act that was done */
	ENTRY_REFUSAL = 2, /* an act that was refused */
	ENTRY_ACCESS = 3,  /* a look */
};

enum subject_kind {
#define SUBJECT(number, name) SUBJECT_##name = number,
#include "common/subject.def"
#undef SUBJECT
};

struct subject {
	uint8_t kind; /* enum subject_kind */
	uint64_t id;
};

struct entry {
	uint8_t class_; /* enum entry_class */
	uint16_t rpc;
	uint16_t status; /* enum status */
	uint64_t sequence;
	int64_t time;
	uint64_t actor;
	uint64_t office;
	uint8_t key[ENTRY_KEY_LEN];
	uint8_t commitment[HASH_LEN];
	size_t subject_count;
	struct subject *subjects; /* borrowed */
};

/* Bytes that entry_encode() will write. */
size_t entry_header_len(const struct entry *entry);

/* Writes entry_header_len() bytes; subject_count <= ENTRY_SUBJECTS_MAX. */
void entry_encode(const struct entry *entry, uint8_t *to);

/* Decodes len bytes; subjects go to the caller's array of ENTRY_SUBJECTS_MAX, which the entry then
 * borrows. Takes any bytes: STATUS_CORRUPT when they are no header of this version. */
MUST_CHECK enum status entry_decode(struct entry *entry, struct subject *subjects,
				    const uint8_t *from, size_t len);

/* SHA-256(salt || payload). */
void entry_commit(struct hash *hash, const uint8_t salt[static ENTRY_SALT_LEN],
		  const uint8_t *payload, size_t len, uint8_t out[static HASH_LEN]);

#endif
