#include "server/service/cover.h"

#include <string.h>

#include "server/service/tree.h"

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

Pb__Grant *const *cover_grants(struct call *call, size_t *count)
{
	struct key key = {.len = 0};
	struct walk *walk;
	Pb__Grant *grant;
	uint64_t id;

	*count = call->grant_count;
	if (call->grants != NULL || call->principal == NULL)
		return call->grants;
	call->grants = arena_calloc(call->arena, COVER_GRANTS_MAX, sizeof(*call->grants));
	if (call->grants == NULL)
		return NULL;
	key_u64(&key, call->principal->id);
	walk = index_walk(call->txn, INDEX_grant_by_principal, &key);
	while (call->grant_count < COVER_GRANTS_MAX && walk_next(walk, &id)) {
		grant = grant_get(call->txn, id, call->arena);
		if (grant != NULL && cover_is_active(call, grant))
			call->grants[call->grant_count++] = grant;
	}
	walk_end(walk);
	*count = call->grant_count;
	return call->grants;
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

/* The first named item that is this one or contains it. */
static size_t naming(struct call *call, const Pb__Grant *grant, const Pb__Item *item)
{
	size_t first = grant->n_items;

	for (int depth = 0; item != NULL && depth <= TREE_DEPTH_MAX; depth++) {
		first = place_among(grant->items, first, item->id);
		if (first == 0 || item->parent_id == 0)
			return first;
		item = item_get(call->txn, item->parent_id, call->arena);
	}
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

size_t cover_source(struct call *call, const Pb__Grant *grant, const Pb__Item *item)
{
	size_t at = item->customer_id == 0
			    ? grant->n_customers
			    : place_among(grant->customers, grant->n_customers, item->customer_id);

	if (at < grant->n_customers)
		return at;
	at = grant->n_items == 0 ? 0 : naming(call, grant, item);
	if (at < grant->n_items)
		return grant->n_customers + at;
	return grant->n_customers + grant->n_items + beginning(grant, item);
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

static bool reaches(struct call *call, const Pb__Grant *grant, const Pb__Item *item)
{
	if (!allows(call, grant) || !is_own(call, item->customer_id))
		return false;
	if (item->secrecy >= PB__SECRECY__CONFIDENTIAL)
		return among(grant->items, grant->n_items, item->id);
	return within_limits(grant, item) &&
	       (grant->everything || cover_source(call, grant, item) < cover_sources(grant));
}

bool cover_grant_item(struct call *call, const Pb__Grant *grant, const Pb__Item *item)
{
	return !item->sealed && reaches(call, grant, item) && tree_sealed(call, item) == NULL;
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

	for (size_t i = 0; i < count; i++)
		if (cover_grant_item(call, grants[i], item))
			return grants[i];
	return NULL;
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
