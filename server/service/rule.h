/* How long and how often, by kind of item and class of borrower: from the settings. */
#ifndef SERVER_SERVICE_RULE_H
#define SERVER_SERVICE_RULE_H

#include <stdint.h>

#include "proto/record.pb-c.h"
#include "server/config.h"
#include "server/service/call.h"

struct rule {
	int32_t days;     /* of one loan or renewal */
	int32_t renewals; /* at most */
};

/* The rule for items of a kind lent to borrowers of a class. */
struct rule rule_of(const struct config *config, Pb__BorrowerClass class_, Pb__ItemKind kind);

/* The date a loan that begins (or is renewed) on a date is due: by the rule, or until when that is
 * not 0. STATUS_INVALID, with the rule's days: beyond_rule when until is later, out_of_range when
 * it is before from. */
MUST_CHECK enum status rule_due(struct call *call, const struct rule *rule, int32_t from,
				int32_t until, int32_t *due);

#endif
