#include "server/service/approval_hook.h"

#include "common/approval.h"
#include "server/service/grant.h"

static const struct hook {
	enum approval_kind kind;
	enum status (*judge)(struct call *call, const Pb__Approval *row, bool last);
} hooks[] = {
	{APPROVAL_GRANT, grant_judge_approval},
};

enum status approval_hook(struct call *call, const Pb__Approval *row, bool last)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if ((uint32_t)hooks[i].kind == row->kind)
			status = hooks[i].judge(call, row, last);
	return status;
}
