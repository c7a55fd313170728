#include "common/text.h"
#include "server/service/cover_walk.h"
#include "server/service/find.h"
#include "server/service/own.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/tree.h"
#include "server/service/view.h"

/* What item_list keeps between slices. */
enum item_list_word { WORD_OFFICE, WORD_CUSTOMER, WORD_PARENT, WORD_OWN };

static enum status emit_item(struct call *call, struct scan *scan, const void *request, uint64_t id)
{
	Pb__ItemListReply reply = PB__ITEM_LIST_REPLY__INIT;
	Pb__Item *item = item_get(call->txn, id, call->arena);

	(void)request;
	if (item == NULL)
		return STATUS_MEMORY;
	if (!scope_item(call, item) ||
	    (scan->words[WORD_OFFICE] != 0 && item->office_id != scan->words[WORD_OFFICE]) ||
	    (scan->words[WORD_CUSTOMER] != 0 && item->customer_id != scan->words[WORD_CUSTOMER]) ||
	    (scan->words[WORD_PARENT] != 0 && item->parent_id != scan->words[WORD_PARENT]))
		return STATUS_OK;
	if ((scan->words[WORD_CUSTOMER] != 0 || scan->words[WORD_PARENT] != 0) &&
	    tree_sealed(call, item) != NULL)
		return STATUS_OK; /* whose it is and where must not be told */
	reply.view = view_item(call, item);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return scope_shown(call, SUBJECT_ITEM, id) ? STATUS_OK : STATUS_LIMIT;
}

static enum status resolve_office(struct call *call, const char *code, struct scan *scan)
{
	enum status status;
	Pb__Office *office;

	scan->words[WORD_OFFICE] = scope_one_office(call);
	if (text_empty(code))
		return STATUS_OK;
	status = find_list_office(call, code, &office);
	if (status != STATUS_OK)
		return status;
	scan->words[WORD_OFFICE] = office->id;
	return scope_office(call, office->id) ? STATUS_OK : STATUS_NOT_FOUND; /* an empty list */
}

static enum status resolve_filters(struct call *call, const Pb__ItemListRequest *request,
				   struct scan *scan)
{
	enum status status = resolve_office(call, request->office, scan);
	Pb__Customer *customer;
	Pb__Item *parent;

	if (status == STATUS_OK && !text_empty(request->customer)) {
		status = find_customer(call, request->customer, 0, &customer);
		if (status != STATUS_OK)
			return status;
		scan->words[WORD_CUSTOMER] = customer->id;
		if (!call_subject(call, SUBJECT_CUSTOMER, customer->id))
			return STATUS_LIMIT;
	}
	if (status == STATUS_OK && !text_empty(request->parent)) {
		status = find_item(call, request->parent, 0, &parent);
		if (status != STATUS_OK)
			return status;
		scan->words[WORD_PARENT] = parent->id;
		if (!call_subject(call, SUBJECT_ITEM, parent->id))
			return STATUS_LIMIT;
	}
	return status;
}

/* What is asked for by customer or container must be covered in every slice, not in the first
 * alone. */
static bool is_resolved(const struct call *call, const struct scan *scan)
{
	return scan->started && call->scope != SCOPE_GRANT;
}

/* By the narrowest index: container, customer, by grant, what is his, office, else all in order of
 * number. */
enum status scan_item_list(struct call *call, const Pb__ItemListRequest *request, struct scan *scan)
{
	struct slice slice = {.index = INDEX_item_by_number,
			      .row = emit_item,
			      .request = request,
			      .limit = request->limit};
	enum status status =
		is_resolved(call, scan) ? STATUS_OK : resolve_filters(call, request, scan);
	bool narrow = false;

	if (status == STATUS_OK && scan->words[WORD_PARENT] == 0 && scan->words[WORD_CUSTOMER] == 0)
		status = cover_begin(call, scan, &narrow);
	if (status != STATUS_OK)
		return status;
	if (scan->words[WORD_PARENT] != 0) {
		slice.index = INDEX_item_by_parent;
		key_u64(&slice.prefix, scan->words[WORD_PARENT]);
	} else if (scan->words[WORD_CUSTOMER] != 0) {
		slice.index = INDEX_item_by_customer;
		key_u64(&slice.prefix, scan->words[WORD_CUSTOMER]);
	} else if (narrow) {
		return cover_walk_items(call, scan, &slice);
	} else if (call->scope == SCOPE_OWN) {
		return own_walk(call, scan, &slice, WORD_OWN);
	} else if (scope_items(call, &slice.index, &slice.prefix)) {
		return slice_walk(call, scan, &slice);
	} else if (scan->words[WORD_OFFICE] != 0) {
		slice.index = INDEX_item_by_office;
		key_u64(&slice.prefix, scan->words[WORD_OFFICE]);
	}
	return slice_walk(call, scan, &slice);
}
