#include "server/service/approval_view.h"

#include "server/service/approval.h"
#include "server/service/make.h"
#include "server/service/trace.h"
#include "server/service/view.h"

#define DAY INT64_C(86400000000)

static bool took_part(const Pb__Approval *row, uint64_t person)
{
	for (size_t i = 0; i < row->n_decisions; i++)
		if (row->decisions[i]->by == person)
			return true;
	return false;
}

bool approval_exists(const struct deciding *deciding, const Pb__Approval *row)
{
	const struct call *call = deciding->call;
	enum scope scope = role_scope(call->role, PERMISSION_APPROVAL_READ);
	enum reason_id why;
	uint64_t behalf;

	if (call->principal == NULL || scope == SCOPE_ALL)
		return true;
	if (scope == SCOPE_OFFICE && row->office_id == call->principal->office_id)
		return true;
	return row->asked_by == call->principal->id || took_part(row, call->principal->id) ||
	       (row->state == PB__APPROVAL_STATE__WAITING &&
		deciding_may(deciding, row, &behalf, &why));
}

enum status approval_find_row(const struct deciding *deciding, const char *number,
			      Pb__Approval **row)
{
	struct call *call = deciding->call;

	*row = approval_of_number(call, number);
	if (*row == NULL || !approval_exists(deciding, *row))
		return approval_refuse_unknown(call, number);
	return call_subject(call, SUBJECT_APPROVAL, (*row)->id) ? STATUS_OK : STATUS_LIMIT;
}

/* What it is about, by number. */
static const char *subject_number(struct call *call, const Pb__Approval *row)
{
	const Pb__Customer *customer;
	const Pb__Grant *grant;
	const Pb__Item *item;

	switch ((enum subject_kind)row->subject_kind) {
	case SUBJECT_CUSTOMER:
		customer = customer_get(call->txn, row->subject_id, call->arena);
		return customer == NULL ? "" : customer->number;
	case SUBJECT_ITEM:
		item = item_get(call->txn, row->subject_id, call->arena);
		return item == NULL ? "" : item->number;
	case SUBJECT_GRANT:
		grant = grant_get(call->txn, row->subject_id, call->arena);
		return grant == NULL ? "" : grant->number;
	default:
		return "";
	}
}

/* What people wrote about a record is for those who may see it, and for who asked. Who oversees all
 * approvals, but sees records by grant alone, learns that there was one and how it was decided. */
static bool shows_words(struct call *call, const Pb__Approval *row)
{
	const struct subject subject = {.kind = (uint8_t)row->subject_kind, .id = row->subject_id};
	enum scope scope = call->scope;
	bool shows;

	if (call->principal == NULL || row->asked_by == call->principal->id ||
	    role_scope(call->role, PERMISSION_CUSTOMER_READ) != SCOPE_GRANT)
		return true;
	call->scope = SCOPE_GRANT;
	shows = trace_word(call, &subject) != NULL;
	call->scope = scope;
	return shows;
}

static Pb__Approval *without_words(struct call *call, const Pb__Approval *row)
{
	Pb__Approval *copy = make_approval(call);

	if (copy == NULL)
		return NULL;
	*copy = *row;
	copy->detail = "";
	copy->reason = "";
	copy->decisions = arena_calloc(call->arena, row->n_decisions + 1, sizeof(Pb__Decision *));
	if (copy->decisions == NULL)
		return NULL;
	for (size_t i = 0; i < row->n_decisions; i++) {
		copy->decisions[i] = make_decision(call);
		if (copy->decisions[i] == NULL)
			return NULL;
		*copy->decisions[i] = *row->decisions[i];
		copy->decisions[i]->text = "";
	}
	return copy;
}

static enum status view_decisions(struct call *call, const Pb__Approval *row,
				  Pb__ApprovalView *view)
{
	Pb__DecisionView *one;

	if (row->n_decisions == 0)
		return STATUS_OK;
	view->decisions = arena_calloc(call->arena, row->n_decisions, sizeof(Pb__DecisionView *));
	if (view->decisions == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_decisions; i++) {
		one = make_decision_view(call);
		if (one == NULL)
			return STATUS_MEMORY;
		one->decision = row->decisions[i];
		one->by = view_login(call, row->decisions[i]->by);
		one->on_behalf_of = view_login(call, row->decisions[i]->on_behalf_of);
		view->decisions[view->n_decisions++] = one;
	}
	return STATUS_OK;
}

Pb__ApprovalView *approval_view(const struct deciding *deciding, Pb__Approval *row)
{
	struct call *call = deciding->call;
	const Pb__Principal *asker =
		row->asked_by == 0 ? NULL : principal_get(call->txn, row->asked_by, call->arena);
	Pb__ApprovalView *view = make_approval_view(call);
	enum reason_id why;
	uint64_t behalf;

	if (row != NULL && !shows_words(call, row))
		row = without_words(call, row);
	if (view == NULL || row == NULL || view_decisions(call, row, view) != STATUS_OK)
		return NULL;
	view->approval = row;
	view->kind = approval_find(row->kind) == NULL ? "" : approval_find(row->kind)->word;
	view->office = view_office_code(call, row->office_id);
	if (asker != NULL) {
		view->asked_by = asker->login;
		view->asked_by_name = asker->name;
	}
	view->subject = subject_number(call, row);
	view->level = deciding_level(row);
	view->expired = approval_is_expired(row, call->now);
	if (row->state != PB__APPROVAL_STATE__WAITING)
		return view;
	view->waiting_days = (uint32_t)((call->now - row->asked_at) / DAY);
	view->overdue = approval_is_overdue(call, row);
	view->mine = deciding_may(deciding, row, &behalf, &why);
	return view;
}
