/* What witnesses have co-signed, against the ledger. */
#ifndef SERVER_COMMAND_CHECK_ANCHORS_H
#define SERVER_COMMAND_CHECK_ANCHORS_H

#include "server/command/check_keys.h"
#include "server/ledger/anchors_file.h"
#include "server/ledger/ledger.h"

/* That every record is whole, signed by the ledger's key, by nobody wrongly, and has the ledger's
 * root at its size. Tells on standard output what is not, and counts it. */
MUST_CHECK enum status check_anchors(const struct anchors_file *file, const struct ledger *ledger,
				     const struct check_keys *keys, uint64_t *wrong);

#endif
