#include "common/text.h"
#include "server/service/approval.h"
#include "server/service/erase.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/view.h"

/* What is sensitive needs an approval of its own, unless the rule asks for none (of staff); the
 * writer judges it once more, and the day's quota, before anything is shown. */
static enum status judge_sensitive(struct call *call, const Pb__Customer *customer,
				   const char *number)
{
	const struct approval_ask ask = {.kind = APPROVAL_SENSITIVE,
					 .office = customer->office_id,
					 .subject = {SUBJECT_CUSTOMER, customer->id},
					 .number = customer->number};
	const Pb__Approval *approval;
	bool needed = true;
	enum status status = STATUS_OK;

	if (!text_empty(number)) {
		status = approval_look(call, number, &ask, &approval);
		needed = false;
	} else if (!call->outsider) {
		status = approval_needed(call, &ask, &needed);
	}
	if (status == STATUS_OK && !needed)
		call->right = MASK_RIGHT_SENSITIVE;
	return status;
}

enum status serve_unmask(struct call *call, const Pb__UnmaskRequest *request,
			 Pb__UnmaskReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	Pb__Customer *customer;

	call->sensitive = true;
	call->right = MASK_RIGHT_PERSONAL;
	if (status == STATUS_OK)
		status = find_customer(call, request->customer, 0, &customer);
	if (status == STATUS_OK)
		status = erase_refuse(call, customer->erasure_id, customer->number);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_CUSTOMER, customer->id) ||
	    !scope_shown(call, SUBJECT_CUSTOMER, customer->id))
		return STATUS_LIMIT;
	status = judge_sensitive(call, customer, request->approval);
	if (status != STATUS_OK)
		return status;
	reply->view = view_customer(call, customer);
	return reply->view == NULL ? STATUS_MEMORY : STATUS_OK;
}
