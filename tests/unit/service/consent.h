/* Approvals put straight into the state: for tests of what they allow, not of how they come about.
 */
#ifndef TESTS_UNIT_SERVICE_CONSENT_H
#define TESTS_UNIT_SERVICE_CONSENT_H

#include "common/approval.h"
#include "tests/unit/service/desk.h"

/* Registers somebody of HQ; his id. */
uint64_t consent_person(struct desk *desk, const char *login, Pb__Role role);

/* An approval that this person asked for, in that state, usable for a day; its number, of keep. */
const char *consent_give(struct desk *desk, uint64_t who, enum approval_kind kind,
			 struct subject subject, Pb__ApprovalState state);

/* The ids of records by number. */
struct subject consent_item(struct desk *desk, const char *number);
struct subject consent_customer(struct desk *desk, const char *number);

#endif
