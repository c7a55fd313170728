/*
 * What exists for the caller: the only place that says so. By the scope in which his role has the
 * permission that the RPC needs (call->scope, set by call_permit()); what each scope means is in
 * common/role.def. What is outside is answered exactly as what is not there.
 */
#ifndef SERVER_SERVICE_SCOPE_H
#define SERVER_SERVICE_SCOPE_H

#include <stdbool.h>

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Whether records of this office may exist for him; what is narrower is judged by the row. */
bool scope_office(const struct call *call, uint64_t office);

/* Reads what is asked of rows beforehand, so that a number takes as long that no row has. Time must
 * not tell what is hidden. */
void scope_prepare(struct call *call);

bool scope_customer(struct call *call, const Pb__Customer *customer);
bool scope_item(struct call *call, const Pb__Item *item);
bool scope_loan(struct call *call, const Pb__Loan *loan);

/* A grant: of the office that keeps it, or (SELF) one's own. */
bool scope_grant(const struct call *call, const Pb__Grant *grant);

/* The office a list is to be walked by: his own where he sees no other, else 0. */
uint64_t scope_one_office(const struct call *call);

/* Where what exists for the caller is but his department's or his own, and stands together in an
 * index: sets that and the prefix to walk. Else false. Of items in SCOPE_OWN see own.h. */
bool scope_customers(const struct call *call, enum index_id *index, struct key *prefix);
bool scope_items(const struct call *call, enum index_id *index, struct key *prefix);

/* The item's number for a refusal that is about another record; that record's where the item does
 * not exist for the caller. Borrowed from the row. */
const char *scope_number(struct call *call, const Pb__Item *item, const char *otherwise);

/* A record is shown. Where that is by a grant, record and grant become subjects of the look's
 * entry. False: as call_subject(). */
MUST_CHECK bool scope_shown(struct call *call, enum subject_kind kind, uint64_t id);

#endif
