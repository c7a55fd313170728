#include "server/service/approval.h"
#include "server/service/approval_view.h"
#include "server/service/deciding.h"
#include "server/service/field.h"
#include "server/service/service.h"
#include "server/service/slice.h"

/* One slice. */
struct approval_listing {
	const Pb__ApprovalListRequest *request;
	struct deciding deciding;
};

static bool is_wanted(const struct approval_listing *listing, const Pb__Approval *row)
{
	const Pb__ApprovalListRequest *request = listing->request;
	enum reason_id why;
	uint64_t behalf;

	if (request->state != PB__APPROVAL_STATE__APPROVAL_STATE_NONE &&
	    row->state != request->state)
		return false;
	if (request->mine)
		return true; /* the index has the caller's alone */
	if (request->all)
		return approval_exists(&listing->deciding, row);
	return deciding_may(&listing->deciding, row, &behalf, &why);
}

static enum status emit_approval(struct call *call, struct scan *scan, const void *request,
				 uint64_t id)
{
	const struct approval_listing *listing = request;
	Pb__ApprovalListReply reply = PB__APPROVAL_LIST_REPLY__INIT;
	Pb__Approval *row = approval_get(call->txn, id, call->arena);

	if (row == NULL)
		return STATUS_MEMORY;
	if (!is_wanted(listing, row))
		return STATUS_OK;
	reply.view = approval_view(&listing->deciding, row);
	if (reply.view == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply.base);
	return STATUS_OK;
}

/* What waits for the caller, or what he asked: oldest first; all: by number. */
enum status scan_approval_list(struct call *call, const Pb__ApprovalListRequest *request,
			       struct scan *scan)
{
	struct approval_listing listing = {.request = request};
	struct slice slice = {.row = emit_approval, .request = &listing, .limit = request->limit};

	if (request->mine && request->all)
		return call_refuse_field(call, REASON_malformed, "mine", 0);
	deciding_init(&listing.deciding, call);
	if (request->mine) {
		slice.index = INDEX_approval_by_asker;
		key_u64(&slice.prefix, call->principal == NULL ? 0 : call->principal->id);
	} else if (request->all) {
		slice.index = INDEX_approval_by_number;
	} else {
		if (listing.deciding.count == 0)
			return STATUS_NOT_FOUND; /* an empty list */
		slice.index = INDEX_approval_waiting;
		key_u32(&slice.prefix, 1);
	}
	return slice_walk(call, scan, &slice);
}

/* Whether the rule as it was, applied to the inputs as they were, gives the levels that are kept.
 */
static bool is_as_ruled(const Pb__Approval *row)
{
	struct ruling ruling;

	if (ruling_levels(row->rule_version, row->rule, row->inputs, row->n_inputs, &ruling) !=
		    STATUS_OK ||
	    ruling.count != row->n_levels)
		return false;
	for (size_t i = 0; i < ruling.count; i++)
		if (ruling.levels[i] != row->levels[i])
			return false;
	return true;
}

enum status serve_approval_show(struct call *call, const Pb__ApprovalShowRequest *request,
				Pb__ApprovalShowReply *reply)
{
	enum status status = field_required(call, "approval", request->approval, ASKED_MAX_LEN);
	struct deciding deciding;
	Pb__Approval *row;

	if (status != STATUS_OK)
		return status;
	deciding_init(&deciding, call);
	status = approval_find_row(&deciding, request->approval, &row);
	if (status != STATUS_OK)
		return status;
	reply->as_ruled = is_as_ruled(row);
	reply->view = approval_view(&deciding, row);
	return reply->view == NULL ? STATUS_MEMORY : STATUS_OK;
}
