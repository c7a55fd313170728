/* What a person is in the company: role, office, department. */
#ifndef SERVER_SERVICE_POST_H
#define SERVER_SERVICE_POST_H

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Puts him into that department of his office; "": none. A role whose scope is the department needs
 * one: STATUS_INVALID, required. Office and role are set before. */
MUST_CHECK enum status post_department(struct call *call, Pb__Principal *principal,
				       const char *code);

/* Whether the caller may touch the account: not his own, nor one of his own name, which might be
 * his own under another login. STATUS_DENIED, own_account or own_name. Who acts is thus an active
 * security officer who stays one, so that the last of them cannot go. */
MUST_CHECK enum status post_judge(struct call *call, const Pb__Principal *principal);

#endif
