#include <string.h>

#include "server/service/approval.h"
#include "server/service/erase.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/loan_ask.h"
#include "server/service/make.h"
#include "server/service/map.h"
#include "server/service/outcome.h"
#include "server/service/rule.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/tree.h"
#include "server/service/view.h"

#define SCRATCH_MAX (64 * 1024) /* one row at a time */

/* One act of lending. */
struct lending {
	const Pb__BorrowRequest *request;
	const Pb__Principal *borrower; /* NULL: from outside */
	struct map taken;              /* ids of the items lent in this act */
	size_t contents_left;          /* that may still be looked at */
	struct map by_item;            /* approvals given, by item: place in the request + 1 */
	uint64_t *approvals;           /* ids of those used in this act; of the arena */
	size_t approval_count;
};

static enum status refuse_loan(struct call *call, enum reason_id reason, const char *number,
			       const Pb__Loan *loan)
{
	enum status status = call_refuse(call, STATUS_ON_LOAN, reason, number);

	view_loan_facts(call, loan, &call->refusal);
	return status;
}

/* Refuses when what contains the item is out, or goes out in the same act. */
static enum status judge_containers(struct call *call, const struct lending *lending,
				    const Pb__Item *item)
{
	struct standing standing;
	enum status status = tree_standing(call, item, &standing);
	const Pb__Item *container = item;

	if (status != STATUS_OK)
		return status;
	if (standing.lent == item)
		return refuse_loan(call, REASON_item_on_loan, item->number, standing.loan);
	if (standing.lent != NULL)
		return refuse_loan(call, REASON_container_on_loan, standing.lent->number,
				   standing.loan);
	while (container != NULL && container->parent_id != 0) {
		if (map_get(&lending->taken, container->parent_id) != 0)
			return call_refuse(call, STATUS_INVALID, REASON_repeated_item,
					   item->number);
		container = item_get(call->txn, container->parent_id, call->arena);
	}
	return STATUS_OK;
}

/* Refuses when something in the item is out, goes out in the same act, or may not go out. */
static enum status judge_content(struct call *call, const struct lending *lending, uint64_t id,
				 struct arena *scratch)
{
	const Pb__Item *content = item_get(call->txn, id, scratch);
	const Pb__Loan *loan = tree_open_loan(call, id);
	enum status status = STATUS_OK;
	const char *number;

	if (content == NULL)
		return STATUS_MEMORY;
	if (loan == NULL && !content->sealed && content->secrecy != PB__SECRECY__SECRET &&
	    map_get(&lending->taken, id) == 0)
		return STATUS_OK;
	number = arena_printf(call->arena, "%s", content->number);
	if (number == NULL)
		return STATUS_MEMORY;
	if (loan != NULL)
		status = refuse_loan(call, REASON_content_on_loan, number, loan);
	else if (content->sealed)
		status = call_refuse(call, STATUS_BLOCKED, REASON_item_sealed, number);
	else if (content->secrecy == PB__SECRECY__SECRET)
		status = call_refuse(call, STATUS_BLOCKED, REASON_item_secret, number);
	else
		status = call_refuse(call, STATUS_INVALID, REASON_repeated_item, number);
	return status;
}

static enum status judge_contents(struct call *call, struct lending *lending, const Pb__Item *item)
{
	struct arena scratch;
	enum status status;
	uint64_t *ids;
	size_t count;

	status = tree_contents(call, item, lending->contents_left, &ids, &count);
	if (status != STATUS_OK)
		return status;
	lending->contents_left -= count;
	arena_init(&scratch, SCRATCH_MAX);
	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		status = judge_content(call, lending, ids[i], &scratch);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	return status;
}

static enum status judge_item(struct call *call, struct lending *lending, const Pb__Item *item)
{
	enum status status = erase_refuse(call, item->erasure_id, item->number);

	if (status != STATUS_OK)
		return status;
	if (item->medium == PB__MEDIUM__ELECTRONIC)
		return call_refuse(call, STATUS_BLOCKED, REASON_item_electronic, item->number);
	if (item->secrecy == PB__SECRECY__SECRET)
		return call_refuse(call, STATUS_BLOCKED, REASON_item_secret, item->number);
	status = judge_containers(call, lending, item);
	return status != STATUS_OK ? status : judge_contents(call, lending, item);
}

/* Looks up once what the approvals given are of; of several of one item the usable one counts. */
static enum status gather_approvals(struct call *call, struct lending *lending)
{
	const Pb__BorrowRequest *request = lending->request;
	size_t most = (size_t)call->config->loan_items_at_once;
	enum status status = STATUS_OK;
	const Pb__Approval *row;

	map_init(&lending->by_item, call->arena);
	if (request->n_approval == 0)
		return STATUS_OK;
	if (request->n_approval > most)
		return call_refuse_field(call, REASON_too_many, "approval", most);
	lending->approvals =
		arena_calloc(call->arena, request->n_items, sizeof(*lending->approvals));
	if (lending->approvals == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < request->n_approval; i++) {
		row = approval_of_number(call, request->approval[i]);
		if (row == NULL || row->subject_kind != SUBJECT_ITEM ||
		    (map_get(&lending->by_item, row->subject_id) != 0 &&
		     row->state != PB__APPROVAL_STATE__APPROVED))
			continue;
		status = map_put(&lending->by_item, row->subject_id, i + 1);
	}
	return status;
}

/* The number among those given that is of this item; one alone counts for any, so that it is
 * refused with what is wrong with it. */
