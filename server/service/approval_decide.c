#include "common/text.h"
#include "server/service/approval.h"
#include "server/service/approval_hook.h"
#include "server/service/approval_view.h"
#include "server/service/deciding.h"
#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"

/* Exactly one of the two, and why when it is a refusal. */
static enum status decide_fields(struct call *call, const Pb__ApprovalDecideRequest *request)
{
	enum status status = field_required(call, "approval", request->approval, ASKED_MAX_LEN);

	if (status != STATUS_OK)
		return status;
	if (request->approve == request->decline)
		return call_refuse_field(call, REASON_malformed, "approve", 0);
	return request->decline ? field_required(call, "text", request->text, PURPOSE_MAX_LEN)
				: field_text(call, "text", request->text, PURPOSE_MAX_LEN);
}

/* Adds what was decided to the row. */
static enum status add_decision(struct call *call, Pb__Approval *row, const Pb__Decision *decision)
{
	Pb__Decision **all =
		arena_calloc(call->arena, row->n_decisions + 1, sizeof(Pb__Decision *));
	Pb__Decision *one = make_decision(call);

	if (all == NULL || one == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_decisions; i++)
		all[i] = row->decisions[i];
	*one = *decision;
	all[row->n_decisions++] = one;
	row->decisions = all;
	return STATUS_OK;
}

static enum status settle(struct call *call, Pb__Approval *row,
			  const Pb__ApprovalDecideRequest *request, uint64_t on_behalf_of)
{
	Pb__Decision decision = PB__DECISION__INIT;
	bool last = row->n_decisions + 1 == row->n_levels;
	enum status status = STATUS_OK;

	if (request->approve)
		status = approval_hook(call, row, last);
	if (status != STATUS_OK)
		return status;
	decision.level = deciding_level(row);
	decision.by = call->principal->id;
	decision.on_behalf_of = on_behalf_of;
	decision.at = call->now;
	decision.approved = request->approve;
	decision.text = request->text;
	status = add_decision(call, row, &decision);
	if (status != STATUS_OK)
		return status;
	if (request->decline) {
		row->state = PB__APPROVAL_STATE__DECLINED;
		row->waiting = 0;
	} else if (last) {
		approval_approve(call, row);
	}
	return STATUS_OK;
}

/* What it is about, and for whom it was decided, are the entry's subjects too. */
static enum status add_subjects(struct call *call, const Pb__Approval *row, uint64_t on_behalf_of)
{
	if (!call_subject(call, (enum subject_kind)row->subject_kind, row->subject_id))
		return STATUS_LIMIT;
	if (on_behalf_of != 0 && !call_subject(call, SUBJECT_PRINCIPAL, on_behalf_of))
		return STATUS_LIMIT;
	return STATUS_OK;
}

enum status check_approval_decide(struct call *call, const Pb__ApprovalDecideRequest *request,
				  Pb__ApprovalDecideReply *reply)
{
	enum status status = decide_fields(call, request);
	struct deciding deciding;
	uint64_t on_behalf_of;
	enum reason_id why;
	Pb__Approval *row;

	if (status != STATUS_OK)
		return status;
	deciding_init(&deciding, call);
	status = approval_find_row(&deciding, request->approval, &row);
	if (status != STATUS_OK)
		return status;
	if (row->state != PB__APPROVAL_STATE__WAITING)
		return approval_refuse_settled(call, STATUS_STALE, row);
	if (!deciding_may(&deciding, row, &on_behalf_of, &why))
		return call_refuse(call, STATUS_DENIED, why, row->number);
	status = settle(call, row, request, on_behalf_of);
	if (status == STATUS_OK)
		status = add_subjects(call, row, on_behalf_of);
	reply->approval = row;
	return status;
}

void apply_approval_decide(struct txn *txn, const struct entry *entry,
			   const Pb__ApprovalDecideRequest *request,
			   const Pb__ApprovalDecideReply *reply)
{
	(void)entry;
	(void)request;
	approval_put(txn, reply->approval);
}

/* Only who asked, and only what nobody has decided in the end. */
enum status check_approval_withdraw(struct call *call, const Pb__ApprovalWithdrawRequest *request,
				    Pb__ApprovalWithdrawReply *reply)
{
	enum status status = field_required(call, "approval", request->approval, ASKED_MAX_LEN);
	Pb__Approval *row;

	if (status == STATUS_OK)
		status = field_text(call, "text", request->text, PURPOSE_MAX_LEN);
	if (status != STATUS_OK)
		return status;
	row = approval_of_number(call, request->approval);
	if (row == NULL || call->principal == NULL || row->asked_by != call->principal->id)
		return approval_refuse_unknown(call, request->approval);
	if (!call_subject(call, SUBJECT_APPROVAL, row->id))
		return STATUS_LIMIT;
	if (row->state != PB__APPROVAL_STATE__WAITING)
		return approval_refuse_settled(call, STATUS_STALE, row);
	row->state = PB__APPROVAL_STATE__WITHDRAWN;
	row->waiting = 0;
	reply->approval = row;
	return add_subjects(call, row, 0);
}

void apply_approval_withdraw(struct txn *txn, const struct entry *entry,
			     const Pb__ApprovalWithdrawRequest *request,
			     const Pb__ApprovalWithdrawReply *reply)
{
	(void)entry;
	(void)request;
	approval_put(txn, reply->approval);
}
