/* The names in a ledger's directory. Knows names only, and leaves those it does not know alone. */
#ifndef SERVER_LEDGER_LISTING_H
#define SERVER_LEDGER_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct listing {
	uint64_t *segments; /* owned; their first sequences, ascending */
	size_t count;
	size_t capacity;
	bool has_temporary; /* left by an interrupted making of a segment */
};

/* Reads the directory; listing_release() is due in any case. STATUS_STORAGE, STATUS_MEMORY. */
MUST_CHECK enum status listing_read(struct listing *listing, const char *directory);
void listing_release(struct listing *listing);

#endif
