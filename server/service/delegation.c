/* Deciding for another: a head or general manager names who does it for a time. */
#include "common/date.h"
#include "server/service/deciding.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

#define DELEGATION_DAYS_MAX 366 /* whoever is away longer has a successor */

static Pb__DelegationView *view(struct call *call, Pb__Delegation *row)
{
	Pb__DelegationView *made = make_delegation_view(call);

	if (made == NULL)
		return NULL;
	made->delegation = row;
	made->from = view_login(call, row->from_id);
	made->to = view_login(call, row->to_id);
	made->active = delegation_is_active(row, call->today);
	return made;
}

static enum status judge_dates(struct call *call, const Pb__DelegationAddRequest *request,
			       Pb__Delegation *row)
{
	enum status status = field_until(call, "from_date", request->from_date);

	if (status == STATUS_OK && request->until_date == 0)
		status = call_refuse_field(call, REASON_required, "until_date", 0);
	if (status == STATUS_OK)
		status = field_until(call, "until_date", request->until_date);
	if (status != STATUS_OK)
		return status;
	row->from_date = request->from_date == 0 ? call->today : request->from_date;
	row->until_date = request->until_date;
	if (row->until_date < row->from_date ||
	    row->until_date - row->from_date >= DELEGATION_DAYS_MAX)
		return call_refuse_field(call, REASON_out_of_range, "until_date",
					 DELEGATION_DAYS_MAX);
	return STATUS_OK;
}

static enum status judge_delegate(struct call *call, const char *login, Pb__Delegation *row)
{
	enum status status = field_required(call, "to", login, LOGIN_MAX_LEN);
	Pb__Principal *delegate;

	if (status == STATUS_OK)
		status = find_login(call, login, &delegate);
	if (status != STATUS_OK)
		return status;
	if (delegate->id == call->principal->id)
		return call_refuse(call, STATUS_DENIED, REASON_delegate_self, NULL);
	if (!delegation_suits(delegate))
		return call_refuse(call, STATUS_DENIED, REASON_delegate_unfit, login);
	row->to_id = delegate->id;
	return STATUS_OK;
}

enum status check_delegation_add(struct call *call, const Pb__DelegationAddRequest *request,
				 Pb__DelegationAddReply *reply)
{
	Pb__Delegation *row = make_delegation(call);
	enum status status;

	if (row == NULL)
		return STATUS_MEMORY;
	if (call->principal == NULL)
		return call_refuse(call, STATUS_DENIED, REASON_role_forbids, NULL);
	status = judge_delegate(call, request->to, row);
	if (status == STATUS_OK)
		status = judge_dates(call, request, row);
	if (status == STATUS_OK)
		status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	if (status != STATUS_OK)
		return status;
	row->id = call_new_id(call, TABLE_delegation);
	row->from_id = call->principal->id;
	row->reason = request->reason;
	reply->view = view(call, row);
	if (reply->view == NULL)
		return STATUS_MEMORY;
	return call_subject(call, SUBJECT_DELEGATION, row->id) &&
			       call_subject(call, SUBJECT_PRINCIPAL, row->to_id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

void apply_delegation_add(struct txn *txn, const struct entry *entry,
			  const Pb__DelegationAddRequest *request,
			  const Pb__DelegationAddReply *reply)
{
	(void)entry;
	(void)request;
	delegation_put(txn, reply->view->delegation);
}

/* One's own, given and received; and whatever one may read the approvals of. */
static bool exists(struct call *call, const Pb__Delegation *row)
{
	uint64_t self = call->principal == NULL ? 0 : call->principal->id;
	const Pb__Principal *giver;

	if (row->from_id == self || row->to_id == self)
		return true;
	giver = principal_get(call->txn, row->from_id, call->arena);
	return giver != NULL && scope_office(call, giver->office_id);
}

static enum status emit_delegation(struct call *call, struct scan *scan, const void *request,
				   uint64_t id)
{
	const Pb__DelegationListRequest *asked = request;
	Pb__DelegationListReply reply = PB__DELEGATION_LIST_REPLY__INIT;
	Pb__Delegation *row = delegation_get(call->txn, id, call->arena);

	if (row == NULL)
		return STATUS_MEMORY;
	if (!asked->all && (row->ended || row->until_date < call->today))
		return STATUS_OK;
	if (!exists(call, row))
		return STATUS_OK;
	reply.view = view(call, row);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

enum status scan_delegation_list(struct call *call, const Pb__DelegationListRequest *request,
				 struct scan *scan)
{
	struct slice slice = {
		.index = INDEX_delegation_by_from, .row = emit_delegation, .request = request};

	return slice_walk(call, scan, &slice);
}

/* By who gave it. */
enum status check_delegation_end(struct call *call, const Pb__DelegationEndRequest *request,
				 Pb__DelegationEndReply *reply)
{
	Pb__Delegation *row = request->delegation == 0
				      ? NULL
				      : delegation_get(call->txn, request->delegation, call->arena);
	const char *number =
		arena_printf(call->arena, "%llu", (unsigned long long)request->delegation);

	if (number == NULL)
		return STATUS_MEMORY;
	if (row == NULL || call->principal == NULL || row->from_id != call->principal->id)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_delegation_unknown, number);
	if (row->ended)
		return call_refuse(call, STATUS_STALE, REASON_delegation_ended, number);
	row->ended = true;
	reply->view = view(call, row);
	if (reply->view == NULL)
		return STATUS_MEMORY;
	return call_subject(call, SUBJECT_DELEGATION, row->id) &&
			       call_subject(call, SUBJECT_PRINCIPAL, row->to_id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

void apply_delegation_end(struct txn *txn, const struct entry *entry,
			  const Pb__DelegationEndRequest *request,
			  const Pb__DelegationEndReply *reply)
{
	(void)entry;
	(void)request;
	delegation_put(txn, reply->view->delegation);
}
