#include "server/service/post.h"

#include <string.h>

#include "common/text.h"
#include "server/service/find.h"

static bool needs_department(const struct role *role)
{
	for (unsigned permission = 0; permission < PERMISSION_COUNT; permission++)
		if (role_scope(role, (enum permission)permission) == SCOPE_DEPARTMENT)
			return true;
	return false;
}

enum status post_judge(struct call *call, const Pb__Principal *principal)
{
	const Pb__Principal *self = call->principal;

	if (self != NULL && self->id == principal->id)
		return call_refuse(call, STATUS_DENIED, REASON_own_account, principal->login);
	if (self != NULL && strcmp(self->name, principal->name) == 0)
		return call_refuse(call, STATUS_DENIED, REASON_own_name, principal->name);
	return STATUS_OK;
}

enum status post_department(struct call *call, Pb__Principal *principal, const char *code)
{
	Pb__Department *department;
	enum status status;

	principal->department_id = 0;
	if (text_empty(code))
		return needs_department(role_find((int)principal->role))
			       ? call_refuse_field(call, REASON_required, "department", 0)
			       : STATUS_OK;
	status = find_department(call, principal->office_id, code, &department);
	if (status == STATUS_OK)
		principal->department_id = department->id;
	else
		call->refusal.field = "department";
	return status;
}
