#include "server/service/item.h"

#include <string.h>

#include "common/text.h"
#include "server/service/erase.h"
#include "server/service/find.h"
#include "server/service/scope.h"
#include "server/service/tree.h"
#include "server/service/view.h"

#define SCRATCH_MAX (64 * 1024) /* one row at a time */

enum status item_container(struct call *call, const char *text, uint64_t office,
			   struct container *container)
{
	struct standing standing;
	enum status status;
	Pb__Item *item;

	*container = (struct container){.place = ""};
	if (text_empty(text))
		return STATUS_OK;
	status = find_item(call, text, office, &item);
	if (status == STATUS_OK)
		status = erase_refuse(call, item->erasure_id, item->number);
	if (status == STATUS_OK)
		status = tree_unsealed(call, item);
	if (status == STATUS_OK)
		status = tree_standing(call, item, &standing);
	if (status != STATUS_OK) {
		call->refusal.field = "parent";
		return status;
	}
	container->item = item;
	container->place = standing.outermost->place;
	return STATUS_OK;
}

static enum status refuse_in(struct call *call, enum reason_id reason, const char *field,
			     const char *subject)
{
	enum status status = call_refuse_field(call, reason, field, 0);

	call->refusal.subject = subject;
	return status;
}

static enum status take_customer(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	Pb__Customer *customer;
	enum status status;

	row->customer_id = 0;
	if (text_empty(draft->customer))
		return STATUS_OK;
	status = find_customer(call, draft->customer, row->office_id, &customer);
	if (status == STATUS_OK)
		status = erase_refuse(call, customer->erasure_id, customer->number);
	if (status == STATUS_OK)
		row->customer_id = customer->id;
	else
		call->refusal.field = "customer";
	return status;
}

/* What is said of no department stands in its container's. */
static enum status take_department(struct call *call, const Pb__ItemDraft *draft,
				   const struct container *container, Pb__Item *row)
{
	uint64_t otherwise = container->item == NULL ? 0 : container->item->department_id;
	enum status status = find_own_department(call, row->office_id, draft->department, otherwise,
						 &row->department_id);

	if (status != STATUS_OK)
		call->refusal.field = "department";
	return status;
}

/* Makes the row fit its container, or refuses. */
static enum status settle(struct call *call, const struct container *container, Pb__Item *row)
{
	const Pb__Item *parent = container->item;

	row->parent_id = parent == NULL ? 0 : parent->id;
	if (parent != NULL && !tree_holds(parent->kind, row->kind))
		return refuse_in(call, REASON_kind_order, "kind",
				 scope_number(call, parent, row->number));
	if (parent != NULL && parent->customer_id != 0) {
		if (row->customer_id == 0)
			row->customer_id = parent->customer_id;
		if (row->customer_id != parent->customer_id)
			return refuse_in(call, REASON_other_customer, "customer",
					 scope_number(call, parent, row->number));
	}
	if (row->customer_id == 0 && row->kind != PB__ITEM_KIND__BOX)
		return call_refuse_field(call, REASON_required, "customer", 0);
	return STATUS_OK;
}

/* The place of what stands in a container is the container's: it may be said, but is not kept. */
static enum status settle_place(struct call *call, const struct container *container, Pb__Item *row)
{
	if (container->item == NULL)
		return STATUS_OK;
	if (!text_empty(row->place) && strcmp(row->place, container->place) != 0)
		return call_refuse_field(call, REASON_malformed, "place", 0);
	row->place = "";
	return STATUS_OK;
}

enum status item_make(struct call *call, const Pb__ItemDraft *draft,
		      const struct container *container, Pb__Item *row)
{
	enum status status = item_take(call, draft, UINT64_MAX, row);
	Pb__Office *office;

	if (status != STATUS_OK)
		return status;
	if (container->item != NULL && text_empty(draft->office)) {
		row->office_id = container->item->office_id;
	} else {
		status = find_own_office(call, draft->office, &office);
		if (status != STATUS_OK) {
			call->refusal.field = "office";
			return status;
		}
		row->office_id = office->id;
	}
	if (container->item != NULL && container->item->office_id != row->office_id)
		return call_refuse_field(call, REASON_out_of_range, "office", 0);
	status = take_department(call, draft, container, row);
	if (status == STATUS_OK)
		status = take_customer(call, draft, row);
	if (status == STATUS_OK)
		status = settle(call, container, row);
	if (status == STATUS_OK)
		status = settle_place(call, container, row);
	return status;
}

/* Refuses when something directly in the row would not fit it any more. */
static enum status judge_contents(struct call *call, const Pb__Item *row)
{
	enum status status = STATUS_OK;
	struct key key = {.len = 0};
	const Pb__Item *content;
	struct arena scratch;
	struct walk *walk;
	uint64_t id;

