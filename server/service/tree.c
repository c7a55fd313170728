#include "server/service/tree.h"

#include "server/service/scope.h"

#define CONTENTS_FIRST 64

bool tree_holds(Pb__ItemKind container, Pb__ItemKind content)
{
	switch (container) {
	case PB__ITEM_KIND__BOX:
		return content == PB__ITEM_KIND__VOLUME || content == PB__ITEM_KIND__PIECE;
	case PB__ITEM_KIND__VOLUME:
		return content == PB__ITEM_KIND__PIECE;
	default:
		return false;
	}
}

Pb__Loan *tree_open_loan(struct call *call, uint64_t item)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_u32(&key, 1);
	key_u64(&key, item);
	id = index_find(call->txn, INDEX_loan_open_by_item, &key);
	return id == 0 ? NULL : loan_get(call->txn, id, call->arena);
}

static enum status refuse_depth(struct call *call, const Pb__Item *item)
{
	enum status status = call_refuse(call, STATUS_LIMIT, REASON_depth_limit, item->number);

	call->refusal.limit = TREE_DEPTH_MAX;
	return status;
}

enum status tree_standing(struct call *call, const Pb__Item *item, struct standing *standing)
{
	*standing = (struct standing){.outermost = item};
	for (unsigned depth = 0; item != NULL; depth++) {
		if (depth > TREE_DEPTH_MAX)
			return refuse_depth(call, item);
		standing->outermost = item;
		standing->sealed = standing->sealed || item->sealed;
		if (standing->loan == NULL) {
			standing->loan = tree_open_loan(call, item->id);
			standing->lent = standing->loan == NULL ? NULL : item;
		}
		item = item->parent_id == 0 ? NULL
					    : item_get(call->txn, item->parent_id, call->arena);
	}
	return STATUS_OK;
}

const Pb__Item *tree_sealed(struct call *call, const Pb__Item *item)
{
	for (unsigned depth = 0; item != NULL && depth <= TREE_DEPTH_MAX; depth++) {
		if (item->sealed)
			return item;
		item = item->parent_id == 0 ? NULL
					    : item_get(call->txn, item->parent_id, call->arena);
	}
	return NULL;
}

enum status tree_unsealed(struct call *call, const Pb__Item *item)
{
	const Pb__Item *sealed = tree_sealed(call, item);

	return sealed == NULL ? STATUS_OK
			      : call_refuse(call, STATUS_BLOCKED, REASON_item_sealed,
					    scope_number(call, sealed, item->number));
}

enum status tree_within(struct call *call, uint64_t item, const Pb__Item *container, bool *within)
{
	*within = false;
	for (unsigned depth = 0; container != NULL && !*within; depth++) {
		if (depth >= TREE_DEPTH_MAX)
			return refuse_depth(call, container);
		*within = container->id == item;
		container = container->parent_id == 0
				    ? NULL
				    : item_get(call->txn, container->parent_id, call->arena);
	}
	return STATUS_OK;
}

struct contents {
	uint64_t *ids;
	size_t count;
	size_t capacity;
};

static enum status contents_add(struct call *call, struct contents *contents, uint64_t id)
{
	size_t capacity = contents->capacity == 0 ? CONTENTS_FIRST : 2 * contents->capacity;
	uint64_t *ids;

	if (contents->count == contents->capacity) {
		ids = arena_calloc(call->arena, capacity, sizeof(*ids));
		if (ids == NULL)
			return STATUS_MEMORY;
		for (size_t i = 0; i < contents->count; i++)
			ids[i] = contents->ids[i];
		contents->ids = ids;
		contents->capacity = capacity;
	}
	contents->ids[contents->count++] = id;
	return STATUS_OK;
}

/* Adds what stands directly in the container, as long as there are not more than max. */
static enum status contents_expand(struct call *call, struct contents *contents, uint64_t container,
				   size_t max)
{
	enum status status = STATUS_OK;
	struct key key = {.len = 0};
	struct walk *walk;
	uint64_t id;

	key_u64(&key, container);
	walk = index_walk(call->txn, INDEX_item_by_parent, &key);
	while (status == STATUS_OK && contents->count <= max && walk_next(walk, &id))
		status = contents_add(call, contents, id);
	walk_end(walk);
	return status;
}

enum status tree_contents(struct call *call, const Pb__Item *item, size_t max, uint64_t **ids,
			  size_t *count)
{
	struct contents contents = {0};
	enum status status = STATUS_OK;

	if (item->kind != PB__ITEM_KIND__PIECE)
		status = contents_expand(call, &contents, item->id, max);
	for (size_t i = 0; status == STATUS_OK && i < contents.count && contents.count <= max; i++)
		status = contents_expand(call, &contents, contents.ids[i], max);
	if (status == STATUS_OK && contents.count > max) {
		status = call_refuse(call, STATUS_LIMIT, REASON_too_many, item->number);
		call->refusal.limit = max;
	}
	*ids = contents.ids;
	*count = contents.count;
	return status;
}
