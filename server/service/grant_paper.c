#include "common/date.h"
#include "common/hash.h"
#include "server/service/approval.h"
#include "server/service/field.h"
#include "server/service/grant.h"
#include "server/service/make.h"
#include "server/service/service.h"

static enum status judge_fields(struct call *call, const Pb__GrantPaperRequest *request)
{
	enum status status = field_required(call, "grant", request->grant, ASKED_MAX_LEN);

	if (status == STATUS_OK && request->kind == PB__PAPER_KIND__PAPER_KIND_NONE)
		status = call_refuse_field(call, REASON_required, "kind", 0);
	if (status == STATUS_OK)
		status = field_range(call, "kind", (int64_t)request->kind,
				     PB__PAPER_KIND__CASE_PROOF);
	if (status == STATUS_OK)
		status = field_required(call, "number", request->number, REF_MAX_LEN);
	if (status == STATUS_OK)
		status = field_required(call, "issuer", request->issuer, NAME_MAX_LEN);
	if (status == STATUS_OK && request->issued == 0)
		status = call_refuse_field(call, REASON_required, "issued", 0);
	if (status == STATUS_OK && (request->issued < 0 || request->issued > call->today))
		status = call_refuse_field(call, REASON_malformed, "issued", 0);
	if (status == STATUS_OK)
		status = field_until(call, "valid_until", request->valid_until);
	if (status == STATUS_OK && request->scan_hash.len != 0 &&
	    request->scan_hash.len != HASH_LEN)
		status = call_refuse_field(call, REASON_malformed, "scan_hash", 0);
	return status;
}

/* Papers are checked off until it is decided. */
static enum status judge_state(struct call *call, const Pb__Grant *grant)
{
	const Pb__Approval *approval =
		grant->approval_id == 0 ? NULL
					: approval_get(call->txn, grant->approval_id, call->arena);

	if (call->principal != NULL && grant->principal_id == call->principal->id)
		return call_refuse(call, STATUS_DENIED, REASON_grant_own_papers, grant->number);
	if (grant->revoked_at != 0 || call->now >= grant->not_after)
		return call_refuse(call, STATUS_BLOCKED, REASON_grant_ended, grant->number);
	if (approval == NULL || approval->state == PB__APPROVAL_STATE__WAITING)
		return STATUS_OK;
	return call_refuse(call, STATUS_BLOCKED, REASON_grant_decided, grant->number);
}

static enum status make_row(struct call *call, const Pb__GrantPaperRequest *request,
			    Pb__Paper **made)
{
	Pb__Paper *paper = make_paper(call);

	*made = paper;
	if (paper == NULL)
		return STATUS_MEMORY;
	paper->kind = request->kind;
	paper->number = request->number;
	paper->issuer = request->issuer;
	paper->issued = request->issued;
	paper->valid_until = request->valid_until;
	paper->scan_hash = request->scan_hash;
	paper->checked_by = call->principal == NULL ? 0 : call->principal->id;
	paper->checked_at = call->now;
	return STATUS_OK;
}

/* In the place of one of its kind, or behind the last. */
static enum status put_paper(struct call *call, Pb__Grant *grant, Pb__Paper *paper,
			     Pb__Paper **before)
{
	Pb__Paper **papers = arena_calloc(call->arena, grant->n_papers + 1, sizeof(Pb__Paper *));
	size_t at = grant->n_papers;

	if (papers == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < grant->n_papers; i++) {
		papers[i] = grant->papers[i];
		if (papers[i]->kind == paper->kind)
			at = i;
	}
	*before = papers[at];
	papers[at] = paper;
	grant->n_papers += at == grant->n_papers;
	grant->papers = papers;
	return STATUS_OK;
}

/* It lasts no longer than the papers on which it rests. */
static void cut_time(const struct call *call, Pb__Grant *grant)
{
	grant->not_after = grant->asked_until;
	for (size_t i = 0; i < grant->n_papers; i++) {
		int32_t last = grant->papers[i]->valid_until;
		int64_t end = date_to_time(last + 1, (int)call->config->office_zone_minutes);

		if (last != 0 && end < grant->not_after)
			grant->not_after = end;
	}
}

/* With the first paper it is known what an outsider means, and the approval is asked for. */
static enum status open_approval(struct call *call, Pb__Grant *grant, Pb__ApprovalOpened **opened)
{
	const Pb__Principal *grantee = principal_get(call->txn, grant->principal_id, call->arena);
	enum status status;

	if (grant->approval_id != 0)
		return STATUS_OK;
	if (grantee == NULL)
		return STATUS_CORRUPT;
	status = grant_look_up(call, grantee, false, grant);
	if (status != STATUS_OK)
		return status;
	if (grant->n_customers + grant->n_items + grant->n_series == 0)
		return call_refuse(call, STATUS_NOT_FOUND, REASON_grant_names_nothing,
				   grant->number);
	return grant_ask_approval(call, grantee, grant, opened);
}

static enum status tell_missing(struct call *call, const Pb__Grant *grant,
				Pb__GrantPaperReply *reply)
{
	reply->missing = arena_calloc(call->arena, PAPERS_MISSING_MAX, sizeof(char *));
	if (reply->missing == NULL)
		return STATUS_MEMORY;
	reply->n_missing = grant_missing(call, grant, reply->missing);
	return STATUS_OK;
}

enum status check_grant_paper(struct call *call, const Pb__GrantPaperRequest *request,
			      Pb__GrantPaperReply *reply)
{
	enum status status = judge_fields(call, request);
	Pb__Grant *grant;
	Pb__Paper *paper;

	if (status == STATUS_OK)
		status = grant_find(call, request->grant, &grant);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_GRANT, grant->id) ||
	    !call_subject(call, SUBJECT_PRINCIPAL, grant->principal_id))
		return STATUS_LIMIT;
	status = judge_state(call, grant);
	if (status == STATUS_OK)
		status = make_row(call, request, &paper);
	if (status == STATUS_OK)
		status = put_paper(call, grant, paper, &reply->before);
	if (status != STATUS_OK)
		return status;
	cut_time(call, grant);
	status = open_approval(call, grant, &reply->opened);
	if (status == STATUS_OK)
		status = tell_missing(call, grant, reply);
	reply->grant = grant;
	return status;
}

void apply_grant_paper(struct txn *txn, const struct entry *entry,
		       const Pb__GrantPaperRequest *request, const Pb__GrantPaperReply *reply)
{
	(void)entry;
	(void)request;
	grant_put(txn, reply->grant);
	if (reply->opened != NULL)
		approval_opened_put(txn, reply->opened);
}
