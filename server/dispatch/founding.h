/*
 * The birth of a data directory: empty ledger, signer, empty state, and the first entry, which
 * names the ledger, head office and its first security officer.
 */
#ifndef SERVER_DISPATCH_FOUNDING_H
#define SERVER_DISPATCH_FOUNDING_H

#include <stdint.h>

#include "common/status.h"
#include "server/config.h"
#include "server/dispatch/engine.h"

struct founding {
	const char *origin; /* name of the ledger */
	const char *office_code;
	const char *office_name;
	const char *login; /* of the first security officer */
	const char *name;
	uint32_t segment_size; /* 0: the default */
};

/* Fills a directory that is there and has nothing but the identity with the log key. The caller
 * builds under a temporary name and renames, so that a data directory is there whole or not at all.
 * STATUS_INVALID when a text of the founding is refused; why says which. */
MUST_CHECK enum status founding_run(const char *data, const struct founding *founding,
				    struct config *config, char why[static ENGINE_WHY_LEN]);

#endif
