#include "server/service/find.h"
#include "server/service/grant.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

#include "common/text.h"

/* Whether it was ever approved: then the grantee may know what it covers. */
static bool was_approved(struct call *call, const Pb__Grant *grant)
{
	const Pb__Approval *approval =
		grant->approval_id == 0 ? NULL
					: approval_get(call->txn, grant->approval_id, call->arena);

	return approval != NULL && approval->state == PB__APPROVAL_STATE__APPROVED;
}

/* What it names, for the staff as far as the caller sees the records: their numbers, and in the row
 * their ids. */
static enum status view_names(struct call *call, const Pb__Grant *grant, Pb__Grant *copy,
			      Pb__GrantView *view)
{
	bool own = call->scope == SCOPE_SELF;

	view->customers = arena_calloc(call->arena, grant->n_customers + 1, sizeof(char *));
	view->items = arena_calloc(call->arena, grant->n_items + 1, sizeof(char *));
	copy->customers = arena_calloc(call->arena, grant->n_customers + 1, sizeof(uint64_t));
	copy->items = arena_calloc(call->arena, grant->n_items + 1, sizeof(uint64_t));
	if (view->customers == NULL || view->items == NULL || copy->customers == NULL ||
	    copy->items == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < grant->n_customers; i++) {
		const Pb__Customer *row = customer_get(call->txn, grant->customers[i], call->arena);

		if (row == NULL || !(own || scope_customer(call, row)))
			continue;
		copy->customers[view->n_customers] = row->id;
		view->customers[view->n_customers++] = row->number;
	}
	for (size_t i = 0; i < grant->n_items; i++) {
		const Pb__Item *row = item_get(call->txn, grant->items[i], call->arena);

		if (row == NULL || !(own || scope_item(call, row)))
			continue;
		copy->items[view->n_items] = row->id;
		view->items[view->n_items++] = row->number;
	}
	copy->n_customers = view->n_customers;
	copy->n_items = view->n_items;
	copy->n_items_secrecy = 0;
	return STATUS_OK;
}

/* The row without what leads to records and to who works here. */
static enum status trim(struct call *call, Pb__Grant *copy)
{
	Pb__Paper **papers = arena_calloc(call->arena, copy->n_papers + 1, sizeof(Pb__Paper *));

	if (papers == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < copy->n_papers; i++) {
		papers[i] = make_paper(call);
		if (papers[i] == NULL)
			return STATUS_MEMORY;
		*papers[i] = *copy->papers[i];
		papers[i]->checked_by = 0;
	}
	copy->papers = papers;
	copy->n_customers = 0;
	copy->n_items = 0;
	copy->n_items_secrecy = 0;
	copy->asked_by = copy->asked_by == copy->principal_id ? copy->asked_by : 0;
	copy->approval_id = 0;
	return STATUS_OK;
}

static enum status view_grantee(struct call *call, const Pb__Grant *grant, Pb__GrantView *view)
{
	const Pb__Principal *grantee = principal_get(call->txn, grant->principal_id, call->arena);

	if (grantee == NULL)
		return STATUS_CORRUPT;
	view->principal = grantee->login;
	view->name = grantee->name;
	view->role = grantee->role;
	view->unit = grantee->unit;
	view->office = view_office_code(call, grant->office_id);
	return STATUS_OK;
}

static enum status view_progress(struct call *call, const Pb__Grant *grant, Pb__GrantView *view)
{
	const Pb__GrantUse *use = grant_use_get(call->txn, grant->id, call->arena);

	view->state = grant_state(call, grant);
	view->missing = arena_calloc(call->arena, PAPERS_MISSING_MAX, sizeof(char *));
	if (view->missing == NULL)
		return STATUS_MEMORY;
	view->n_missing = grant_missing(call, grant, view->missing);
	if (use != NULL) {
		view->views = use->views;
		view->last_at = use->last_at;
	}
	return STATUS_OK;
}

/* What only the staff is told. */
static void view_inside(struct call *call, const Pb__Grant *grant, Pb__GrantView *view)
{
	const Pb__Approval *approval =
		grant->approval_id == 0 ? NULL
					: approval_get(call->txn, grant->approval_id, call->arena);

	if (approval != NULL)
		view->approval = approval->number;
	view->asked_by = view_login(call, grant->asked_by);
}

