/* Who co-signs the ledger's heads and how far that is, as messages. Memory is the call's. */
#ifndef SERVER_SERVICE_WITNESS_VIEW_H
#define SERVER_SERVICE_WITNESS_VIEW_H

#include <stdbool.h>

#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* Fills what a status says of witnesses and anchored heads; entries: also by what entry of the
 * ledger each of them is one. */
MUST_CHECK enum status witness_status(struct call *call, bool entries,
				      Pb__LedgerStatusReply *reply);

#endif
