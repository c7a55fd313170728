/* Editing a customer: what it makes of the row, and whether somebody has to approve it. */
#ifndef SERVER_SERVICE_CUSTOMER_EDIT_H
#define SERVER_SERVICE_CUSTOMER_EDIT_H

#include <stdbool.h>

#include "server/service/approval.h"

struct customer_edit {
	uint64_t mask;     /* of the fields that are named; see customer.h */
	Pb__Customer was;  /* as it is */
	Pb__Customer *row; /* as it will be; of the arena */
};

/* Judges all of the edit but whether it is approved; adds the customer as subject. Refuses with
 * what is wrong. */
MUST_CHECK enum status customer_edit_judge(struct call *call,
					   const Pb__CustomerEditRequest *request,
					   struct customer_edit *edit);

/* What the edit asks for; the digest is over the customer, the fields and what they will be.
 * *needed: it changes an important field ([approval] important) and the rule asks for an approval.
 * Then the ask, of the arena, is filled. STATUS_MEMORY. */
MUST_CHECK enum status customer_edit_ask(struct call *call, const Pb__CustomerDraft *draft,
					 const struct customer_edit *edit, struct approval_ask *ask,
					 bool *needed);

#endif