Pb__GrantView *grant_view(struct call *call, const Pb__Grant *grant)
{
	Pb__GrantView *view = make_grant_view(call);
	Pb__Grant *copy = make_grant(call);
	enum status status = STATUS_OK;

	if (view == NULL || copy == NULL)
		return NULL;
	*copy = *grant;
	view->grant = copy;
	if (!call->outsider || was_approved(call, grant))
		status = view_names(call, grant, copy, view);
	if (status == STATUS_OK && call->outsider)
		status = trim(call, copy);
	if (status == STATUS_OK)
		status = view_grantee(call, grant, view);
	if (status == STATUS_OK)
		status = view_progress(call, grant, view);
	if (!call->outsider)
		view_inside(call, grant, view);
	return status == STATUS_OK ? view : NULL;
}

enum status serve_grant_show(struct call *call, const Pb__GrantShowRequest *request,
			     Pb__GrantShowReply *reply)
{
	Pb__Grant *grant;
	enum status status = grant_find(call, request->grant, &grant);

	if (status != STATUS_OK)
		return status;
	reply->view = grant_view(call, grant);
	if (reply->view == NULL)
		return STATUS_MEMORY;
	return call_subject(call, SUBJECT_GRANT, grant->id) ? STATUS_OK : STATUS_LIMIT;
}

/* ---- the list ---- */

/* What grant_list keeps between slices. */
enum grant_list_word { WORD_PRINCIPAL, WORD_OFFICE };

static enum status resolve_filters(struct call *call, const Pb__GrantListRequest *request,
				   struct scan *scan)
{
	Pb__Principal *principal;
	Pb__Office *office;
	enum status status;

	scan->words[WORD_OFFICE] = scope_one_office(call);
	if (call->scope == SCOPE_SELF)
		scan->words[WORD_PRINCIPAL] = call->principal->id;
	else if (!text_empty(request->principal)) {
		status = find_login(call, request->principal, &principal);
		if (status != STATUS_OK)
			return status;
		scan->words[WORD_PRINCIPAL] = principal->id;
	}
	if (text_empty(request->office) || call->scope == SCOPE_SELF)
		return STATUS_OK;
	status = find_office(call, request->office, &office);
	if (status != STATUS_OK)
		return status;
	scan->words[WORD_OFFICE] = office->id;
	return scope_office(call, office->id) ? STATUS_OK : STATUS_NOT_FOUND; /* an empty list */
}

static enum status emit_grant(struct call *call, struct scan *scan, const void *context,
			      uint64_t id)
{
	const Pb__GrantListRequest *request = context;
	Pb__GrantListReply reply = PB__GRANT_LIST_REPLY__INIT;
	const Pb__Grant *grant = grant_get(call->txn, id, call->arena);

	if (grant == NULL)
		return STATUS_MEMORY;
	if (!scope_grant(call, grant) ||
	    (scan->words[WORD_OFFICE] != 0 && grant->office_id != scan->words[WORD_OFFICE]) ||
	    (request->state != PB__GRANT_STATE__GRANT_STATE_NONE &&
	     grant_state(call, grant) != request->state))
		return STATUS_OK;
	reply.view = grant_view(call, grant);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

/* Of one person, of one office, or all in order of number. */
enum status scan_grant_list(struct call *call, const Pb__GrantListRequest *request,
			    struct scan *scan)
{
	struct slice slice = {.index = INDEX_grant_by_number,
			      .row = emit_grant,
			      .request = request,
			      .limit = request->limit};
	enum status status = scan->started ? STATUS_OK : resolve_filters(call, request, scan);

	if (status != STATUS_OK)
		return status;
	if (scan->words[WORD_PRINCIPAL] != 0) {
		slice.index = INDEX_grant_by_principal;
		key_u64(&slice.prefix, scan->words[WORD_PRINCIPAL]);
	} else if (scan->words[WORD_OFFICE] != 0) {
		slice.index = INDEX_grant_by_office;
		key_u64(&slice.prefix, scan->words[WORD_OFFICE]);
	}
	return slice_walk(call, scan, &slice);
}
