#include "server/service/outcome.h"

#include <string.h>

#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/map.h"
#include "server/service/tree.h"

#define OTHERS_MAX 100 /* numbers a refusal lists */

/* Finds the item and lets it be judged; twice the same is a mistake of the second. */
static enum status judge(struct call *call, const struct outcome_act *act, struct map *named,
			 Pb__ItemOutcome *outcome)
{
	enum status status = field_required(call, "items", outcome->item, ASKED_MAX_LEN);
	Pb__Item *item;

	if (status == STATUS_OK)
		status = find_item(call, outcome->item, 0, &item);
	if (status != STATUS_OK)
		return status;
	if (map_get(named, item->id) != 0)
		return call_refuse(call, STATUS_INVALID, REASON_repeated_item, item->number);
	status = map_put(named, item->id, 1);
	if (status != STATUS_OK)
		return status;
	if (!call_has_room(call) || !call_subject(call, SUBJECT_ITEM, item->id) ||
	    (item->customer_id != 0 && !call_subject(call, SUBJECT_CUSTOMER, item->customer_id))) {
		status = call_refuse(call, STATUS_LIMIT, REASON_too_many, item->number);
		call->refusal.limit = ENTRY_SUBJECTS_MAX;
		return status;
	}
	status = tree_unsealed(call, item);
	if (status != STATUS_OK)
		return status;
	outcome->title = item->title;
	return act->judge(call, act->context, item, &outcome->loan);
}

/* Judges one item into its outcome. A refusal is kept there; a failure is returned. */
static enum status judge_into(struct call *call, const struct outcome_act *act, struct map *named,
			      Pb__ItemOutcome *outcome)
{
	enum status status;

	pb__refusal__init(&call->refusal);
	status = judge(call, act, named, outcome);
	if (status == STATUS_OK || call->refusal.status == 0)
		return status;
	outcome->loan = NULL;
	outcome->refusal = make_refusal(call);
	if (outcome->refusal == NULL)
		return STATUS_MEMORY;
	*outcome->refusal = call->refusal;
	pb__refusal__init(&call->refusal);
	return STATUS_OK;
}

/* The number of the record that a refused outcome is about, as far as it is known. */
static const char *outcome_number(const Pb__ItemOutcome *outcome)
{
	return outcome->refusal->subject[0] != '\0' ? outcome->refusal->subject : outcome->item;
}

/* Refuses the whole act as its first refused item. */
static enum status refuse_all(struct call *call, Pb__ItemOutcome **outcomes, size_t count,
			      size_t first)
{
	const Pb__Refusal *refusal = outcomes[first]->refusal;
	const char **others = arena_calloc(call->arena, OTHERS_MAX, sizeof(*others));
	size_t listed = 0;

	if (others == NULL)
		return STATUS_MEMORY;
	for (size_t i = first + 1; i < count && listed < OTHERS_MAX; i++)
		if (outcomes[i]->refusal != NULL &&
		    strcmp(outcomes[i]->refusal->reason, refusal->reason) == 0)
			others[listed++] = outcome_number(outcomes[i]);
	call->refusal = *refusal;
	if (listed > 0) {
		call->refusal.others = others;
		call->refusal.n_others = listed;
	}
	return (enum status)refusal->status;
}

static enum status judge_count(struct call *call, const struct outcome_act *act)
{
	size_t limit = (size_t)call->config->loan_items_at_once;

	if (act->count == 0)
		return call_refuse_field(call, REASON_required, "items", 0);
	if (act->count > limit)
		return call_refuse_field(call, REASON_too_many, "items", limit);
	return STATUS_OK;
}

enum status outcome_gather(struct call *call, const struct outcome_act *act,
			   Pb__ItemOutcome ***outcomes, size_t *count)
{
	enum status status = judge_count(call, act);
	size_t first = act->count;
	Pb__ItemOutcome **all;
	size_t refused = 0;
	struct map named;

	if (status != STATUS_OK)
		return status;
	map_init(&named, call->arena);
	all = arena_calloc(call->arena, act->count, sizeof(Pb__ItemOutcome *));
	if (all == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < act->count; i++) {
		all[i] = make_item_outcome(call);
		if (all[i] == NULL)
			return STATUS_MEMORY;
		all[i]->item = act->items[i];
		status = judge_into(call, act, &named, all[i]);
		if (status != STATUS_OK)
			return status;
		if (all[i]->refusal == NULL)
			continue;
		refused++;
		if (first == act->count)
			first = i;
	}
	if (refused == act->count || (refused > 0 && !act->each))
		return refuse_all(call, all, act->count, first);
	*outcomes = all;
	*count = act->count;
	return STATUS_OK;
}

void outcome_apply(struct txn *txn, Pb__ItemOutcome *const *outcomes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (outcomes[i]->loan != NULL)
			loan_put(txn, outcomes[i]->loan);
}
