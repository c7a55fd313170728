#include "server/service/siblings.h"

#include <string.h>

#include "common/text.h"
#include "server/service/find.h"
#include "server/service/scope.h"

#define SCRATCH_MAX (64 * 1024)   /* one row at a time */
#define ADDED (UINT64_C(1) << 63) /* marks an index among ids */
#define AMBIGUOUS UINT64_MAX      /* several rows of the batch have this natural key */

enum key_kind { KEY_REF = 1, KEY_REF_ALONE, KEY_CONTENTS, KEY_PARENT, KEY_CUSTOMER, KEY_OFFICE };

static uint64_t key_by_ref(const char *ref, uint64_t office)
{
	return map_text(map_number(KEY_REF, office), ref);
}

static uint64_t key_by_contents(const Pb__Item *row)
{
	uint64_t key = map_number(KEY_CONTENTS, row->office_id);

	key = map_number(key, row->parent_id);
	key = map_number(key, row->customer_id);
	key = map_number(key, (uint64_t)row->kind);
	return map_text(key, row->title);
}

static bool is_same(const Pb__Item *known, const Pb__Item *row)
{
	return known->kind == row->kind && known->customer_id == row->customer_id &&
	       known->parent_id == row->parent_id && known->office_id == row->office_id &&
	       strcmp(known->title, row->title) == 0;
}

enum status siblings_init(struct siblings *siblings, struct call *call, Pb__Item **added,
			  size_t capacity)
{
	*siblings = (struct siblings){.call = call, .added = added, .left = SIBLINGS_MAX};
	map_init(&siblings->keys, call->arena);
	map_init(&siblings->loaded, call->arena);
	siblings->places = arena_calloc(call->arena, capacity, sizeof(char *));
	return siblings->places == NULL ? STATUS_MEMORY : STATUS_OK;
}

/* What an item without a natural key is best found among. */
static enum index_id narrowest(const Pb__Item *row, struct key *key, uint64_t *name)
{
	key->len = 0;
	if (row->parent_id != 0) {
		key_u64(key, row->parent_id);
		*name = map_number(KEY_PARENT, row->parent_id);
		return INDEX_item_by_parent;
	}
	if (row->customer_id != 0) {
		key_u64(key, row->customer_id);
		*name = map_number(KEY_CUSTOMER, row->customer_id);
		return INDEX_item_by_customer;
	}
	key_u64(key, row->office_id);
	*name = map_number(KEY_OFFICE, row->office_id);
	return INDEX_item_by_office;
}

/* Of several that look the same, one without a natural key is the one meant. */
static enum status remember(struct siblings *siblings, const Pb__Item *item, uint64_t value)
{
	uint64_t key = key_by_contents(item);

	if (map_get(&siblings->keys, key) != 0 && !text_empty(item->ref))
		return STATUS_OK;
	return map_put(&siblings->keys, key, value);
}

static enum status load(struct siblings *siblings, const Pb__Item *row)
{
	struct call *call = siblings->call;
	enum status status = STATUS_OK;
	const Pb__Item *item;
	struct arena scratch;
	struct walk *walk;
	struct key key;
	uint64_t name;
	uint64_t id;
	enum index_id index = narrowest(row, &key, &name);

	if (map_get(&siblings->loaded, name) != 0)
		return STATUS_OK;
	arena_init(&scratch, SCRATCH_MAX);
	walk = index_walk(call->txn, index, &key);
	while (status == STATUS_OK && walk_next(walk, &id)) {
		if (siblings->left-- == 0) {
			siblings->left = 0;
			status = call_refuse_field(call, REASON_required, "ref", 0);
			break;
		}
		item = item_get(call->txn, id, &scratch);
		if (item == NULL)
			status = STATUS_MEMORY;
		else if (scope_item(call, item))
			status = remember(siblings, item, id);
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
	return status != STATUS_OK ? status : map_put(&siblings->loaded, name, 1);
}

static Pb__Item *item_at(struct siblings *siblings, uint64_t value)
{
	if (value == 0 || value == AMBIGUOUS)
		return NULL;
	if (value & ADDED)
		return siblings->added[value & ~ADDED];
	return item_get(siblings->call->txn, value, siblings->call->arena);
}

enum status siblings_find(struct siblings *siblings, const Pb__Item *row, Pb__Item **known)
{
	enum status status;

	if (text_empty(row->ref)) {
		*known = NULL;
		status = load(siblings, row);
		if (status != STATUS_OK)
			return status;
		*known = item_at(siblings, map_get(&siblings->keys, key_by_contents(row)));
		if (*known != NULL && !is_same(*known, row))
			*known = NULL;
		return STATUS_OK;
	}
	*known = item_at(siblings, map_get(&siblings->keys, key_by_ref(row->ref, row->office_id)));
	if (*known == NULL || strcmp((*known)->ref, row->ref) != 0)
		*known = item_at(siblings, item_ref_owner(siblings->call, row));
	return STATUS_OK;
}

/* A row of this batch that has the natural key, NULL when there is none. */
static const Pb__Item *added_by(struct siblings *siblings, uint64_t key, const char *ref,
				struct container *container)
{
	uint64_t value = map_get(&siblings->keys, key);
	const Pb__Item *item = item_at(siblings, value);

	if (item == NULL || strcmp(item->ref, ref) != 0)
		return NULL;
	*container = (struct container){item, siblings->places[value & ~ADDED]};
	return item;
}

enum status siblings_container(struct siblings *siblings, const Pb__ItemDraft *draft,
			       struct container *container)
{
	struct call *call = siblings->call;
	uint64_t office = find_office_id(call, draft->office);
	enum status status;

	if (office == 0 && call->office != NULL)
		office = call->office->id;
	if (!text_empty(draft->parent) &&
	    added_by(siblings, key_by_ref(draft->parent, office), draft->parent, container) != NULL)
		return STATUS_OK;
	status = item_container(call, draft->parent, office, container);
	if (status == STATUS_NOT_FOUND && added_by(siblings, map_text(KEY_REF_ALONE, draft->parent),
						   draft->parent, container) != NULL) {
		pb__refusal__init(&call->refusal);
		status = STATUS_OK;
	}
	return status;
}

enum status siblings_add(struct siblings *siblings, Pb__Item *row,
			 const struct container *container)
{
	uint64_t value = ADDED | siblings->count;
	uint64_t alone = map_text(KEY_REF_ALONE, row->ref);
	enum status status = remember(siblings, row, value);

	siblings->added[siblings->count] = row;
	siblings->places[siblings->count] = container->item == NULL ? row->place : container->place;
	siblings->count++;
	if (status != STATUS_OK || text_empty(row->ref))
		return status;
	status = map_put(&siblings->keys, key_by_ref(row->ref, row->office_id), value);
	if (status == STATUS_OK)
		status = map_put(&siblings->keys, alone,
				 map_get(&siblings->keys, alone) == 0 ? value : AMBIGUOUS);
	return status;
}
