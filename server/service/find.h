/*
 * From what people type to the row that is meant, within what exists for the caller. What is out of
 * his scope is refused exactly as what is not there. Rows are of the arena.
 */
#ifndef SERVER_SERVICE_FIND_H
#define SERVER_SERVICE_FIND_H

#include "server/service/call.h"

/* By code; every office exists for everybody. STATUS_NOT_FOUND, office_unknown. */
MUST_CHECK enum status find_office(struct call *call, const char *code, Pb__Office **office);

/* The office by which a list is filtered: as find_office(), but for people from outside no office
 * is told from one that is not there. Then STATUS_NOT_FOUND without a refusal: an empty list. */
MUST_CHECK enum status find_list_office(struct call *call, const char *code, Pb__Office **office);

/* The id of an office by code, 0 when there is none. */
uint64_t find_office_id(struct call *call, const char *code);

/* A department of an office by code; every one exists for everybody. STATUS_NOT_FOUND,
 * department_unknown. */
MUST_CHECK enum status find_department(struct call *call, uint64_t office, const char *code,
				       Pb__Department **department);

/* Its id, 0 when there is none. */
uint64_t find_department_id(struct call *call, uint64_t office, const char *code);

/* The office in which the caller wants to do something: by code, or with "" his own. STATUS_DENIED,
 * office_forbids, when that is another than his scope allows; STATUS_INVALID, required, when ""
 * says nothing because the server itself asks. */
MUST_CHECK enum status find_own_office(struct call *call, const char *code, Pb__Office **office);

/* The department of that office in which the caller wants to put a record: by code, or with "" what
 * is meant when he says nothing. Who has but his own department or customers puts it into his own:
 * STATUS_DENIED, department_forbids or department_missing, when that cannot be. */
MUST_CHECK enum status find_own_department(struct call *call, uint64_t office, const char *code,
					   uint64_t otherwise, uint64_t *department);

/* By number, or by natural key: of that office first (0: the caller's own), else the only one in
 * scope. STATUS_NOT_FOUND, customer_unknown or item_unknown; also when a natural key alone does not
 * say which, or is a sealed item's. */
MUST_CHECK enum status find_customer(struct call *call, const char *text, uint64_t office,
				     Pb__Customer **customer);
MUST_CHECK enum status find_item(struct call *call, const char *text, uint64_t office,
				 Pb__Item **item);

/* By login. STATUS_NOT_FOUND, login_unknown. */
MUST_CHECK enum status find_login(struct call *call, const char *login, Pb__Principal **principal);

/* The same, and one of us who is active: STATUS_BLOCKED, not_on_duty, when he is not. */
MUST_CHECK enum status find_colleague(struct call *call, const char *login,
				      Pb__Principal **principal);

/* By login, else by a name that only one active person bears. STATUS_NOT_FOUND, principal_unknown;
 * STATUS_INVALID, principal_ambiguous, with some of the logins in the refusal's others. */
MUST_CHECK enum status find_person(struct call *call, const char *text, Pb__Principal **principal);

#endif
