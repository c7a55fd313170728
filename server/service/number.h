/*
 * Numbers of records by a rule such as "{office}-KH-{year}-{serial:6}": {office} is the office's
 * code, {year} the year of the business date, {serial:N} the next of its series with at least N
 * digits. A series is named by the text before its serial, counts from 1 and never goes back, so no
 * number is issued twice; what is taken already (the rule was another once) is left out. Anything
 * else in a rule stands for itself; a rule without a serial gets one at its end.
 */
#ifndef SERVER_SERVICE_NUMBER_H
#define SERVER_SERVICE_NUMBER_H

#include <stddef.h>

#include "server/service/call.h"

/* What one act draws numbers from: rows as they are after it, for its reply. */
struct numbering {
	struct call *call;   /* borrowed */
	const char *rule;    /* borrowed */
	enum index_id taken; /* of the numbers that exist */
	Pb__Series **series; /* of the arena */
	size_t count;
	size_t capacity;
};

/* Begins drawing, for one act. */
void numbering_init(struct numbering *numbering, struct call *call, const char *rule,
		    enum index_id taken);

/* Draws the next number for a record of the office. STATUS_LIMIT, out_of_range, when the series is
 * at its end; STATUS_MEMORY. */
MUST_CHECK enum status numbering_next(struct numbering *numbering, const Pb__Office *office,
				      const char **number);

#endif
