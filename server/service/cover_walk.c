#include "server/service/cover_walk.h"

#include "server/service/cover.h"
#include "server/service/tree.h"

_Static_assert(SCAN_PATH_MAX > TREE_DEPTH_MAX + 1, "an item at every depth has a place");

/* One slice. */
struct tour {
	struct call *call;
	struct scan *scan;
	Pb__Grant *const *grants; /* those that were active when the list began */
	size_t count;
	size_t at;         /* the one being walked */
	struct walk *walk; /* of what it names; NULL: none is open */
};

/* ---- the grants ---- */

static bool has_everything(struct call *call)
{
	size_t count;
	Pb__Grant *const *grants = cover_grants(call, &count);

	for (size_t i = 0; i < count; i++)
		if (grants[i]->everything && cover_grant_customer(call, grants[i], 0))
			return true;
	return false;
}

enum status cover_begin(struct call *call, struct scan *scan, bool *narrow)
{
	if (!scan->started) {
		scan->cover.since = call->now;
		scan->cover.narrow = call->scope == SCOPE_GRANT && !has_everything(call);
	} else if (call->scope == SCOPE_GRANT && !scan->cover.narrow && !has_everything(call)) {
		return call_refuse(call, STATUS_DENIED, REASON_grant_over, NULL);
	}
	*narrow = scan->cover.narrow;
	return STATUS_OK;
}

/* A grant that became active while the list runs would shift what was given where. */
static bool is_older(struct call *call, const Pb__Grant *grant, int64_t since)
{
	const Pb__Approval *approval = approval_get(call->txn, grant->approval_id, call->arena);

	return approval != NULL && grant->not_before <= since &&
	       (approval->n_decisions == 0 ||
		approval->decisions[approval->n_decisions - 1]->at <= since);
}

static enum status tour_begin(struct tour *tour, struct call *call, struct scan *scan)
{
	size_t count;
	Pb__Grant *const *all = cover_grants(call, &count);
	Pb__Grant **grants = arena_calloc(call->arena, count + 1, sizeof(*grants));

	*tour = (struct tour){.call = call, .scan = scan, .grants = grants};
	if (grants == NULL || (all == NULL && count > 0))
		return STATUS_MEMORY;
	for (size_t i = 0; i < count; i++)
		if (is_older(call, all[i], scan->cover.since))
			grants[tour->count++] = all[i];
	while (tour->at < tour->count && grants[tour->at]->id < scan->cover.grant)
		tour->at++;
	if (!scan->cover.begun ||
	    (tour->at < tour->count && grants[tour->at]->id == scan->cover.grant))
		return STATUS_OK;
	return call_refuse(call, STATUS_DENIED, REASON_grant_over, NULL);
}

/* The grant to walk, NULL behind the last. */
static const Pb__Grant *tour_grant(struct tour *tour)
{
	struct scan_cover *place = &tour->scan->cover;

	if (tour->at == tour->count)
		return NULL;
	place->grant = tour->grants[tour->at]->id;
	place->begun = true;
	return tour->grants[tour->at];
}

static void tour_next_source(struct tour *tour)
{
	walk_end(tour->walk);
	tour->walk = NULL;
	tour->scan->position.len = 0;
	tour->scan->cover.depth = 0;
	tour->scan->cover.source++;
}

static void tour_next_grant(struct tour *tour)
{
	struct scan_cover *place = &tour->scan->cover;

	place->begun = false;
	place->grant++;
	place->source = 0;
	tour->at++;
}

/* ---- items ---- */

/* The next id under an index's prefix. */
static bool next_indexed(struct tour *tour, enum index_id index, const struct key *prefix,
			 uint64_t *id)
{
	struct scan *scan = tour->scan;

	if (tour->walk == NULL) {
		tour->walk = index_walk(tour->call->txn, index, prefix);
		if (scan->position.len != 0)
			walk_after(tour->walk, &scan->position);
	}
	if (!walk_next(tour->walk, id))
		return false;
	walk_position(tour->walk, &scan->position);
	return true;
}

/* The next item standing in a container, behind that one (0: the first). */
static bool next_content(struct call *call, uint64_t container, uint64_t behind, uint64_t *id)
{
	struct key key = {.len = 0};
	struct walk *walk;
	bool found;

	key_u64(&key, container);
	walk = index_walk(call->txn, INDEX_item_by_parent, &key);
	key_u64(&key, behind);
	walk_after(walk, &key);
	found = walk_next(walk, id);
	walk_end(walk);
	return found;
}

