#include "server/service/holding.h"

#include "common/role.h"
#include "server/service/cover.h"
#include "server/service/make.h"

#define SCRATCH_MAX (64 * 1024) /* one row at a time */

/* A walk over the ids of one kind. */
struct gathering {
	struct call *call;
	struct call scratch; /* the same call with memory that is given back after each row */
	enum holding holding;
	const Pb__Principal *who;
	uint64_t *ids;
	size_t count;
};

/* ---- which are his ---- */

/* Whether the level that is next on a waiting approval is one that he has by his role. */
static bool decides(const Pb__Principal *who, const Pb__Approval *row)
{
	if (row->asked_by == who->id || row->n_decisions >= row->n_levels)
		return false;
	if (row->levels[row->n_decisions] == PB__APPROVAL_LEVEL__MANAGER)
		return who->role == PB__ROLE__GENERAL_MANAGER;
	if (row->levels[row->n_decisions] == PB__APPROVAL_LEVEL__OFFICER_LEVEL)
		return who->role == PB__ROLE__OFFICER;
	return who->role == PB__ROLE__APPROVER && who->office_id == row->office_id;
}

static bool is_his(struct gathering *gathering, uint64_t id)
{
	const Pb__Principal *who = gathering->who;
	struct call *call = &gathering->scratch;
	const Pb__Delegation *delegation;
	const Pb__Approval *approval;
	const Pb__Grant *grant;

	switch (gathering->holding) {
	case HOLDING_LOANS:
	case HOLDING_CUSTOMERS:
		return true; /* the index says so */
	case HOLDING_ASKED:
		approval = approval_get(call->txn, id, call->arena);
		return approval != NULL && approval->asked_by == who->id;
	case HOLDING_DECIDES:
		approval = approval_get(call->txn, id, call->arena);
		return approval != NULL && decides(who, approval);
	case HOLDING_DELEGATIONS:
		delegation = delegation_get(call->txn, id, call->arena);
		return delegation != NULL && !delegation->ended &&
		       delegation->until_date >= call->today;
	case HOLDING_GRANTS:
		grant = grant_get(call->txn, id, call->arena);
		return grant != NULL && cover_is_active(call, grant);
	}
	return false;
}

static void gather(struct gathering *gathering, enum index_id index, const struct key *prefix)
{
	struct walk *walk = index_walk(gathering->call->txn, index, prefix);
	uint64_t id;

	while (gathering->count < HOLDING_COUNTED_MAX && walk_next(walk, &id)) {
		if (is_his(gathering, id))
			gathering->ids[gathering->count++] = id;
		arena_reset(gathering->scratch.arena);
	}
	walk_end(walk);
}

static void gather_all(struct gathering *gathering)
{
	struct key prefix = {.len = 0};

	if (gathering->holding == HOLDING_LOANS || gathering->holding == HOLDING_ASKED ||
	    gathering->holding == HOLDING_DECIDES)
		key_u32(&prefix, 1); /* open, or waiting */
	/* What waits is little, also in all offices; what somebody ever asked for is not. */
	if (gathering->holding == HOLDING_ASKED || gathering->holding == HOLDING_DECIDES) {
		gather(gathering, INDEX_approval_waiting, &prefix);
		return;
	}
	key_u64(&prefix, gathering->who->id);
	if (gathering->holding == HOLDING_LOANS)
		gather(gathering, INDEX_loan_open_by_borrower, &prefix);
	else if (gathering->holding == HOLDING_CUSTOMERS)
		gather(gathering, INDEX_customer_by_owner, &prefix);
	else if (gathering->holding == HOLDING_GRANTS)
		gather(gathering, INDEX_grant_by_principal, &prefix);
	if (gathering->holding != HOLDING_DELEGATIONS)
		return;
	gather(gathering, INDEX_delegation_by_from, &prefix);
	gather(gathering, INDEX_delegation_by_to, &prefix);
}

