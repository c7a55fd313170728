#include <string.h>

#include "common/text.h"
#include "server/service/cover_walk.h"
#include "server/service/find.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

enum status serve_customer_show(struct call *call, const Pb__CustomerShowRequest *request,
				Pb__CustomerShowReply *reply)
{
	Pb__Customer *customer;
	enum status status = find_customer(call, request->customer, 0, &customer);

	if (status != STATUS_OK)
		return status;
	reply->view = view_customer(call, customer);
	if (reply->view == NULL)
		return STATUS_MEMORY;
	reply->items = view_count(call, INDEX_item_by_customer, customer->id);
	return call_subject(call, SUBJECT_CUSTOMER, customer->id) &&
			       scope_shown(call, SUBJECT_CUSTOMER, customer->id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

/* What customer_list keeps between slices. */
enum customer_list_word { WORD_OFFICE, WORD_OWNER };

static enum status emit_customer(struct call *call, struct scan *scan, const void *context,
				 uint64_t id)
{
	const Pb__CustomerListRequest *request = context;
	Pb__CustomerListReply reply = PB__CUSTOMER_LIST_REPLY__INIT;
	Pb__Customer *customer = customer_get(call->txn, id, call->arena);

	if (customer == NULL)
		return STATUS_MEMORY;
	if (!scope_customer(call, customer) ||
	    (scan->words[WORD_OFFICE] != 0 && customer->office_id != scan->words[WORD_OFFICE]) ||
	    (scan->words[WORD_OWNER] != 0 && customer->owner_id != scan->words[WORD_OWNER]) ||
	    strncmp(customer->name, request->name, strlen(request->name)) != 0)
		return STATUS_OK;
	reply.view = view_customer(call, customer);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return scope_shown(call, SUBJECT_CUSTOMER, id) ? STATUS_OK : STATUS_LIMIT;
}

static enum status resolve_filters(struct call *call, const Pb__CustomerListRequest *request,
				   struct scan *scan)
{
	enum status status = STATUS_OK;
	Pb__Principal *owner;
	Pb__Office *office;

	scan->words[WORD_OFFICE] = scope_one_office(call);
	if (!text_empty(request->office)) {
		status = find_list_office(call, request->office, &office);
		if (status != STATUS_OK)
			return status;
		if (!scope_office(call, office->id))
			return STATUS_NOT_FOUND; /* an empty list */
		scan->words[WORD_OFFICE] = office->id;
	}
	if (!text_empty(request->owner) && call->outsider) /* who works here is not told */
		return call_refuse(call, STATUS_NOT_FOUND, REASON_login_unknown, request->owner);
	if (!text_empty(request->owner)) {
		status = find_login(call, request->owner, &owner);
		if (status == STATUS_OK)
			scan->words[WORD_OWNER] = owner->id;
	}
	return status;
}

/* By grant, by what is his, or by the narrowest index: a name's beginning, the owner, the office,
 * else all in order of number. Who sees but his own or his department's is not kept waiting by how
 * many others there are. */
enum status scan_customer_list(struct call *call, const Pb__CustomerListRequest *request,
			       struct scan *scan)
{
	struct slice slice = {.index = INDEX_customer_by_number,
			      .row = emit_customer,
			      .request = request,
			      .limit = request->limit};
	enum status status = scan->started ? STATUS_OK : resolve_filters(call, request, scan);

	bool narrow;

	if (status == STATUS_OK)
		status = cover_begin(call, scan, &narrow);
	if (status != STATUS_OK)
		return status;
	if (narrow)
		return cover_walk_customers(call, scan, &slice);
	if (scope_customers(call, &slice.index, &slice.prefix))
		return slice_walk(call, scan, &slice);
	if (!text_empty(request->name)) {
		slice.index = INDEX_customer_by_name;
		key_text_prefix(&slice.prefix, request->name);
	} else if (scan->words[WORD_OWNER] != 0) {
		slice.index = INDEX_customer_by_owner;
		key_u64(&slice.prefix, scan->words[WORD_OWNER]);
	} else if (scan->words[WORD_OFFICE] != 0) {
		slice.index = INDEX_customer_by_office;
		key_u64(&slice.prefix, scan->words[WORD_OFFICE]);
	}
	return slice_walk(call, scan, &slice);
}
