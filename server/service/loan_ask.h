/* Whether an original may leave the house with somebody from outside: what such a loan asks for. */
#ifndef SERVER_SERVICE_LOAN_ASK_H
#define SERVER_SERVICE_LOAN_ASK_H

#include <stdbool.h>

#include "server/service/approval.h"

/* What lending the item, with all that is in it, to that borrower from outside asks for; the digest
 * is over borrower and contents. *needed: something in it is an original and the rule asks for an
 * approval. The ask is of the arena. STATUS_LIMIT, too_many, for contents beyond max;
 * STATUS_MEMORY. */
MUST_CHECK enum status loan_ask(struct call *call, const Pb__Item *item, const char *borrower,
				struct approval_ask *ask, bool *needed);

#endif
