#include "server/service/cover.h"

#include <string.h>

#include "server/service/tree.h"

#define SCRATCH_MAX (1024 * 1024) /* one grant, with all that it names, and its approval */

static bool has_views_left(struct call *call, const Pb__Grant *grant)
{
	const Pb__GrantUse *use = grant_use_get(call->txn, grant->id, call->arena);

	return grant->views_max == 0 || use == NULL || use->views < grant->views_max;
}

/* Approved, not revoked, within its time. */
static bool stands(struct call *call, const Pb__Grant *grant)
{
	const Pb__Approval *approval;

	if (grant->revoked_at != 0 || call->now < grant->not_before ||
	    call->now >= grant->not_after || grant->approval_id == 0)
		return false;
	approval = approval_get(call->txn, grant->approval_id, call->arena);
	return approval != NULL && approval->state == PB__APPROVAL_STATE__APPROVED;
}

bool cover_is_active(struct call *call, const Pb__Grant *grant)
{
	return stands(call, grant) && has_views_left(call, grant);
}

bool cover_is_used_up(struct call *call, const Pb__Grant *grant)
{
	return stands(call, grant) && !has_views_left(call, grant);
}

/* Whether the grant of that id is active, without keeping what was read for it. */
static bool is_active_one(const struct call *call, struct arena *scratch, uint64_t id)
{
	struct call inner = *call;
	const Pb__Grant *grant;
	bool active;

	inner.arena = scratch;
	grant = grant_get(inner.txn, id, scratch);
	active = grant != NULL && cover_is_active(&inner, grant);
	arena_reset(scratch);
	return active;
}

/* In order of id, so that a list that goes on finds its place. */
static void put_in_order(struct call *call, Pb__Grant *grant)
{
	size_t at = call->grant_count++;

	for (; at > 0 && call->grants[at - 1]->id > grant->id; at--)
		call->grants[at] = call->grants[at - 1];
	call->grants[at] = grant;
}

Pb__Grant *const *cover_grants(struct call *call, size_t *count)
{
	struct key key = {.len = 0};
	struct arena scratch;
	struct walk *walk;
	Pb__Grant *grant;
	struct key since;
	uint64_t id;

	*count = call->grant_count;
	if (call->grants != NULL || call->principal == NULL)
		return call->grants;
	call->grants = arena_calloc(call->arena, COVER_GRANTS_MAX, sizeof(*call->grants));
	if (call->grants == NULL)
		return NULL;
	arena_init(&scratch, SCRATCH_MAX);
	key_u64(&key, call->principal->id);
	since = key;
	key_s64(&since, call->now);
	walk = index_walk(call->txn, INDEX_grant_by_end, &key);
	walk_after(walk, &since); /* not those that are over */
	while (call->grant_count < COVER_GRANTS_MAX && walk_next(walk, &id)) {
		grant = is_active_one(call, &scratch, id) ? grant_get(call->txn, id, call->arena)
							  : NULL;
		if (grant != NULL)
			put_in_order(call, grant);
	}
	walk_end(walk);
	arena_release(&scratch);
	*count = call->grant_count;
	return call->grants;
}

static bool ended_since(struct call *call, const Pb__Grant *grant, int64_t since)
{
	const Pb__Approval *approval;

	if (grant->revoked_at < since && (grant->not_after < since || grant->not_after > call->now))
		return false;
	approval = grant->approval_id == 0
			   ? NULL
			   : approval_get(call->txn, grant->approval_id, call->arena);
	return approval != NULL && approval->state == PB__APPROVAL_STATE__APPROVED;
}

bool cover_ended_since(struct call *call, int64_t since)
{
	struct key key = {.len = 0};
	bool ended = false;
	struct walk *walk;
	Pb__Grant *grant;
	uint64_t id;

	key_u64(&key, call->principal->id);
	walk = index_walk(call->txn, INDEX_grant_by_principal, &key);
	while (!ended && walk_next(walk, &id)) {
		grant = grant_get(call->txn, id, call->arena);
		ended = grant != NULL && ended_since(call, grant, since);
	}
	walk_end(walk);
	return ended;
}

static bool allows(const struct call *call, const Pb__Grant *grant)
{
	Pb__GrantAction wanted = call->rpc != NULL && call->rpc->lane == LANE_SCAN
					 ? PB__GRANT_ACTION__LIST
					 : PB__GRANT_ACTION__READ;

	for (size_t i = 0; i < grant->n_actions; i++)
		if (grant->actions[i] == wanted)
			return true;
	return false;
}

static bool among(const uint64_t *ids, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return id != 0;
	return false;
}

/* The first of count ids that is this one; count when none is. */
static size_t place_among(const uint64_t *ids, size_t count, uint64_t id)
{
	size_t at = 0;

	while (at < count && ids[at] != id)
		at++;
	return at;
}

