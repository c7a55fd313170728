/* What is erased stays as it is: nothing is added to it, and it goes nowhere. */
#ifndef SERVER_SERVICE_ERASE_H
#define SERVER_SERVICE_ERASE_H

#include "proto/request.pb-c.h"
#include "server/service/approval.h"
#include "server/service/call.h"

/* Refuses with STATUS_CONFLICT, record_erased, what has an erasure. */
MUST_CHECK enum status erase_refuse(struct call *call, uint64_t erasure, const char *number);

/* The approval that an erasure of the customer or item needs. */
MUST_CHECK enum status erase_ask(struct call *call, const char *subject, struct approval_ask *ask,
				 bool *needed);

/* The erasure as it is shown with what it has left; NULL when there is none. */
Pb__Erasure *erase_view(struct call *call, uint64_t erasure);

#endif
