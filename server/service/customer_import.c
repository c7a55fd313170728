#include <string.h>

#include "common/text.h"
#include "server/service/customer.h"
#include "server/service/import.h"
#include "server/service/make.h"
#include "server/service/map.h"
#include "server/service/number.h"
#include "server/service/scope.h"
#include "server/service/service.h"

#define NAMESAKES_MAX 100 /* customers of one name that are looked at */

/* One batch. */
struct batch {
	struct call *call;
	struct numbering numbering;
	Pb__CustomerImportReply *reply;
	struct map keys; /* of the rows added: index in reply->added + 1 */
};

/* A row is known by its natural key, or without one by office, kind and name. */
static uint64_t key_by_ref(const Pb__Customer *row)
{
	return map_text(map_number(1, row->office_id), row->ref);
}

static uint64_t key_by_name(const Pb__Customer *row)
{
	return map_text(map_number(map_number(2, row->office_id), (uint64_t)row->kind), row->name);
}

static bool is_same(const Pb__Customer *known, const Pb__Customer *row)
{
	if (known->office_id != row->office_id)
		return false;
	if (!text_empty(row->ref))
		return strcmp(known->ref, row->ref) == 0;
	return known->kind == row->kind && strcmp(known->name, row->name) == 0;
}

static Pb__Customer *find_added(struct batch *batch, const Pb__Customer *row)
{
	uint64_t index =
		map_get(&batch->keys, text_empty(row->ref) ? key_by_name(row) : key_by_ref(row));
	Pb__Customer *added = index == 0 ? NULL : batch->reply->added[index - 1];

	return added != NULL && is_same(added, row) ? added : NULL;
}

/* Among those of the same name rather one without a natural key, as the row has none. */
static Pb__Customer *find_by_name(struct call *call, const Pb__Customer *row)
{
	struct key key = {.len = 0};
	Pb__Customer *found = NULL;
	Pb__Customer *customer;
	struct walk *walk;
	uint64_t id;

	key_text(&key, row->name);
	walk = index_walk(call->txn, INDEX_customer_by_name, &key);
	for (unsigned i = 0; i < NAMESAKES_MAX && walk_next(walk, &id); i++) {
		customer = customer_get(call->txn, id, call->arena);
		if (customer == NULL || !is_same(customer, row) || !scope_customer(call, customer))
			continue;
		if (found == NULL || text_empty(customer->ref))
			found = customer;
		if (text_empty(found->ref))
			break;
	}
	walk_end(walk);
	return found;
}

static Pb__Customer *find_known(struct batch *batch, const Pb__Customer *row)
{
	Pb__Customer *added = find_added(batch, row);
	uint64_t id;

	if (added != NULL)
		return added;
	if (text_empty(row->ref))
		return find_by_name(batch->call, row);
	id = customer_ref_owner(batch->call, row);
	return id == 0 ? NULL : customer_get(batch->call->txn, id, batch->call->arena);
}

static enum status add(struct batch *batch, Pb__Customer *row, Pb__RowVerdict *verdict)
{
	struct call *call = batch->call;
	const Pb__Office *office = office_get(call->txn, row->office_id, call->arena);
	enum status status;

	if (office == NULL)
		return STATUS_MEMORY;
	status = numbering_next(&batch->numbering, office, &row->number);
	if (status != STATUS_OK)
		return status;
	row->id = call_new_id(call, TABLE_customer);
	row->version = 1;
	verdict->number = row->number;
	batch->reply->added[batch->reply->n_added++] = row;
	if (!text_empty(row->ref))
		status = map_put(&batch->keys, key_by_ref(row), batch->reply->n_added);
	if (status == STATUS_OK)
		status = map_put(&batch->keys, key_by_name(row), batch->reply->n_added);
	if (status != STATUS_OK)
		return status;
	return call_subject(call, SUBJECT_CUSTOMER, row->id) ? STATUS_OK : STATUS_LIMIT;
}

/* Whether contacts are as they are told says what a mask keeps: to try that out is a look, too. In
 * any case the entry says something of the customer, and is found when he is erased. */
static enum status tell_known(struct call *call, const Pb__Customer *known, const Pb__Customer *row)
{
	if (known->n_contacts > 0 && row->n_contacts > 0)
		call->sensitive = true;
	return call_subject(call, SUBJECT_CUSTOMER, known->id) ? STATUS_OK : STATUS_LIMIT;
}

static enum status judge_row(struct batch *batch, const Pb__CustomerDraft *draft,
			     Pb__RowVerdict *verdict)
{
	Pb__Customer *row = make_customer(batch->call);
	const Pb__Customer *known;
	enum status status;

	if (row == NULL)
		return STATUS_MEMORY;
	if (!call_has_room(batch->call))
		return import_too_large(batch->call);
	pb__refusal__init(&batch->call->refusal);
	status = customer_take(batch->call, draft, CUSTOMER_FIELDS_ALL, row);
	if (status != STATUS_OK)
		return import_invalid(batch->call, status, verdict);
	known = find_known(batch, row);
	if (known == NULL)
		return add(batch, row, verdict);
	if (!scope_customer(batch->call, known))
		return import_invalid(batch->call, call_refuse_taken(batch->call, "ref", row->ref),
				      verdict);
	import_present(verdict, known->number, customer_difference(known, row));
	return tell_known(batch->call, known, row);
}

enum status check_customer_import(struct call *call, const Pb__CustomerImportRequest *request,
				  Pb__CustomerImportReply *reply)
{
	struct import_envelope envelope = {request->source, request->digest, request->first_row,
					   request->n_rows};
	enum status status = import_envelope_check(call, &envelope);
	struct batch batch = {.call = call, .reply = reply};

	if (status != STATUS_OK)
		return status;
	numbering_init(&batch.numbering, call, call->config->number_customer,
		       INDEX_customer_by_number);
	map_init(&batch.keys, call->arena);
	reply->verdicts = arena_calloc(call->arena, request->n_rows, sizeof(Pb__RowVerdict *));
	reply->added = arena_calloc(call->arena, request->n_rows, sizeof(Pb__Customer *));
	if (reply->verdicts == NULL || reply->added == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < request->n_rows; i++) {
		reply->verdicts[i] = import_verdict(call, &envelope, i);
		if (reply->verdicts[i] == NULL)
			return STATUS_MEMORY;
		reply->n_verdicts++;
		status = judge_row(&batch, request->rows[i], reply->verdicts[i]);
	}
	reply->series = batch.numbering.series;
	reply->n_series = batch.numbering.count;
	return status;
}

void apply_customer_import(struct txn *txn, const struct entry *entry,
			   const Pb__CustomerImportRequest *request,
			   const Pb__CustomerImportReply *reply)
{
	(void)entry;
	(void)request;
	for (size_t i = 0; i < reply->n_series; i++)
		series_put(txn, reply->series[i]);
	for (size_t i = 0; i < reply->n_added; i++)
		customer_put(txn, reply->added[i]);
}
