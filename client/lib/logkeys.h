/*
 * The keys of the ledger that a profile trusts, in its file log.vkey: a verifier key
 * (common/note.h) a line, all of one name, which is the ledger's; the last is the one in use.
 * Nothing that a server says changes them.
 */
#ifndef CLIENT_LIB_LOGKEYS_H
#define CLIENT_LIB_LOGKEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/note.h"
#include "common/status.h"

#define LOGKEYS_FILE "log.vkey"
#define LOGKEYS_OLD_FILE "log-key.pem" /* what profiles had before: the key without a name */
#define LOGKEYS_MAX 16
#define LOGKEYS_FILE_MAX (LOGKEYS_MAX * (NOTE_VKEY_MAX + 1))

struct logkeys {
	size_t count; /* 0: none are known yet */
	struct note_key keys[LOGKEYS_MAX];
};

/* From the file's text. STATUS_INVALID when it has none, or one that is none, or two names. */
MUST_CHECK enum status logkeys_parse(struct logkeys *keys, const char *text, size_t len);

/* From the profile's directory. STATUS_NOT_FOUND when it has no such file, STATUS_INVALID,
 * STATUS_STORAGE, STATUS_LIMIT, STATUS_MEMORY. */
MUST_CHECK enum status logkeys_load(struct logkeys *keys, const char *directory);

/* Writes them. STATUS_STORAGE, STATUS_STORAGE_FULL, STATUS_LIMIT. */
MUST_CHECK enum status logkeys_save(const struct logkeys *keys, const char *directory);

/* One key of that ledger from its SubjectPublicKeyInfo in DER. STATUS_INVALID. */
MUST_CHECK enum status logkeys_make(struct logkeys *keys, const char *origin, const uint8_t *der,
				    size_t len);

/* The same from the profile's log-key.pem: for profiles from before there was log.vkey.
 * STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status logkeys_adopt(struct logkeys *keys, const char *origin,
				     const char *directory);

/* Name of the ledger; "" while none are known. */
const char *logkeys_origin(const struct logkeys *keys);

/* Whether one of them is that key. */
bool logkeys_has(const struct logkeys *keys, const struct note_key *key);

#endif
