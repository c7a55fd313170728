#include "common/text.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

enum status check_department_add(struct call *call, const Pb__DepartmentAddRequest *request,
				 Pb__DepartmentAddReply *reply)
{
	enum status status = field_office_code(call, "code", request->code);
	Pb__Department *department;
	Pb__Office *office;

	if (status == STATUS_OK)
		status = field_required(call, "name", request->name, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_required(call, "office", request->office, OFFICE_CODE_MAX_LEN);
	if (status == STATUS_OK)
		status = find_office(call, request->office, &office);
	if (status != STATUS_OK)
		return status;
	if (find_department_id(call, office->id, request->code) != 0)
		return call_refuse_taken(call, "code", request->code);
	department = make_department(call);
	if (department == NULL)
		return STATUS_MEMORY;
	department->id = call_new_id(call, TABLE_department);
	department->office_id = office->id;
	department->code = request->code;
	department->name = request->name;
	reply->department = department;
	if (!call_subject(call, SUBJECT_DEPARTMENT, department->id) ||
	    !call_subject(call, SUBJECT_OFFICE, office->id))
		return STATUS_LIMIT;
	return STATUS_OK;
}

void apply_department_add(struct txn *txn, const struct entry *entry,
			  const Pb__DepartmentAddRequest *request,
			  const Pb__DepartmentAddReply *reply)
{
	(void)entry;
	(void)request;
	department_put(txn, reply->department);
}

static enum status emit_department(struct call *call, struct scan *scan, const void *request,
				   uint64_t id)
{
	Pb__DepartmentListReply reply = PB__DEPARTMENT_LIST_REPLY__INIT;

	(void)request;
	reply.department = department_get(call->txn, id, call->arena);
	if (reply.department == NULL)
		return STATUS_MEMORY;
	if (scan->words[0] != 0 && scan->words[0] != reply.department->office_id)
		return STATUS_OK;
	reply.office = view_office_code(call, reply.department->office_id);
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

/* Departments are no more secret than offices. words: 0 office asked for */
enum status scan_department_list(struct call *call, const Pb__DepartmentListRequest *request,
				 struct scan *scan)
{
	struct slice slice = {
		.index = INDEX_department_by_code, .row = emit_department, .request = request};
	enum status status = STATUS_OK;
	Pb__Office *office;

	if (!scan->started && !text_empty(request->office)) {
		status = find_office(call, request->office, &office);
		if (status == STATUS_OK)
			scan->words[0] = office->id;
	}
	return status != STATUS_OK ? status : slice_walk(call, scan, &slice);
}