enum status holding_ids(struct call *call, enum holding holding, const Pb__Principal *who,
			uint64_t **ids, size_t *count)
{
	struct gathering gathering = {
		.call = call, .scratch = *call, .holding = holding, .who = who};
	struct arena scratch;

	*ids = arena_calloc(call->arena, HOLDING_COUNTED_MAX, sizeof(**ids));
	if (*ids == NULL)
		return STATUS_MEMORY;
	arena_init(&scratch, SCRATCH_MAX);
	gathering.scratch.arena = &scratch;
	gathering.ids = *ids;
	gather_all(&gathering);
	arena_release(&scratch);
	*count = gathering.count;
	return STATUS_OK;
}

/* ---- names ---- */

static const char *item_of_loan(struct call *call, uint64_t id)
{
	const Pb__Loan *loan = loan_get(call->txn, id, call->arena);
	const Pb__Item *item =
		loan == NULL ? NULL : item_get(call->txn, loan->item_id, call->arena);

	return item == NULL ? "" : item->number;
}

static const char *other_side(struct call *call, const Pb__Principal *who, uint64_t id)
{
	const Pb__Delegation *row = delegation_get(call->txn, id, call->arena);
	const Pb__Principal *other =
		row == NULL ? NULL
			    : principal_get(call->txn,
					    row->from_id == who->id ? row->to_id : row->from_id,
					    call->arena);

	return other == NULL ? "" : other->login;
}

const char *holding_name(struct call *call, enum holding holding, const Pb__Principal *who,
			 uint64_t id)
{
	const Pb__Customer *customer;
	const Pb__Approval *approval;
	const Pb__Grant *grant;

	switch (holding) {
	case HOLDING_LOANS:
		return item_of_loan(call, id);
	case HOLDING_CUSTOMERS:
		customer = customer_get(call->txn, id, call->arena);
		return customer == NULL ? "" : customer->number;
	case HOLDING_ASKED:
	case HOLDING_DECIDES:
		approval = approval_get(call->txn, id, call->arena);
		return approval == NULL ? "" : approval->number;
	case HOLDING_DELEGATIONS:
		return other_side(call, who, id);
	case HOLDING_GRANTS:
		grant = grant_get(call->txn, id, call->arena);
		return grant == NULL ? "" : grant->number;
	}
	return "";
}

Pb__Holding *holding_view(struct call *call, enum holding holding, const Pb__Principal *who)
{
	Pb__Holding *view = make_holding(call);
	uint64_t *ids;
	size_t count;

	if (view == NULL || holding_ids(call, holding, who, &ids, &count) != STATUS_OK)
		return NULL;
	view->count = (uint32_t)count;
	view->first = arena_calloc(call->arena, HOLDING_FIRST, sizeof(*view->first));
	if (view->first == NULL)
		return NULL;
	while (view->n_first < count && view->n_first < HOLDING_FIRST) {
		view->first[view->n_first] = holding_name(call, holding, who, ids[view->n_first]);
		view->n_first++;
	}
	return view;
}

enum status holding_end_delegations(struct call *call, const Pb__Principal *who,
				    Pb__Delegation ***rows, size_t *count)
{
	uint64_t *ids;
	size_t found;
	enum status status = holding_ids(call, HOLDING_DELEGATIONS, who, &ids, &found);

	if (status != STATUS_OK)
		return status;
	*rows = arena_calloc(call->arena, found + 1, sizeof(struct Pb__Delegation *));
	if (*rows == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < found; i++) {
		Pb__Delegation *row = delegation_get(call->txn, ids[i], call->arena);

		if (row == NULL)
			return STATUS_MEMORY;
		row->ended = true;
		(*rows)[(*count)++] = row;
		if (!call_subject(call, SUBJECT_DELEGATION, row->id))
			return STATUS_LIMIT;
	}
	return STATUS_OK;
}
