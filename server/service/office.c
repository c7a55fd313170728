#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"
#include "server/service/slice.h"

enum status check_office_add(struct call *call, const Pb__OfficeAddRequest *request,
			     Pb__OfficeAddReply *reply)
{
	enum status status = field_office_code(call, "code", request->code);
	struct key key = {.len = 0};
	Pb__Office *office;

	if (status == STATUS_OK)
		status = field_required(call, "name", request->name, NAME_MAX_LEN);
	if (status != STATUS_OK)
		return status;
	key_text(&key, request->code);
	if (index_find(call->txn, INDEX_office_by_code, &key) != 0)
		return call_refuse_taken(call, "code", request->code);
	office = make_office(call);
	if (office == NULL)
		return STATUS_MEMORY;
	office->id = call_new_id(call, TABLE_office);
	office->code = request->code;
	office->name = request->name;
	reply->office = office;
	return call_subject(call, SUBJECT_OFFICE, office->id) ? STATUS_OK : STATUS_LIMIT;
}

void apply_office_add(struct txn *txn, const struct entry *entry,
		      const Pb__OfficeAddRequest *request, const Pb__OfficeAddReply *reply)
{
	(void)entry;
	(void)request;
	office_put(txn, reply->office);
}

static enum status emit_office(struct call *call, struct scan *scan, const void *request,
			       uint64_t id)
{
	Pb__OfficeListReply reply = PB__OFFICE_LIST_REPLY__INIT;

	(void)request;
	reply.office = office_get(call->txn, id, call->arena);
	if (reply.office == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

/* Offices are no secret: everybody sees all of them. */
enum status scan_office_list(struct call *call, const Pb__OfficeListRequest *request,
			     struct scan *scan)
{
	struct slice slice = {
		.index = INDEX_office_by_code, .row = emit_office, .request = request};

	return slice_walk(call, scan, &slice);
}