static const char *approval_for(const struct lending *lending, const Pb__Item *item)
{
	uint64_t place = map_get(&lending->by_item, item->id);

	if (place != 0)
		return lending->request->approval[place - 1];
	return lending->request->n_approval == 1 ? lending->request->approval[0] : "";
}

/* Originals go out of the house with an approval only, an item each. */
static enum status judge_approval(struct call *call, struct lending *lending, const Pb__Item *item)
{
	const Pb__BorrowRequest *request = lending->request;
	struct approval_ask ask;
	Pb__Approval *row;
	bool needed;
	enum status status = loan_ask(call, item, request->borrower, &ask, &needed);

	if (status != STATUS_OK || !needed)
		return status;
	status = approval_take(call, approval_for(lending, item), &ask, &row);
	if (status == STATUS_OK)
		lending->approvals[lending->approval_count++] = row->id;
	return status;
}

static enum status lend(struct call *call, void *context, const Pb__Item *item, Pb__Loan **lent)
{
	struct lending *lending = context;
	const Pb__BorrowRequest *request = lending->request;
	Pb__BorrowerClass class_ =
		request->external ? PB__BORROWER_CLASS__EXTERNAL : PB__BORROWER_CLASS__STAFF;
	struct rule rule = rule_of(call->config, class_, item->kind);
	enum status status = judge_item(call, lending, item);
	Pb__Loan *loan = make_loan(call);

	if (loan == NULL)
		return STATUS_MEMORY;
	if (status == STATUS_OK)
		status = rule_due(call, &rule, call->today, request->until, &loan->due);
	if (status == STATUS_OK && request->external)
		status = judge_approval(call, lending, item);
	if (status == STATUS_OK)
		status = map_put(&lending->taken, item->id, 1);
	if (status != STATUS_OK)
		return status;
	loan->id = call_new_id(call, TABLE_loan);
	loan->open = 1;
	loan->item_id = item->id;
	loan->office_id = item->office_id;
	loan->customer_id = item->customer_id;
	loan->borrower_class = class_;
	loan->borrower_id = lending->borrower == NULL ? 0 : lending->borrower->id;
	loan->borrower = lending->borrower == NULL ? request->borrower : lending->borrower->name;
	loan->clerk_id = call->principal == NULL ? 0 : call->principal->id;
	loan->purpose = request->purpose;
	loan->lent_at = call->now;
	loan->pages = item->pages;
	*lent = loan;
	return STATUS_OK;
}

/* Who has overdue items gets no new ones. What is overdue elsewhere is named by its office only. */
static enum status judge_overdue(struct call *call, const Pb__Principal *borrower)
{
	struct key key = {.len = 0};
	const Pb__Item *item;
	const Pb__Loan *loan = NULL;
	struct walk *walk;
	enum status status;
	uint64_t id;

	if (call->config->loan_overdue_blocks == 0)
		return STATUS_OK;
	key_u32(&key, 1);
	key_u64(&key, borrower->id);
	walk = index_walk(call->txn, INDEX_loan_open_by_borrower, &key);
	if (walk_next(walk, &id))
		loan = loan_get(call->txn, id, call->arena);
	walk_end(walk);
	if (loan == NULL || loan->due >= call->today)
		return STATUS_OK;
	item = item_get(call->txn, loan->item_id, call->arena);
	status = call_refuse(call, STATUS_BLOCKED, REASON_borrower_overdue,
			     item != NULL && scope_loan(call, loan)
				     ? item->number
				     : view_office_code(call, loan->office_id));
	view_loan_facts(call, loan, &call->refusal);
	return status;
}

static enum status borrow_fields(struct call *call, const Pb__BorrowRequest *request)
{
	enum status status = field_required(call, "borrower", request->borrower, NAME_MAX_LEN);

	if (status == STATUS_OK)
		status = field_required(call, "purpose", request->purpose, PURPOSE_MAX_LEN);
	if (status == STATUS_OK)
		status = field_until(call, "until", request->until);
	return status;
}

static enum status find_borrower(struct call *call, struct lending *lending)
{
	enum status status;
	Pb__Principal *borrower;

	if (lending->request->external)
		return STATUS_OK;
	status = find_person(call, lending->request->borrower, &borrower);
	if (status != STATUS_OK)
		return status;
	lending->borrower = borrower;
	if (!call_subject(call, SUBJECT_PRINCIPAL, borrower->id))
		return STATUS_LIMIT;
	return judge_overdue(call, borrower);
}

enum status check_borrow(struct call *call, const Pb__BorrowRequest *request,
			 Pb__BorrowReply *reply)
{
	struct lending lending = {.request = request, .contents_left = TREE_CONTENTS_MAX};
	struct outcome_act act = {.items = request->items,
				  .count = request->n_items,
				  .each = request->each,
				  .judge = lend,
				  .context = &lending};
	enum status status = borrow_fields(call, request);

	map_init(&lending.taken, call->arena);
	if (status == STATUS_OK)
		status = gather_approvals(call, &lending);
	if (status == STATUS_OK)
		status = find_borrower(call, &lending);
	if (status == STATUS_OK)
		status = outcome_gather(call, &act, &reply->outcomes, &reply->n_outcomes);
	reply->approval_ids = lending.approvals;
	reply->n_approval_ids = lending.approval_count;
	return status;
}

void apply_borrow(struct txn *txn, const struct entry *entry, const Pb__BorrowRequest *request,
		  const Pb__BorrowReply *reply)
{
	(void)request;
	outcome_apply(txn, reply->outcomes, reply->n_outcomes);
	for (size_t i = 0; i < reply->n_approval_ids; i++)
		approval_used_put(txn, reply->approval_ids[i], entry->time);
}
