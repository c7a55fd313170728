/*
 * What is in a person's hands. The first kinds must pass to somebody else before the account
 * closes; the others end with it, or never were his alone.
 */
#ifndef SERVER_SERVICE_HOLDING_H
#define SERVER_SERVICE_HOLDING_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

#define HOLDING_COUNTED_MAX 1000
#define HOLDING_FIRST 10 /* numbers that are named */

enum holding {
	HOLDING_LOANS,                        /* open ones, lent to him */
	HOLDING_CUSTOMERS,                    /* that he looks after */
	HOLDING_ASKED,                        /* approvals that he asked for and that wait */
	HOLDING_HANDED,                       /* behind the last that is handed over */
	HOLDING_DELEGATIONS = HOLDING_HANDED, /* from him or to him, not ended */
	HOLDING_GRANTS,                       /* active ones */
	HOLDING_DECIDES, /* approvals that wait for him, or for others of his level */
};

/* The ids of what he has of a kind, at most HOLDING_COUNTED_MAX; *ids of the arena.
 * STATUS_MEMORY. */
MUST_CHECK enum status holding_ids(struct call *call, enum holding holding,
				   const Pb__Principal *who, uint64_t **ids, size_t *count);

/* How people call one of them: an item's, customer's, approval's or grant's number, the login of
 * the other side of a delegation. Of the arena, or "". */
const char *holding_name(struct call *call, enum holding holding, const Pb__Principal *who,
			 uint64_t id);

/* His delegations, ended: for the reply of an act that ends them. Adds them as subjects.
 * STATUS_MEMORY, STATUS_LIMIT. */
MUST_CHECK enum status holding_end_delegations(struct call *call, const Pb__Principal *who,
					       Pb__Delegation ***rows, size_t *count);

/* Count and first names, for showing; NULL when the arena is full. */
Pb__Holding *holding_view(struct call *call, enum holding holding, const Pb__Principal *who);

#endif