/* A named item, then all that is in it, outer before inner. The path is kept and not derived, so
 * that an item that is moved meanwhile does not lead away. */
static bool next_within(struct tour *tour, uint64_t named, uint64_t *id)
{
	struct scan_cover *place = &tour->scan->cover;

	if (place->depth == 0) {
		*id = named;
		place->path[place->depth++] = named;
		return true;
	}
	if (place->depth <= TREE_DEPTH_MAX &&
	    next_content(tour->call, place->path[place->depth - 1], 0, id)) {
		place->path[place->depth++] = *id;
		return true;
	}
	for (; place->depth > 1; place->depth--) {
		if (next_content(tour->call, place->path[place->depth - 2],
				 place->path[place->depth - 1], id)) {
			place->path[place->depth - 1] = *id;
			return true;
		}
	}
	return false;
}

static bool next_of_source(struct tour *tour, const Pb__Grant *grant, uint64_t *id)
{
	size_t at = tour->scan->cover.source;
	struct key prefix = {.len = 0};

	if (at < grant->n_customers) {
		key_u64(&prefix, grant->customers[at]);
		return next_indexed(tour, INDEX_item_by_customer, &prefix, id);
	}
	at -= grant->n_customers;
	if (at < grant->n_items)
		return next_within(tour, grant->items[at], id);
	key_text_prefix(&prefix, grant->series[at - grant->n_items]);
	return next_indexed(tour, INDEX_item_by_number, &prefix, id);
}

static bool next_item(struct tour *tour, uint64_t *id)
{
	const Pb__Grant *grant;

	while ((grant = tour_grant(tour)) != NULL) {
		while (tour->scan->cover.source < cover_sources(grant)) {
			if (next_of_source(tour, grant, id))
				return true;
			tour_next_source(tour);
		}
		tour_next_grant(tour);
	}
	return false;
}

/* Whether the grant covers the item, and nothing named before leads to it. */
static bool is_item_here(struct tour *tour, uint64_t id)
{
	struct call *call = tour->call;
	const Pb__Item *item = item_get(call->txn, id, call->arena);
	const Pb__Grant *grant = tour->grants[tour->at];

	return item != NULL && cover_first(call, tour->grants, tour->at + 1, item) == tour->at &&
	       cover_source(call, grant, item) == tour->scan->cover.source;
}

/* ---- customers ---- */

static bool next_customer(struct tour *tour, uint64_t *id)
{
	const Pb__Grant *grant;

	while ((grant = tour_grant(tour)) != NULL) {
		if (tour->scan->cover.source < grant->n_customers) {
			*id = grant->customers[tour->scan->cover.source++];
			return true;
		}
		tour_next_grant(tour);
	}
	return false;
}

static bool is_customer_here(struct tour *tour, uint64_t id)
{
	const Pb__Grant *grant = tour->grants[tour->at];

	if (!cover_grant_customer(tour->call, grant, id))
		return false;
	for (size_t i = 0; i + 1 < tour->scan->cover.source; i++)
		if (grant->customers[i] == id)
			return false;
	for (size_t i = 0; i < tour->at; i++)
		if (cover_grant_customer(tour->call, tour->grants[i], id))
			return false;
	return true;
}

/* ---- a slice ---- */

static enum status tour_walk(struct call *call, struct scan *scan, const struct slice *slice,
			     bool (*next)(struct tour *tour, uint64_t *id),
			     bool (*is_here)(struct tour *tour, uint64_t id))
{
	struct tour tour;
	enum status status = tour_begin(&tour, call, scan);
	uint64_t id;

	while (status == STATUS_OK && slice_more(call, scan)) {
		if (slice_full(scan, slice->limit) || !next(&tour, &id))
			status = STATUS_NOT_FOUND;
		else if (is_here(&tour, id))
			status = slice->row(call, scan, slice->request, id);
	}
	walk_end(tour.walk);
	if (scan->status != STATUS_OK)
		return scan->status;
	return txn_status(call->txn) != STATUS_OK ? txn_status(call->txn) : status;
}

enum status cover_walk_items(struct call *call, struct scan *scan, const struct slice *slice)
{
	return tour_walk(call, scan, slice, next_item, is_item_here);
}

enum status cover_walk_customers(struct call *call, struct scan *scan, const struct slice *slice)
{
	return tour_walk(call, scan, slice, next_customer, is_customer_here);
}
