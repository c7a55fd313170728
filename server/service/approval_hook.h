/* What a kind of approval asks for, besides its levels, before the last of them may approve. */
#ifndef SERVER_SERVICE_APPROVAL_HOOK_H
#define SERVER_SERVICE_APPROVAL_HOOK_H

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Refuses the last approval of the row; STATUS_OK for kinds that ask for nothing more. */
MUST_CHECK enum status approval_hook(struct call *call, const Pb__Approval *row);

#endif
