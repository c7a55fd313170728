#include "server/service/slice.h"

#define ROW_SUBJECTS 8 /* at most that a row adds to the look's entry: itself and its grants */

/* What is shown must fit into one entry, and into what may be shown. */
static bool entry_has_room(const struct call *call)
{
	return call->subject_count + ROW_SUBJECTS <= ENTRY_SUBJECTS_MAX &&
	       (call->shown_max == 0 || call->shown < call->shown_max);
}

bool slice_more(struct call *call, struct scan *scan)
{
	return call_has_room(call) && entry_has_room(call) && scan_more(scan);
}

bool slice_full(const struct scan *scan, uint32_t limit)
{
	return limit != 0 && scan->count >= limit;
}

enum status slice_walk(struct call *call, struct scan *scan, struct slice *slice)
{
	enum status status = STATUS_OK;
	struct walk *walk;
	uint64_t id;

	walk = index_walk(call->txn, slice->index, &slice->prefix);
	slice->walk = walk;
	if (scan->position.len != 0)
		walk_after(walk, &scan->position);
	while (status == STATUS_OK && slice_more(call, scan)) {
		if (slice_full(scan, slice->limit) || !walk_next(walk, &id)) {
			status = STATUS_NOT_FOUND;
			break;
		}
		walk_position(walk, &scan->position);
		status = slice->row(call, scan, slice->request, id);
	}
	walk_end(walk);
	if (scan->status != STATUS_OK)
		return scan->status;
	return txn_status(call->txn) != STATUS_OK ? txn_status(call->txn) : status;
}
