#include "server/service/enrolment.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/post.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

#include "common/text.h"

static enum status principal_fields(struct call *call, const Pb__PrincipalAddRequest *request)
{
	enum status status = field_login(call, "login", request->login);

	if (status == STATUS_OK)
		status = field_required(call, "name", request->name, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_required(call, "office", request->office, OFFICE_CODE_MAX_LEN);
	if (status == STATUS_OK && request->role == PB__ROLE__ROLE_NONE)
		status = call_refuse_field(call, REASON_required, "role", 0);
	if (status == STATUS_OK && role_find((int)request->role) == NULL)
		status = call_refuse_field(call, REASON_out_of_range, "role", PB__ROLE__WITNESS);
	return status;
}

/* Who is from outside comes from somewhere, and the organisation itself is a customer. */
static enum status principal_origin(struct call *call, const Pb__PrincipalAddRequest *request,
				    Pb__Principal *principal)
{
	bool outsider = role_find((int)request->role)->kind == ROLE_OUTSIDER;
	enum status status = STATUS_OK;
	Pb__Customer *customer;

	if (outsider)
		status = field_required(call, "unit", request->unit, NAME_MAX_LEN);
	else if (!text_empty(request->unit))
		status = call_refuse_field(call, REASON_only_outsiders, "unit", 0);
	principal->unit = request->unit;
	if (status != STATUS_OK)
		return status;
	if (request->role != PB__ROLE__ORGANISATION)
		return text_empty(request->customer)
			       ? STATUS_OK
			       : call_refuse_field(call, REASON_only_outsiders, "customer", 0);
	status = field_required(call, "customer", request->customer, ASKED_MAX_LEN);
	if (status == STATUS_OK)
		status = find_customer(call, request->customer, 0, &customer);
	if (status != STATUS_OK)
		return status;
	principal->customer_id = customer->id;
	return call_subject(call, SUBJECT_CUSTOMER, customer->id) ? STATUS_OK : STATUS_LIMIT;
}

enum status check_principal_add(struct call *call, const Pb__PrincipalAddRequest *request,
				Pb__PrincipalAddReply *reply)
{
	enum status status = principal_fields(call, request);
	struct key key = {.len = 0};
	Pb__Principal *principal;
	Pb__Office *office;

	if (status == STATUS_OK)
		status = find_office(call, request->office, &office);
	if (status != STATUS_OK)
		return status;
	key_text(&key, request->login);
	if (index_find(call->txn, INDEX_principal_by_login, &key) != 0)
		return call_refuse_taken(call, "login", request->login);
	principal = make_principal(call);
	if (principal == NULL)
		return STATUS_MEMORY;
	principal->id = call_new_id(call, TABLE_principal);
	principal->login = request->login;
	principal->name = request->name;
	principal->office_id = office->id;
	principal->role = request->role;
	principal->state = PB__PRINCIPAL_STATE__ACTIVE;
	status = post_judge(call, principal);
	if (status == STATUS_OK)
		status = post_department(call, principal, request->department);
	if (status == STATUS_OK)
		status = principal_origin(call, request, principal);
	reply->principal = principal;
	if (status == STATUS_OK && request->code_hash.len > 0)
		status = enrolment_new(call, &request->code_hash, principal, &reply->enrolment);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_PRINCIPAL, principal->id) ||
	    !call_subject(call, SUBJECT_OFFICE, office->id))
		return STATUS_LIMIT;
	return STATUS_OK;
}

void apply_principal_add(struct txn *txn, const struct entry *entry,
			 const Pb__PrincipalAddRequest *request, const Pb__PrincipalAddReply *reply)
{
	(void)entry;
	(void)request;
	principal_put(txn, reply->principal);
	if (reply->enrolment != NULL)
		enrolment_put(txn, reply->enrolment);
}

static enum status emit_principal(struct call *call, struct scan *scan, const void *request,
				  uint64_t id)
{
	Pb__PrincipalListReply reply = PB__PRINCIPAL_LIST_REPLY__INIT;

	(void)request;
	reply.principal = principal_get(call->txn, id, call->arena);
	if (reply.principal == NULL)
		return STATUS_MEMORY;
	if (!scope_office(call, reply.principal->office_id))
		return STATUS_OK;
	if (scan->words[0] != 0 && scan->words[0] != reply.principal->office_id)
		return STATUS_OK;
	reply.office = view_office_code(call, reply.principal->office_id);
	reply.department = view_department_code(call, reply.principal->department_id);
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

/* words: 0 office asked for */
enum status scan_principal_list(struct call *call, const Pb__PrincipalListRequest *request,
				struct scan *scan)
{
	struct slice slice = {
		.index = INDEX_principal_by_login, .row = emit_principal, .request = request};
	enum status status = STATUS_OK;
	Pb__Office *office;

	if (!scan->started && !text_empty(request->office)) {
		status = find_office(call, request->office, &office);
		if (status == STATUS_OK)
			scan->words[0] = office->id;
	}
	return status != STATUS_OK ? status : slice_walk(call, scan, &slice);
}
