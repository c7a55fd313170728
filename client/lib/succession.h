/*
 * One key of the ledger following another, as a client believes it: only from an entry that is
 * proven to be in the ledger under a key it has, and says what that key has signed
 * (common/successor.h). Takes any bytes; knows no files and no connection.
 */
#ifndef CLIENT_LIB_SUCCESSION_H
#define CLIENT_LIB_SUCCESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "client/lib/trust.h"
#include "common/arena.h"
#include "common/status.h"
#include "proto/request.pb-c.h"

/* Whether the key that signed a head last, for the ledger, is not known. */
bool succession_is_due(const struct trust *trust, const void *note, size_t len);

/* Takes the key that an entry of ledger_keys names, as the newest, if the newest so far named it;
 * others are passed by. STATUS_PROOF: the entry is not proven, see trust->why; STATUS_LIMIT: too
 * many keys; STATUS_MEMORY. */
MUST_CHECK enum status succession_take(struct trust *trust, const Pb__LogKeysReply *reply,
				       struct arena *arena);

/* After the last entry: STATUS_PROOF when the head's key was named by none. */
MUST_CHECK enum status succession_end(struct trust *trust, const void *note, size_t len);

#endif
