#include <string.h>

#include "common/text.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/post.h"
#include "server/service/service.h"

#define NO_DEPARTMENT "-"

static bool is_staff(Pb__Role role)
{
	const struct role *found = role_find((int)role);

	return found != NULL && found->kind == ROLE_STAFF;
}

/* What an outsider may be shown rests on the papers of his class, and what a device may on what it
 * is: neither becomes a colleague, nor the other way round. */
static enum status take_role(struct call *call, const Pb__PrincipalRoleRequest *request,
			     Pb__Principal *principal)
{
	if (request->role == PB__ROLE__ROLE_NONE || request->role == principal->role)
		return STATUS_OK;
	if (role_find((int)request->role) == NULL)
		return call_refuse_field(call, REASON_out_of_range, "role", PB__ROLE__WITNESS);
	if (!is_staff(principal->role) || !is_staff(request->role))
		return call_refuse(call, STATUS_BLOCKED, REASON_role_fixed, principal->login);
	principal->role = request->role;
	return STATUS_OK;
}

static enum status take_office(struct call *call, const Pb__PrincipalRoleRequest *request,
			       Pb__Principal *principal)
{
	const Pb__Department *department;
	const char *code = request->department;
	uint64_t was = principal->office_id;
	Pb__Office *office;

	if (!text_empty(request->office)) {
		enum status status = find_office(call, request->office, &office);

		if (status != STATUS_OK)
			return status;
		principal->office_id = office->id;
		if (!call_subject(call, SUBJECT_OFFICE, office->id))
			return STATUS_LIMIT;
	}
	if (strcmp(code, NO_DEPARTMENT) == 0)
		code = "";
	else if (text_empty(code) && principal->office_id == was && principal->department_id != 0) {
		department = department_get(call->txn, principal->department_id, call->arena);
		if (department == NULL)
			return STATUS_MEMORY;
		code = department->code;
	}
	return post_department(call, principal, code);
}

enum status check_principal_role(struct call *call, const Pb__PrincipalRoleRequest *request,
				 Pb__PrincipalRoleReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);

	if (status == STATUS_OK)
		status = find_login(call, request->login, &reply->principal);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_PRINCIPAL, reply->principal->id))
		return STATUS_LIMIT;
	status = post_judge(call, reply->principal);
	if (status == STATUS_OK && reply->principal->state == PB__PRINCIPAL_STATE__CLOSED)
		status = call_refuse(call, STATUS_BLOCKED, REASON_account_closed,
				     reply->principal->login);
	if (status == STATUS_OK)
		status = take_role(call, request, reply->principal);
	if (status == STATUS_OK)
		status = take_office(call, request, reply->principal);
	return status;
}

void apply_principal_role(struct txn *txn, const struct entry *entry,
			  const Pb__PrincipalRoleRequest *request,
			  const Pb__PrincipalRoleReply *reply)
{
	(void)entry;
	(void)request;
	principal_put(txn, reply->principal);
}
