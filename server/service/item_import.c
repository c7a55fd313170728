#include "server/service/import.h"
#include "server/service/item.h"
#include "server/service/make.h"
#include "server/service/number.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/siblings.h"
#include "server/service/tree.h"

/* One batch. */
struct batch {
	struct call *call;
	struct numbering numbering;
	struct siblings siblings;
};

static enum status add(struct batch *batch, const struct container *container, Pb__Item *row,
		       Pb__RowVerdict *verdict)
{
	struct call *call = batch->call;
	const Pb__Office *office = office_get(call->txn, row->office_id, call->arena);
	enum status status;

	if (office == NULL)
		return STATUS_MEMORY;
	status = numbering_next(&batch->numbering, office, &row->number);
	if (status != STATUS_OK)
		return status;
	row->id = call_new_id(call, TABLE_item);
	row->version = 1;
	verdict->number = row->number;
	status = siblings_add(&batch->siblings, row, container);
	if (status != STATUS_OK)
		return status;
	if (!call_subject(call, SUBJECT_ITEM, row->id) ||
	    (row->customer_id != 0 && !call_subject(call, SUBJECT_CUSTOMER, row->customer_id)))
		return STATUS_LIMIT;
	return STATUS_OK;
}

static enum status judge_row(struct batch *batch, const Pb__ItemDraft *draft,
			     Pb__RowVerdict *verdict)
{
	Pb__Item *row = make_item(batch->call);
	struct container container;
	Pb__Item *known = NULL;
	enum status status;

	if (row == NULL)
		return STATUS_MEMORY;
	if (!call_has_room(batch->call))
		return import_too_large(batch->call);
	pb__refusal__init(&batch->call->refusal);
	status = siblings_container(&batch->siblings, draft, &container);
	if (status == STATUS_OK)
		status = item_make(batch->call, draft, &container, row);
	if (status == STATUS_OK)
		status = siblings_find(&batch->siblings, row, &known);
	if (status != STATUS_OK)
		return import_invalid(batch->call, status, verdict);
	if (known == NULL)
		return add(batch, &container, row, verdict);
	/* A sealed item is not known by its natural key either. */
	if (!scope_item(batch->call, known) || tree_sealed(batch->call, known) != NULL)
		return import_invalid(batch->call, call_refuse_taken(batch->call, "ref", row->ref),
				      verdict);
	import_present(verdict, known->number, item_difference(known, row));
	/* The entry says something of the item, and is found when that is erased. */
	return call_subject(batch->call, SUBJECT_ITEM, known->id) ? STATUS_OK : STATUS_LIMIT;
}

enum status check_item_import(struct call *call, const Pb__ItemImportRequest *request,
			      Pb__ItemImportReply *reply)
{
	struct import_envelope envelope = {request->source, request->digest, request->first_row,
					   request->n_rows};
	enum status status = import_envelope_check(call, &envelope);
	struct batch batch = {.call = call};

	if (status != STATUS_OK)
		return status;
	numbering_init(&batch.numbering, call, call->config->number_item, INDEX_item_by_number);
	reply->verdicts = arena_calloc(call->arena, request->n_rows, sizeof(Pb__RowVerdict *));
	reply->added = arena_calloc(call->arena, request->n_rows, sizeof(Pb__Item *));
	if (reply->verdicts == NULL || reply->added == NULL)
		return STATUS_MEMORY;
	status = siblings_init(&batch.siblings, call, reply->added, request->n_rows);
	for (size_t i = 0; status == STATUS_OK && i < request->n_rows; i++) {
		reply->verdicts[i] = import_verdict(call, &envelope, i);
		if (reply->verdicts[i] == NULL)
			return STATUS_MEMORY;
		reply->n_verdicts++;
		status = judge_row(&batch, request->rows[i], reply->verdicts[i]);
	}
	reply->n_added = batch.siblings.count;
	reply->series = batch.numbering.series;
	reply->n_series = batch.numbering.count;
	return status;
}

void apply_item_import(struct txn *txn, const struct entry *entry,
		       const Pb__ItemImportRequest *request, const Pb__ItemImportReply *reply)
{
	(void)entry;
	(void)request;
	for (size_t i = 0; i < reply->n_series; i++)
		series_put(txn, reply->series[i]);
	for (size_t i = 0; i < reply->n_added; i++)
		item_put(txn, reply->added[i]);
}