	arena_init(&scratch, SCRATCH_MAX);
	key_u64(&key, row->id);
	walk = index_walk(call->txn, INDEX_item_by_parent, &key);
	while (status == STATUS_OK && walk_next(walk, &id)) {
		content = item_get(call->txn, id, &scratch);
		if (content == NULL)
			status = STATUS_MEMORY;
		else if (!tree_holds(row->kind, content->kind))
			status = refuse_in(call, REASON_kind_order, "kind", row->number);
		else if (row->customer_id != 0 && content->customer_id != row->customer_id)
			status = refuse_in(call, REASON_other_customer, "customer",
					   arena_printf(call->arena, "%s",
							scope_number(call, content, row->number)));
		arena_reset(&scratch);
	}
	walk_end(walk);
	arena_release(&scratch);
	return status;
}

/* What is out cannot be put elsewhere, nor anything into what is out. */
static enum status judge_move(struct call *call, const Pb__Item *item, bool itself)
{
	struct standing standing;
	enum status status = tree_standing(call, item, &standing);
	bool alone;

	if (status != STATUS_OK || standing.loan == NULL)
		return status;
	alone = (itself && standing.lent == item) || !scope_item(call, standing.lent);
	status = call_refuse(call, STATUS_ON_LOAN,
			     alone ? REASON_item_on_loan : REASON_container_on_loan,
			     scope_number(call, standing.lent, item->number));
	view_loan_facts(call, standing.loan, &call->refusal);
	return status;
}

static enum status move_into(struct call *call, const Pb__Item *row,
			     const struct container *container)
{
	uint64_t parent = container->item == NULL ? 0 : container->item->id;
	enum status status = STATUS_OK;
	bool within = false;

	if (parent == row->parent_id)
		return STATUS_OK;
	if (container->item != NULL)
		status = tree_within(call, row->id, container->item, &within);
	if (status == STATUS_OK && within)
		status = refuse_in(call, REASON_in_itself, "parent", row->number);
	if (status == STATUS_OK && container->item != NULL &&
	    container->item->office_id != row->office_id)
		status = call_refuse_field(call, REASON_out_of_range, "parent", 0);
	if (status == STATUS_OK)
		status = judge_move(call, row, true);
	if (status == STATUS_OK && container->item != NULL)
		status = judge_move(call, container->item, false);
	return status;
}

/* The container the row is to stand in: the one it stands in, whether that exists for the caller or
 * not, unless the draft names another. */
static enum status change_container(struct call *call, const Pb__ItemDraft *draft, uint64_t mask,
				    const Pb__Item *row, struct container *container)
{
	struct standing standing;
	enum status status;

	if (mask & ITEM_BIT(ITEM_FIELD_PARENT)) {
		status = item_container(call, draft->parent, row->office_id, container);
		return status != STATUS_OK ? status : move_into(call, row, container);
	}
	*container = (struct container){.place = ""};
	if (row->parent_id == 0)
		return STATUS_OK;
	container->item = item_get(call->txn, row->parent_id, call->arena);
	if (container->item == NULL)
		return STATUS_MEMORY;
	status = tree_standing(call, container->item, &standing);
	if (status == STATUS_OK)
		container->place = standing.outermost->place;
	return status;
}

enum status item_change(struct call *call, const Pb__ItemDraft *draft, uint64_t mask, Pb__Item *row)
{
	struct container container;
	Pb__Item was = *row;
	enum status status;

	if (mask & ITEM_BIT(ITEM_FIELD_OFFICE))
		return call_refuse_field(call, REASON_out_of_range, "office", 0);
	status = change_container(call, draft, mask, row, &container);
	if (status == STATUS_OK)
		status = item_take(call, draft, mask, row);
	if (status == STATUS_OK && mask & ITEM_BIT(ITEM_FIELD_DEPARTMENT))
		status = take_department(call, draft, &container, row);
	if (status == STATUS_OK && mask & ITEM_BIT(ITEM_FIELD_CUSTOMER))
		status = take_customer(call, draft, row);
	if (status == STATUS_OK)
		status = settle(call, &container, row);
	if (status == STATUS_OK && container.item != NULL && !(mask & ITEM_BIT(ITEM_FIELD_PLACE)))
		row->place = "";
	if (status == STATUS_OK)
		status = settle_place(call, &container, row);
	if (status == STATUS_OK && (row->kind != was.kind || row->customer_id != was.customer_id))
		status = judge_contents(call, row);
	return status;
}

uint64_t item_ref_owner(struct call *call, const Pb__Item *row)
{
	struct key key = {.len = 0};

	if (text_empty(row->ref))
		return 0;
	key_text(&key, row->ref);
	key_u64(&key, row->office_id);
	return index_find(call->txn, INDEX_item_by_ref, &key);
}
