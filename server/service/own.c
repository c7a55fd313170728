#include "server/service/own.h"

/* The caller's next customer by id; 0 when there is none. */
static uint64_t next_customer(struct call *call, uint64_t after)
{
	struct key prefix = {.len = 0};
	struct walk *walk;
	struct key from;
	uint64_t id;

	key_u64(&prefix, call->principal->id);
	from = prefix;
	key_u64(&from, after);
	walk = index_walk(call->txn, INDEX_customer_by_owner, &prefix);
	if (after != 0)
		walk_after(walk, &from);
	if (!walk_next(walk, &id))
		id = 0;
	walk_end(walk);
	return id;
}

enum status own_walk(struct call *call, struct scan *scan, struct slice *slice, unsigned word)
{
	uint64_t *customer = &scan->words[word];
	enum status status;

	slice->index = INDEX_item_by_customer;
	if (*customer == 0)
		*customer = next_customer(call, 0);
	while (*customer != 0) {
		slice->prefix.len = 0;
		key_u64(&slice->prefix, *customer);
		status = slice_walk(call, scan, slice);
		if (status != STATUS_NOT_FOUND || slice_full(scan, slice->limit))
			return status;
		*customer = next_customer(call, *customer);
		scan->position.len = 0;
	}
	return STATUS_NOT_FOUND;
}
