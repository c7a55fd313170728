/*
 * Signed notes (C2SP signed-note): a text, an empty line, signature lines. And the keys that sign
 * them, as verifier keys ("vkey"): <name>+<key id, 8 hex digits>+<base64 of type and public key>.
 * Takes any bytes; knows nothing of what a text means (common/checkpoint.h does).
 */
#ifndef COMMON_NOTE_H
#define COMMON_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/ed25519.h"
#include "common/status.h"

#define NOTE_MAX (16 * 1024) /* bytes of a whole note */
#define NOTE_SIGNATURES_MAX 64
#define NOTE_NAME_MAX 255
#define NOTE_ID_LEN 4
#define NOTE_VKEY_MAX (NOTE_NAME_MAX + 64)
#define NOTE_SIGNATURE_MAX 128 /* bytes of a signature of the kinds we know, without the id */

enum note_type {
	NOTE_ED25519 = 0x01,     /* over the text */
	NOTE_COSIGNATURE = 0x04, /* u64 time, then over time and text (C2SP tlog-cosignature) */
};

struct note_key {
	char name[NOTE_NAME_MAX + 1]; /* not empty; no spaces, no '+' */
	uint8_t type;                 /* enum note_type */
	uint8_t id[NOTE_ID_LEN];
	uint8_t key[ED25519_KEY_LEN];
};

/* One signature line, as it stands; borrowed from the note's bytes. */
struct note_signature {
	const char *name;
	size_t name_len;
	uint8_t id[NOTE_ID_LEN];
	const char *base64; /* of id and signature */
	size_t base64_len;
};

struct note {
	const char *text; /* borrowed; with its last newline */
	size_t text_len;
	struct note_signature signatures[NOTE_SIGNATURES_MAX];
	size_t count;
};

/* Sets name, type, key and the id that follows from them. STATUS_INVALID when the name is none. */
MUST_CHECK enum status note_key_make(struct note_key *to, const char *name, enum note_type type,
				     const uint8_t key[static ED25519_KEY_LEN]);

/* From and to a vkey. STATUS_INVALID when it is none, or its id is not its key's. */
MUST_CHECK enum status note_key_parse(struct note_key *to, const char *vkey, size_t len);
void note_key_format(const struct note_key *key, char to[static NOTE_VKEY_MAX + 1]);

/* Cuts a note up. STATUS_INVALID when it is none. */
MUST_CHECK enum status note_parse(struct note *note, const void *bytes, size_t len);

/* Whether the key signed it: STATUS_NOT_FOUND when there is no line of this key, STATUS_PROOF when
 * there is one and it is wrong. time (may be NULL): seconds, of a cosignature. */
MUST_CHECK enum status note_verify(const struct note *note, const struct note_key *key,
				   uint64_t *time);

/* Appends a signature line of that key for the text. time: of a cosignature, else not used. */
MUST_CHECK enum status note_sign(struct buf *to, const struct note_key *as,
				 const struct ed25519 *key, uint64_t time, const char *text,
				 size_t len);

#endif
