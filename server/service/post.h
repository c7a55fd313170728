/* What a person is in the company: role, office, department. */
#ifndef SERVER_SERVICE_POST_H
#define SERVER_SERVICE_POST_H

#include "proto/record.pb-c.h"
#include "server/service/call.h"

/* Puts him into that department of his office; "": none. A role whose scope is the department needs
 * one: STATUS_INVALID, required. Office and role are set before. */
MUST_CHECK enum status post_department(struct call *call, Pb__Principal *principal,
				       const char *code);

#endif
