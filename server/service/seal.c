/* Sealed items (封存): closed to everybody until the general manager consents to one look. */
#include "server/service/approval.h"
#include "server/service/erase.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/service.h"
#include "server/service/tree.h"
#include "server/service/view.h"

static enum status add_subjects(struct call *call, const Pb__Item *item)
{
	if (!call_subject(call, SUBJECT_ITEM, item->id) ||
	    (item->customer_id != 0 && !call_subject(call, SUBJECT_CUSTOMER, item->customer_id)))
		return STATUS_LIMIT;
	return STATUS_OK;
}

static struct approval_ask ask_of(const Pb__Item *item)
{
	return (struct approval_ask){.kind = APPROVAL_UNSEAL,
				     .office = item->office_id,
				     .subject = {SUBJECT_ITEM, item->id},
				     .number = item->number,
				     .secrecy = item->secrecy,
				     .authenticity = item->authenticity};
}

/* ---- sealing ---- */

static enum status refuse_out(struct call *call, enum reason_id reason, const char *number,
			      const Pb__Loan *loan)
{
	enum status status = call_refuse(call, STATUS_ON_LOAN, reason, number);

	view_loan_facts(call, loan, &call->refusal);
	return status;
}

static enum status judge_content(struct call *call, uint64_t id)
{
	const Pb__Loan *loan = tree_open_loan(call, id);
	const Pb__Item *content;

	if (loan == NULL)
		return STATUS_OK;
	content = item_get(call->txn, id, call->arena);
	if (content == NULL)
		return STATUS_MEMORY;
	return refuse_out(call, REASON_content_on_loan, content->number, loan);
}

/* What is not here, or not whole, cannot be sealed. */
static enum status judge_here(struct call *call, const Pb__Item *item)
{
	struct standing standing;
	enum status status = tree_standing(call, item, &standing);
	uint64_t *ids;
	size_t count;

	if (status == STATUS_OK && standing.lent == item)
		status = refuse_out(call, REASON_item_on_loan, item->number, standing.loan);
	else if (status == STATUS_OK && standing.lent != NULL)
		status = refuse_out(call, REASON_container_on_loan, standing.lent->number,
				    standing.loan);
	if (status == STATUS_OK)
		status = tree_contents(call, item, TREE_CONTENTS_MAX, &ids, &count);
	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		status = judge_content(call, ids[i]);
	return status;
}

/* Taking a seal off for good needs the same consent as one look. */
static enum status judge_lift(struct call *call, const Pb__ItemSealRequest *request,
			      const Pb__Item *item, Pb__ItemSealReply *reply)
{
	struct approval_ask ask = ask_of(item);

	if (!item->sealed)
		return call_refuse(call, STATUS_CONFLICT, REASON_not_sealed, item->number);
	return approval_take(call, request->approval, &ask, &reply->approval);
}

enum status check_item_seal(struct call *call, const Pb__ItemSealRequest *request,
			    Pb__ItemSealReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	Pb__Item *item;

	if (status == STATUS_OK)
		status = find_item(call, request->item, 0, &item);
	if (status == STATUS_OK)
		status = erase_refuse(call, item->erasure_id, item->number);
	if (status == STATUS_OK)
		status = add_subjects(call, item);
	if (status != STATUS_OK)
		return status;
	if (request->lift)
		status = judge_lift(call, request, item, reply);
	else if (item->sealed)
		status = call_refuse(call, STATUS_CONFLICT, REASON_already_sealed, item->number);
	else
		status = judge_here(call, item);
	if (status != STATUS_OK)
		return status;
	item->sealed = !request->lift;
	item->version++;
	reply->item = item;
	reply->number = item->number;
	reply->sealed = item->sealed;
	return STATUS_OK;
}

void apply_item_seal(struct txn *txn, const struct entry *entry, const Pb__ItemSealRequest *request,
		     const Pb__ItemSealReply *reply)
{
	(void)entry;
	(void)request;
	item_put(txn, reply->item);
	if (reply->approval != NULL)
		approval_put(txn, reply->approval);
}

/* ---- one look ---- */

/* The general manager's own look is his consent; anybody else's uses an approval up. */
static enum status judge_consent(struct call *call, const Pb__UnsealRequest *request,
				 const Pb__Item *sealed)
{
	struct approval_ask ask = ask_of(sealed);
	const Pb__Approval *approval;

	if (call->principal != NULL && call->principal->role == PB__ROLE__GENERAL_MANAGER)
		return STATUS_OK;
	return approval_look(call, request->approval, &ask, &approval);
}

enum status serve_unseal(struct call *call, const Pb__UnsealRequest *request,
			 Pb__UnsealReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	Pb__Item *item;

	call->sensitive = true;
	if (status == STATUS_OK)
		status = find_item(call, request->item, 0, &item);
	if (status == STATUS_OK)
		status = erase_refuse(call, item->erasure_id, item->number);
	if (status == STATUS_OK)
		status = add_subjects(call, item);
	if (status == STATUS_OK && tree_sealed(call, item) == NULL)
		status = call_refuse(call, STATUS_CONFLICT, REASON_not_sealed, item->number);
	if (status == STATUS_OK)
		status = judge_consent(call, request, item);
	if (status != STATUS_OK)
		return status;
	reply->view = view_item_open(call, item);
	return reply->view == NULL ? STATUS_MEMORY : STATUS_OK;
}
