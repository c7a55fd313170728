#include "common/text.h"
#include "server/service/field.h"
#include "server/service/outcome.h"
#include "server/service/rule.h"
#include "server/service/service.h"
#include "server/service/tree.h"
#include "server/service/view.h"

/* The open loan of the item, with its borrower as a subject. Refuses when there is none, telling
 * whether it is out with its container. */
static enum status find_loan(struct call *call, const Pb__Item *item, Pb__Loan **loan)
{
	struct standing standing;
	enum status status = tree_standing(call, item, &standing);

	if (status != STATUS_OK)
		return status;
	if (standing.lent == NULL)
		return call_refuse(call, STATUS_NOT_ON_LOAN, REASON_item_not_on_loan, item->number);
	if (standing.lent != item) {
		status = call_refuse(call, STATUS_NOT_ON_LOAN, REASON_lent_as_content,
				     standing.lent->number);
		view_loan_facts(call, standing.loan, &call->refusal);
		return status;
	}
	*loan = standing.loan;
	if ((*loan)->borrower_id != 0 &&
	    !call_subject(call, SUBJECT_PRINCIPAL, (*loan)->borrower_id))
		return STATUS_LIMIT;
	return STATUS_OK;
}

static enum status take_back(struct call *call, void *context, const Pb__Item *item,
			     Pb__Loan **loan)
{
	const Pb__ReturnRequest *request = *(const Pb__ReturnRequest **)context;
	enum status status = find_loan(call, item, loan);

	if (status != STATUS_OK)
		return status;
	(*loan)->open = 0;
	(*loan)->returned_at = call->now;
	(*loan)->returned_pages = request->pages;
	(*loan)->condition = request->condition == PB__CONDITION__CONDITION_NONE
				     ? PB__CONDITION__OK
				     : request->condition;
	if ((*loan)->condition == PB__CONDITION__OK && request->pages != 0 &&
	    request->pages < (*loan)->pages)
		(*loan)->condition = PB__CONDITION__MISSING;
	if (!text_empty(request->note))
		(*loan)->note = request->note;
	return STATUS_OK;
}

enum status check_return(struct call *call, const Pb__ReturnRequest *request,
			 Pb__ReturnReply *reply)
{
	struct outcome_act act = {.items = request->items,
				  .count = request->n_items,
				  .each = request->each,
				  .judge = take_back,
				  .context = &request};
	enum status status = field_range(call, "pages", request->pages, PAGES_MAX);

	if (status == STATUS_OK && request->pages != 0 && request->n_items > 1)
		status = call_refuse_field(call, REASON_pages_of_one, "pages", 0);
	if (status == STATUS_OK)
		status = field_range(call, "condition", (int64_t)request->condition,
				     PB__CONDITION__DAMAGED);
	if (status == STATUS_OK)
		status = field_text(call, "note", request->note, NOTE_MAX_LEN);
	if (status == STATUS_OK)
		status = outcome_gather(call, &act, &reply->outcomes, &reply->n_outcomes);
	return status;
}

void apply_return(struct txn *txn, const struct entry *entry, const Pb__ReturnRequest *request,
		  const Pb__ReturnReply *reply)
{
	(void)entry;
	(void)request;
	outcome_apply(txn, reply->outcomes, reply->n_outcomes);
}

static enum status judge_renewal(struct call *call, const Pb__Item *item, const Pb__Loan *loan,
				 const struct rule *rule)
{
	enum status status = STATUS_OK;

	if (loan->due < call->today) {
		status = call_refuse(call, STATUS_BLOCKED, REASON_borrower_overdue, item->number);
		view_loan_facts(call, loan, &call->refusal);
	} else if (loan->renewals >= (uint32_t)rule->renewals) {
		status = call_refuse(call, STATUS_LIMIT, REASON_renewals_used, item->number);
		view_loan_facts(call, loan, &call->refusal);
		call->refusal.limit = (uint64_t)rule->renewals;
	}
	return status;
}

static enum status extend(struct call *call, void *context, const Pb__Item *item, Pb__Loan **loan)
{
	const Pb__RenewRequest *request = *(const Pb__RenewRequest **)context;
	enum status status = find_loan(call, item, loan);
	struct rule rule;
	int32_t due;

	if (status != STATUS_OK)
		return status;
	rule = rule_of(call->config, (*loan)->borrower_class, item->kind);
	status = judge_renewal(call, item, *loan, &rule);
	if (status == STATUS_OK) /* not overdue, so it goes on from when it is due */
		status = rule_due(call, &rule, (*loan)->due, request->until, &due);
	if (status != STATUS_OK)
		return status;
	(*loan)->due = due;
	(*loan)->renewals++;
	return STATUS_OK;
}

enum status check_renew(struct call *call, const Pb__RenewRequest *request, Pb__RenewReply *reply)
{
	struct outcome_act act = {.items = request->items,
				  .count = request->n_items,
				  .each = request->each,
				  .judge = extend,
				  .context = &request};
	enum status status = field_until(call, "until", request->until);

	if (status == STATUS_OK)
		status = outcome_gather(call, &act, &reply->outcomes, &reply->n_outcomes);
	return status;
}

void apply_renew(struct txn *txn, const struct entry *entry, const Pb__RenewRequest *request,
		 const Pb__RenewReply *reply)
{
	(void)entry;
	(void)request;
	outcome_apply(txn, reply->outcomes, reply->n_outcomes);
}
