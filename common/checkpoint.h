/*
 * Checkpoints (C2SP tlog-checkpoint): the head of a log as the text of a signed note: origin, size,
 * base64 of the root, a line each. Ours have no further lines; those of others are let through.
 *
 * Head office signs with NOTE_ED25519, and in a heartbeat also with NOTE_COSIGNATURE by the same
 * key, which says when. Witnesses sign with NOTE_COSIGNATURE.
 */
#ifndef COMMON_CHECKPOINT_H
#define COMMON_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/note.h"
#include "common/status.h"

#define CHECKPOINT_ORIGIN_MAX NOTE_NAME_MAX

struct checkpoint {
	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t size;
	uint8_t root[HASH_LEN];
};

/* Appends the text, without signatures. */
MUST_CHECK enum status checkpoint_format(const struct checkpoint *checkpoint, struct buf *to);

/* Of a note's text. STATUS_INVALID when it is no checkpoint. */
MUST_CHECK enum status checkpoint_parse(struct checkpoint *checkpoint, const char *text,
					size_t len);

/* Parses a whole note and checks that one of the keys signed it and that the key's name is the
 * origin. STATUS_INVALID, STATUS_PROOF. note may be NULL; it borrows the bytes. */
MUST_CHECK enum status checkpoint_verify(struct checkpoint *checkpoint, struct note *note,
					 const void *bytes, size_t len, const struct note_key *keys,
					 size_t key_count);

#endif
