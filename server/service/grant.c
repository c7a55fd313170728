#include "server/service/grant.h"

#include "server/service/approval.h"
#include "server/service/cover.h"
#include "server/service/scope.h"
#include "server/service/service.h"

#include "server/service/field.h"

enum status grant_find(struct call *call, const char *number, Pb__Grant **grant)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_text(&key, number);
	id = index_find(call->txn, INDEX_grant_by_number, &key);
	*grant = id == 0 ? NULL : grant_get(call->txn, id, call->arena);
	if (*grant == NULL || !scope_grant(call, *grant))
		return call_refuse(call, STATUS_NOT_FOUND, REASON_grant_unknown, number);
	return STATUS_OK;
}

size_t grant_missing(struct call *call, const Pb__Grant *grant,
		     const char *missing[static PAPERS_MISSING_MAX])
{
	const Pb__Principal *grantee = principal_get(call->txn, grant->principal_id, call->arena);

	return grantee == NULL
		       ? 0
		       : paper_missing(grantee->role, grant->papers, grant->n_papers, missing);
}

static Pb__GrantState state_by_time(struct call *call, const Pb__Grant *grant)
{
	if (call->now < grant->not_before)
		return PB__GRANT_STATE__GRANT_NOT_YET;
	return cover_is_used_up(call, grant) ? PB__GRANT_STATE__GRANT_USED_UP
					     : PB__GRANT_STATE__GRANT_ACTIVE;
}

Pb__GrantState grant_state(struct call *call, const Pb__Grant *grant)
{
	const Pb__Approval *approval =
		grant->approval_id == 0 ? NULL
					: approval_get(call->txn, grant->approval_id, call->arena);
	const char *missing[PAPERS_MISSING_MAX];

	if (grant->revoked_at != 0)
		return PB__GRANT_STATE__GRANT_REVOKED;
	if (approval != NULL && approval->state == PB__APPROVAL_STATE__DECLINED)
		return PB__GRANT_STATE__GRANT_DECLINED;
	if (approval != NULL && approval->state == PB__APPROVAL_STATE__WITHDRAWN)
		return PB__GRANT_STATE__GRANT_WITHDRAWN;
	if (call->now >= grant->not_after)
		return PB__GRANT_STATE__GRANT_ENDED;
	if (approval == NULL && grant->n_papers == 0)
		return PB__GRANT_STATE__GRANT_REQUESTED;
	if (approval == NULL)
		return PB__GRANT_STATE__GRANT_PAPERS_MISSING;
	if (approval->state != PB__APPROVAL_STATE__WAITING)
		return state_by_time(call, grant);
	return grant_missing(call, grant, missing) > 0 ? PB__GRANT_STATE__GRANT_PAPERS_MISSING
						       : PB__GRANT_STATE__GRANT_WAITING;
}

/* ---- approval ---- */

/* The most secret of what is named one by one: more is not covered. */
static Pb__Secrecy secrecy_of(struct call *call, const Pb__Grant *grant)
{
	Pb__Secrecy highest = PB__SECRECY__SECRECY_NONE;

	for (size_t i = 0; i < grant->n_items; i++) {
		const Pb__Item *item = item_get(call->txn, grant->items[i], call->arena);

		if (item != NULL && item->secrecy > highest)
			highest = item->secrecy;
	}
	return highest;
}

enum status grant_ask_approval(struct call *call, const Pb__Principal *grantee, Pb__Grant *grant,
			       Pb__ApprovalOpened **opened)
{
	struct approval_ask ask = {.kind = APPROVAL_GRANT,
				   .office = grant->office_id,
				   .subject = {SUBJECT_GRANT, grant->id},
				   .number = grant->number,
				   .reason = grant->purpose,
				   .secrecy = secrecy_of(call, grant)};
	const char *missing[PAPERS_MISSING_MAX];
	enum status status;
	bool needed;

	ask.detail =
		arena_printf(call->arena, "%s %s: %s", grantee->name, grantee->unit, grant->matter);
	if (ask.detail == NULL)
		return STATUS_MEMORY;
	status = approval_needed(call, &ask, &needed);
	if (status == STATUS_OK && !needed && grant_missing(call, grant, missing) > 0)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = approval_open(call, &ask, opened);
	if (status == STATUS_OK)
		grant->approval_id = (*opened)->approval->id;
	return status;
}

static enum status refuse_missing(struct call *call, const Pb__Grant *grant,
				  const char *const *missing, size_t count)
{
	enum status status =
		call_refuse(call, STATUS_BLOCKED, REASON_papers_missing, grant->number);

	call->refusal.field = missing[0];
	call->refusal.n_others = count - 1;
	if (count == 1)
		return status;
	call->refusal.others = arena_calloc(call->arena, count - 1, sizeof(char *));
	if (call->refusal.others == NULL)
		return STATUS_MEMORY;
	for (size_t i = 1; i < count; i++)
		call->refusal.others[i - 1] = missing[i];
	return status;
}

enum status grant_judge_approval(struct call *call, const Pb__Approval *approval, bool last)
{
	const Pb__Grant *grant = grant_get(call->txn, approval->subject_id, call->arena);
	const char *missing[PAPERS_MISSING_MAX];
	size_t count;

	if (grant == NULL || grant->revoked_at != 0 || call->now >= grant->not_after)
		return call_refuse(call, STATUS_BLOCKED, REASON_approval_too_late,
				   grant == NULL ? approval->number : grant->number);
	count = last ? grant_missing(call, grant, missing) : 0;
	if (count > 0)
		return refuse_missing(call, grant, missing, count);
	for (size_t i = 0; call->principal != NULL && i < grant->n_papers; i++)
		if (grant->papers[i]->checked_by == call->principal->id)
			return call_refuse(call, STATUS_DENIED, REASON_grant_own_check,
					   grant->number);
	return STATUS_OK;
}

/* ---- ending ---- */

enum status check_grant_revoke(struct call *call, const Pb__GrantRevokeRequest *request,
			       Pb__GrantRevokeReply *reply)
{
	enum status status = field_required(call, "grant", request->grant, ASKED_MAX_LEN);
	Pb__Grant *grant;

	if (status == STATUS_OK)
		status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	if (status == STATUS_OK)
		status = grant_find(call, request->grant, &grant);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_GRANT, grant->id) ||
	    !call_subject(call, SUBJECT_PRINCIPAL, grant->principal_id))
		return STATUS_LIMIT;
	if (grant->revoked_at != 0)
		return call_refuse(call, STATUS_BLOCKED, REASON_grant_ended, grant->number);
	grant->revoked_at = call->now;
	grant->revoked_reason = request->reason;
	reply->grant = grant;
	return STATUS_OK;
}

void apply_grant_revoke(struct txn *txn, const struct entry *entry,
			const Pb__GrantRevokeRequest *request, const Pb__GrantRevokeReply *reply)
{
	(void)entry;
	(void)request;
	grant_put(txn, reply->grant);
}
