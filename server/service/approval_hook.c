#include "server/service/approval_hook.h"

#include "common/approval.h"

/* What is over by now is not approved any more. */
static enum status judge_grant(struct call *call, const Pb__Approval *row)
{
	const Pb__Grant *grant = grant_get(call->txn, row->subject_id, call->arena);

	if (grant == NULL || grant->revoked_at != 0 || grant->not_after <= call->now)
		return call_refuse(call, STATUS_BLOCKED, REASON_approval_too_late,
				   grant == NULL ? row->number : grant->number);
	return STATUS_OK;
}

static const struct hook {
	enum approval_kind kind;
	enum status (*judge)(struct call *call, const Pb__Approval *row);
} hooks[] = {
	{APPROVAL_GRANT, judge_grant},
};

enum status approval_hook(struct call *call, const Pb__Approval *row)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if ((uint32_t)hooks[i].kind == row->kind)
			status = hooks[i].judge(call, row);
	return status;
}
