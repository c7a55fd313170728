/*
 * An act on many items: each is found and judged by itself; then all are done or none, or each that
 * can be. Knows nothing of what is done with an item.
 */
#ifndef SERVER_SERVICE_OUTCOME_H
#define SERVER_SERVICE_OUTCOME_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

/* Judges one item: its loan as it is to be, or a refusal. */
typedef enum status outcome_judge_fn(struct call *call, void *context, const Pb__Item *item,
				     Pb__Loan **loan);

struct outcome_act {
	const char **items; /* borrowed; as people typed them */
	size_t count;
	bool each; /* do what can be done instead of all or none */
	outcome_judge_fn *judge;
	void *context; /* for judge */
};

/* Fills one outcome an item, in order. Refuses as the first refused item was, with the numbers of
 * others in the same trouble, when one is refused and the act is not for each, or when all are.
 * Adds items and their customers as subjects. */
MUST_CHECK enum status outcome_gather(struct call *call, const struct outcome_act *act,
				      Pb__ItemOutcome ***outcomes, size_t *count);

/* Stores what was decided. */
void outcome_apply(struct txn *txn, Pb__ItemOutcome *const *outcomes, size_t count);

#endif
