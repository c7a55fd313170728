/* Witnesses as the rest of the service sees them: whose cosignatures count. */
#ifndef SERVER_SERVICE_WITNESS_H
#define SERVER_SERVICE_WITNESS_H

#include "server/ledger/anchors.h"
#include "server/service/call.h"

/* Counts cosignatures of keys that are registered, of accounts that are active and whose role may
 * co-sign, as of the call's txn; the call is borrowed. */
struct anchors_rule witness_rule(struct call *call);

/* The key of a row as it signs. STATUS_INVALID when the row is damaged. */
MUST_CHECK enum status witness_note_key(const Pb__Witness *row, struct note_key *key);

/* Whether the row's witness may speak. */
bool witness_is_active(struct call *call, const Pb__Witness *row);

#endif
