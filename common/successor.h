/*
 * How a log's key names the one that follows it: a signed note of two lines, "dossier-log-key/1"
 * and the new key's verifier key, signed by both keys under the log's name. No checkpoint can be
 * taken for one: its second line is a number. Takes any bytes.
 */
#ifndef COMMON_SUCCESSOR_H
#define COMMON_SUCCESSOR_H

#include <stddef.h>

#include "common/buf.h"
#include "common/note.h"
#include "common/status.h"

#define SUCCESSOR_MAX 2048 /* bytes of a statement */

/* Appends the statement of the log that is named so. STATUS_INVALID when the name is none;
 * STATUS_MEMORY. */
MUST_CHECK enum status successor_format(const char *origin, const struct ed25519 *old_key,
					const struct ed25519 *new_key, struct buf *to);

/* The key that a statement names. STATUS_INVALID when it is none, or names the old key again, or a
 * key of another log; STATUS_PROOF when one of the two did not sign it. */
MUST_CHECK enum status successor_verify(const void *bytes, size_t len,
					const struct note_key *old_key, struct note_key *new_key);

#endif
