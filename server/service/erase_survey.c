#include "server/service/erase_survey.h"

#include <stdlib.h>
#include <string.h>

#include "server/service/ids.h"
#include "server/service/tree.h"
#include "server/service/view.h"

static int compare_texts(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

enum status erase_refuse_many(struct call *call, uint64_t limit)
{
	enum status status = call_refuse(call, STATUS_LIMIT, REASON_erase_too_many, NULL);

	call->refusal.limit = limit;
	return status;
}

/* ---- records ---- */

/* Not while it, or what it is in, is out. */
static enum status judge_item(struct call *call, const Pb__Item *item)
{
	struct standing standing;
	enum status status = tree_standing(call, item, &standing);

	if (status != STATUS_OK || standing.lent == NULL)
		return status;
	status = call_refuse(call, STATUS_ON_LOAN, REASON_erase_loan_open, standing.lent->number);
	view_loan_facts(call, standing.loan, &call->refusal);
	return status;
}

/* Takes the items of these ids, in any order, with their numbers. */
static enum status take_items(struct call *call, struct ids *ids, Pb__EraseReply *reply)
{
	enum status status = STATUS_OK;

	ids_sort(ids);
	reply->items = ids->ids;
	reply->n_items = ids->count;
	for (size_t i = 0; status == STATUS_OK && i < ids->count; i++) {
		const Pb__Item *item = item_get(call->txn, ids->ids[i], call->arena);

		if (item == NULL)
			return STATUS_MEMORY;
		reply->numbers[reply->n_numbers++] = item->number;
		status = judge_item(call, item);
		if (status == STATUS_OK && !call_subject(call, SUBJECT_ITEM, item->id))
			status = STATUS_LIMIT;
	}
	qsort(reply->numbers, reply->n_numbers, sizeof(char *), compare_texts);
	return status;
}

static enum status make_numbers(struct call *call, Pb__EraseReply *reply, const char *first)
{
	reply->numbers = arena_calloc(call->arena, ERASE_ITEMS_MAX + 1, sizeof(char *));
	if (reply->numbers == NULL)
		return STATUS_MEMORY;
	if (first != NULL)
		reply->numbers[reply->n_numbers++] = first;
	return STATUS_OK;
}

enum status erase_survey_customer(struct call *call, const Pb__Customer *customer,
				  Pb__EraseReply *reply)
{
	enum status status = make_numbers(call, reply, customer->number);
	struct ids ids = {0};
	struct key key = {.len = 0};
	struct walk *walk;
	uint64_t id;

	if (status != STATUS_OK)
		return status;
	reply->customer = customer->id;
	key_u64(&key, customer->id);
	walk = index_walk(call->txn, INDEX_item_by_customer, &key);
	while (status == STATUS_OK && walk_next(walk, &id))
		status = ids.count == ERASE_ITEMS_MAX ? erase_refuse_many(call, ERASE_ITEMS_MAX)
						      : ids_add(call->arena, &ids, id);
	walk_end(walk);
	return status == STATUS_OK ? take_items(call, &ids, reply) : status;
}

enum status erase_survey_item(struct call *call, const Pb__Item *item, Pb__EraseReply *reply)
{
	enum status status = make_numbers(call, reply, NULL);
	struct ids ids = {0};
	uint64_t *contents;
	size_t count;

	if (status == STATUS_OK)
		status = tree_contents(call, item, TREE_CONTENTS_MAX, &contents, &count);
	if (status == STATUS_OK && count >= ERASE_ITEMS_MAX)
		status = erase_refuse_many(call, ERASE_ITEMS_MAX);
	if (status == STATUS_OK)
		status = ids_add(call->arena, &ids, item->id);
	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		status = ids_add(call->arena, &ids, contents[i]);
	return status == STATUS_OK ? take_items(call, &ids, reply) : status;
}
