#include "server/service/item.h"

#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/number.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/tree.h"
#include "server/service/view.h"

enum status item_subjects(struct call *call, const Pb__Item *item)
{
	if (!call_subject(call, SUBJECT_ITEM, item->id) ||
	    (item->customer_id != 0 && !call_subject(call, SUBJECT_CUSTOMER, item->customer_id)))
		return STATUS_LIMIT;
	return STATUS_OK;
}

enum status check_item_add(struct call *call, const Pb__ItemAddRequest *request,
			   Pb__ItemAddReply *reply)
{
	Pb__Item *row = make_item(call);
	struct numbering numbering;
	struct container container;
	const Pb__Office *office;
	enum status status;

	if (row == NULL)
		return STATUS_MEMORY;
	if (request->draft == NULL)
		return call_refuse_field(call, REASON_required, "draft", 0);
	status = item_container(call, request->draft->parent,
				find_office_id(call, request->draft->office), &container);
	if (status == STATUS_OK)
		status = item_make(call, request->draft, &container, row);
	if (status != STATUS_OK)
		return status;
	if (item_ref_owner(call, row) != 0)
		return call_refuse_taken(call, "ref", row->ref);
	office = office_get(call->txn, row->office_id, call->arena);
	if (office == NULL)
		return STATUS_MEMORY;
	numbering_init(&numbering, call, call->config->number_item, INDEX_item_by_number);
	status = numbering_next(&numbering, office, &row->number);
	if (status != STATUS_OK)
		return status;
	row->id = call_new_id(call, TABLE_item);
	row->version = 1;
	reply->item = row;
	reply->series = numbering.series[0];
	return item_subjects(call, row);
}

void apply_item_add(struct txn *txn, const struct entry *entry, const Pb__ItemAddRequest *request,
		    const Pb__ItemAddReply *reply)
{
	(void)entry;
	(void)request;
	series_put(txn, reply->series);
	item_put(txn, reply->item);
}

/* What a look shows: with a grant, what that covers. */
static enum status shown_subjects(struct call *call, const Pb__Item *item)
{
	if (call->scope != SCOPE_GRANT)
		return item_subjects(call, item);
	return scope_shown(call, SUBJECT_ITEM, item->id) ? STATUS_OK : STATUS_LIMIT;
}

enum status serve_item_show(struct call *call, const Pb__ItemShowRequest *request,
			    Pb__ItemShowReply *reply)
{
	Pb__Item *item;
	enum status status = find_item(call, request->item, 0, &item);

	if (status != STATUS_OK)
		return status;
	reply->view = view_item(call, item);
	if (reply->view == NULL)
		return STATUS_MEMORY;
	if (reply->view->state != PB__ITEM_STATE__SEALED)
		reply->contents = view_count(call, INDEX_item_by_parent, item->id);
	return shown_subjects(call, item);
}
