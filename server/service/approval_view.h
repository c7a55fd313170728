/* Approvals as people are shown them, and for whom they exist. */
#ifndef SERVER_SERVICE_APPROVAL_VIEW_H
#define SERVER_SERVICE_APPROVAL_VIEW_H

#include <stdbool.h>

#include "proto/request.pb-c.h"
#include "server/service/call.h"
#include "server/service/deciding.h"

/* Whether it exists for the caller: he asked for it, decided on it, may decide on it now, or his
 * role lets him read it. */
bool approval_exists(const struct deciding *deciding, const Pb__Approval *row);

/* Finds one that exists for the caller. STATUS_NOT_FOUND, approval_unknown. */
MUST_CHECK enum status approval_find_row(const struct deciding *deciding, const char *number,
					 Pb__Approval **row);

/* Logins, codes and numbers instead of ids, and what is derived. NULL when the arena is full. */
Pb__ApprovalView *approval_view(const struct deciding *deciding, Pb__Approval *row);

#endif
