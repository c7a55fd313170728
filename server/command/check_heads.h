/*
 * What the signer has left, against the ledger as it is read: every head in signer/checkpoints must
 * be signed, have the ledger's root at its size, and be no older than the entries that it has; both
 * slots of signer/head must be whole. Tells what is wrong on standard output.
 */
#ifndef SERVER_COMMAND_CHECK_HEADS_H
#define SERVER_COMMAND_CHECK_HEADS_H

#include "common/merkle.h"
#include "server/command/check_keys.h"
#include "server/dispatch/quarantine.h"
#include "server/ledger/headlog.h"

struct check_heads {
	struct headlog log;            /* owned; fd -1: there is none */
	const struct check_keys *keys; /* borrowed; to be set before the first entry */
	uint64_t at;                   /* in the log, behind next */
	bool has_next;
	struct headlog_record next;
	uint64_t count;  /* heads read */
	uint64_t unseen; /* of these: by a key that is gone */
	uint64_t wrong;
};

/* Before all else is opened: what is signed after that is not looked at. */
MUST_CHECK enum status check_heads_open(struct check_heads *heads, const char *data);
/* Fine also when opening failed. */
void check_heads_close(struct check_heads *heads);

/* The ledger has grown by an entry of that time: compares the heads of this size. */
MUST_CHECK enum status check_heads_grow(struct check_heads *heads, const struct merkle *tree,
					struct hash *hash, int64_t time);

/* After the last entry: the rest, which must not be more than the signer remembers; and the slots.
 */
MUST_CHECK enum status check_heads_end(struct check_heads *heads,
				       const struct remembered *remembered, const char *data);

#endif
