#include "server/service/slice.h"

bool slice_more(struct call *call, struct scan *scan)
{
	return call_has_room(call) && scan_more(scan);
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
