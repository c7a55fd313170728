/*
 * Rows as people are shown them: numbers, codes and logins instead of ids, and what is derived. The
 * one place where answers about records are built. A record that does not exist for the caller is
 * left out of the view of one that does. People from outside are not told who works here and who
 * has what on loan. NULL when the arena is full.
 */
#ifndef SERVER_SERVICE_VIEW_H
#define SERVER_SERVICE_VIEW_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* The customer with office and owner by name. */
Pb__CustomerView *view_customer(struct call *call, Pb__Customer *customer);

/* Sets call->sensitive for a secret item. Of a sealed one there is only that it is. */
Pb__ItemView *view_item(struct call *call, Pb__Item *item);

/* The same of a sealed item as if it were not. */
Pb__ItemView *view_item_open(struct call *call, Pb__Item *item);
Pb__LoanView *view_loan(struct call *call, Pb__Loan *loan);

/* How many items under an index's first part exist for the caller: of a customer, in a container.
 * Counted up to 1,000. Of a customer without the sealed ones: whose they are must not be told. */
uint32_t view_count(struct call *call, enum index_id index, uint64_t id);

/* "" for what is not there. Texts of the arena. */
const char *view_office_code(struct call *call, uint64_t office);
const char *view_department_code(struct call *call, uint64_t department); /* for staff alone */
const char *view_login(struct call *call, uint64_t principal);

/* Fills who has it, where, since when and until when into the refusal, from an open loan. */
void view_loan_facts(struct call *call, const Pb__Loan *loan, Pb__Refusal *refusal);

#endif
