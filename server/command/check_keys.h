/* The keys that may have signed what is being checked. */
#ifndef SERVER_COMMAND_CHECK_KEYS_H
#define SERVER_COMMAND_CHECK_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/note.h"
#include "server/store/store.h"

struct check_keys {
	const char *origin;    /* borrowed */
	struct note_key *logs; /* owned; the ledger's, as they sign heads */
	size_t log_count;
	struct note_key *witnesses; /* owned; as they are registered now */
	size_t witness_count;
	/* The first key may be gone, which signed heads up to that size; 0: it is here. */
	uint64_t gone_until;
};

/* The log keys in DATA's identity and those that entries name, and the witnesses. */
MUST_CHECK enum status check_keys_load(struct check_keys *keys, struct txn *txn, const char *data,
				       const char *origin);
/* Fine also when loading failed. */
void check_keys_release(struct check_keys *keys);

#endif
