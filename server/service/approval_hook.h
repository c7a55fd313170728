/* What a kind of approval asks for, besides its levels, before one of them may approve. */
#ifndef SERVER_SERVICE_APPROVAL_HOOK_H
#define SERVER_SERVICE_APPROVAL_HOOK_H

#include <stdbool.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Refuses an approval of the row, last: that of its last level. STATUS_OK for kinds that ask for
 * nothing more. */
MUST_CHECK enum status approval_hook(struct call *call, const Pb__Approval *row, bool last);

#endif
