/* What server and client must agree on about witnesses: the names of their keys, and how the owner
 * of one shows that it is his. */
#ifndef COMMON_WITNESS_H
#define COMMON_WITNESS_H

#include "common/buf.h"
#include "common/note.h"
#include "common/status.h"

/* The key of who is called login at the ledger called origin, for cosignatures; its name is
 * <origin>/witness/<login>. STATUS_INVALID when that is no name of a key. */
MUST_CHECK enum status witness_key_make(struct note_key *to, const char *origin, const char *login,
					const uint8_t key[static ED25519_KEY_LEN]);

/* Appends what the owner signs when he registers the key: "dossier-witness-key/v1", the vkey, a
 * line each. Nothing else that this key signs begins like that. */
MUST_CHECK enum status witness_key_statement(const struct note_key *key, struct buf *to);

#endif