/* An item with what contains it, read once for all grants. */
struct lineage {
	const Pb__Item *item;
	uint64_t ids[TREE_DEPTH_MAX + 1]; /* itself, then outwards */
	size_t count;
	bool sealed; /* one of them is */
};

static void lineage_read(struct call *call, const Pb__Item *item, struct lineage *lineage)
{
	*lineage = (struct lineage){.item = item};
	while (item != NULL && lineage->count <= TREE_DEPTH_MAX) {
		lineage->ids[lineage->count++] = item->id;
		lineage->sealed = lineage->sealed || item->sealed;
		item = item->parent_id == 0 ? NULL
					    : item_get(call->txn, item->parent_id, call->arena);
	}
}

/* The first named item that is this one or contains it. */
static size_t naming(const Pb__Grant *grant, const struct lineage *lineage)
{
	size_t first = grant->n_items;

	for (size_t i = 0; first > 0 && i < lineage->count; i++)
		first = place_among(grant->items, first, lineage->ids[i]);
	return first;
}

static size_t beginning(const Pb__Grant *grant, const Pb__Item *item)
{
	size_t at = 0;

	while (at < grant->n_series &&
	       strncmp(item->number, grant->series[at], strlen(grant->series[at])) != 0)
		at++;
	return at;
}

size_t cover_sources(const Pb__Grant *grant)
{
	return grant->n_customers + grant->n_items + grant->n_series;
}

static size_t source_of(const Pb__Grant *grant, const struct lineage *lineage)
{
	uint64_t customer = lineage->item->customer_id;
	size_t at = customer == 0 ? grant->n_customers
				  : place_among(grant->customers, grant->n_customers, customer);

	if (at < grant->n_customers)
		return at;
	at = naming(grant, lineage);
	if (at < grant->n_items)
		return grant->n_customers + at;
	return grant->n_customers + grant->n_items + beginning(grant, lineage->item);
}

size_t cover_source(struct call *call, const Pb__Grant *grant, const Pb__Item *item)
{
	struct lineage lineage;

	lineage_read(call, item, &lineage);
	return source_of(grant, &lineage);
}

/* Only documents of these dates and kinds. */
static bool within_limits(const Pb__Grant *grant, const Pb__Item *item)
{
	bool windowed = grant->dated_from != 0 || grant->dated_until != 0;
	bool kind_wanted = grant->n_kinds == 0;

	for (size_t i = 0; i < grant->n_kinds; i++)
		kind_wanted = kind_wanted || grant->kinds[i] == item->kind;
	if (!kind_wanted || (windowed && item->dated == 0))
		return false;
	return (grant->dated_from == 0 || item->dated >= grant->dated_from) &&
	       (grant->dated_until == 0 || item->dated <= grant->dated_until);
}

/* An organisation is shown nothing but its own records, whatever was named. */
static bool is_own(const struct call *call, uint64_t customer)
{
	return call->principal->role != PB__ROLE__ORGANISATION ||
	       (customer != 0 && call->principal->customer_id == customer);
}

/* What is secret is covered when it was named itself, and was as secret then: who approved the
 * grant looked at that. */
static bool names_secret(const Pb__Grant *grant, const Pb__Item *item)
{
	size_t at = place_among(grant->items, grant->n_items, item->id);

	return at < grant->n_items && at < grant->n_items_secrecy &&
	       item->secrecy <= grant->items_secrecy[at];
}

static bool reaches(struct call *call, const Pb__Grant *grant, const struct lineage *lineage)
{
	const Pb__Item *item = lineage->item;

	if (!allows(call, grant) || !is_own(call, item->customer_id) || !within_limits(grant, item))
		return false;
	if (item->secrecy >= PB__SECRECY__CONFIDENTIAL)
		return names_secret(grant, item);
	return grant->everything || source_of(grant, lineage) < cover_sources(grant);
}

size_t cover_first(struct call *call, Pb__Grant *const *grants, size_t count, const Pb__Item *item)
{
	struct lineage lineage;
	size_t at = 0;

	lineage_read(call, item, &lineage);
	if (lineage.sealed)
		return count;
	while (at < count && !reaches(call, grants[at], &lineage))
		at++;
	return at;
}

bool cover_grant_customer(const struct call *call, const Pb__Grant *grant, uint64_t customer)
{
	return allows(call, grant) && is_own(call, customer) &&
	       (grant->everything || among(grant->customers, grant->n_customers, customer));
}

const Pb__Grant *cover_item(struct call *call, const Pb__Item *item)
{
	size_t count;
	Pb__Grant *const *grants = cover_grants(call, &count);
	size_t at = count == 0 ? 0 : cover_first(call, grants, count, item);

	return at < count ? grants[at] : NULL;
}

const Pb__Grant *cover_customer(struct call *call, const Pb__Customer *customer)
{
	size_t count;
	Pb__Grant *const *grants = cover_grants(call, &count);

	for (size_t i = 0; i < count; i++)
		if (cover_grant_customer(call, grants[i], customer->id))
			return grants[i];
	return NULL;
}
