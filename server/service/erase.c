#include "server/service/erase.h"

#include <string.h>

#include "common/text.h"
#include "server/service/erase_survey.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/redact.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/view.h"

#define SCRATCH_MAX ((size_t)1 << 20) /* one row */

enum status erase_refuse(struct call *call, uint64_t erasure, const char *number)
{
	return erasure == 0 ? STATUS_OK
			    : call_refuse(call, STATUS_CONFLICT, REASON_record_erased, number);
}

Pb__Erasure *erase_view(struct call *call, uint64_t erasure)
{
	return erasure == 0 ? NULL : erasure_get(call->txn, erasure, call->arena);
}

/* ---- asking ---- */

/* A natural key is one of the texts that have to go, and what is asked here is kept. */
static enum status judge_number(struct call *call, const char *asked, const char *number,
				const char *field)
{
	return strcmp(asked, number) == 0 ? STATUS_OK
					  : call_refuse_field(call, REASON_malformed, field, 0);
}

static struct approval_ask ask_of_customer(const Pb__Customer *customer)
{
	return (struct approval_ask){
		.kind = APPROVAL_ERASE,
		.office = customer->office_id,
		.subject = {.kind = SUBJECT_CUSTOMER, .id = customer->id},
		.number = customer->number,
		.detail = customer->number,
	};
}

static struct approval_ask ask_of_item(const Pb__Item *item)
{
	return (struct approval_ask){
		.kind = APPROVAL_ERASE,
		.office = item->office_id,
		.subject = {.kind = SUBJECT_ITEM, .id = item->id},
		.number = item->number,
		.detail = item->number,
		.secrecy = item->secrecy,
		.authenticity = item->authenticity,
	};
}

enum status erase_ask(struct call *call, const char *subject, struct approval_ask *ask,
		      bool *needed)
{
	Pb__Customer *customer;
	Pb__Item *item;
	enum status status = find_customer(call, subject, 0, &customer);

	if (status == STATUS_OK) {
		*ask = ask_of_customer(customer);
		status = erase_refuse(call, customer->erasure_id, customer->number);
	} else if (status == STATUS_NOT_FOUND) {
		pb__refusal__init(&call->refusal);
		status = find_item(call, subject, 0, &item);
		if (status != STATUS_OK)
			return status;
		*ask = ask_of_item(item);
		status = erase_refuse(call, item->erasure_id, item->number);
	}
	if (status == STATUS_OK)
		status = judge_number(call, subject, ask->number, "subject");
	return status == STATUS_OK ? approval_needed(call, ask, needed) : status;
}

/* ---- the act ---- */

static enum status find_subject(struct call *call, const Pb__EraseRequest *request,
				struct approval_ask *ask, Pb__EraseReply *reply)
{
	Pb__Customer *customer;
	Pb__Item *item;
	enum status status;

	if (text_empty(request->customer) == text_empty(request->item))
		return call_refuse_field(call, REASON_malformed, "customer", 0);
	if (!text_empty(request->customer)) {
		status = find_customer(call, request->customer, 0, &customer);
		if (status != STATUS_OK)
			return status;
		*ask = ask_of_customer(customer);
		if (!call_subject(call, SUBJECT_CUSTOMER, customer->id))
			return STATUS_LIMIT;
		status = erase_refuse(call, customer->erasure_id, customer->number);
		return status == STATUS_OK ? erase_survey_customer(call, customer, reply) : status;
	}
	status = find_item(call, request->item, 0, &item);
	if (status != STATUS_OK)
		return status;
	*ask = ask_of_item(item);
	if (!call_subject(call, SUBJECT_ITEM, item->id))
		return STATUS_LIMIT;
	status = erase_refuse(call, item->erasure_id, item->number);
	return status == STATUS_OK ? erase_survey_item(call, item, reply) : status;
}

static enum status make_row(struct call *call, const Pb__EraseRequest *request,
			    const struct approval_ask *ask, Pb__EraseReply *reply)
{
	Pb__Erasure *row = make_erasure(call);

	if (row == NULL)
		return STATUS_MEMORY;
	row->id = call_new_id(call, TABLE_erasure);
	row->by = call->principal == NULL ? 0 : call->principal->id;
	row->subject_kind = ask->subject.kind;
	row->subject_id = ask->subject.id;
	row->number = ask->number;
	row->reason = request->reason;
	row->entries = (uint32_t)reply->n_redacted;
	row->items = (uint32_t)reply->n_items;
	reply->erasure = row;
	return STATUS_OK;
}

enum status check_erase(struct call *call, const Pb__EraseRequest *request, Pb__EraseReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	struct approval_ask ask = {0};
	Pb__Approval *used = NULL;

	reply->version = REDACTION_VERSION;
	if (status == STATUS_OK)
		status = find_subject(call, request, &ask, reply);
	if (status == STATUS_OK)
		status = judge_number(
			call, text_empty(request->customer) ? request->item : request->customer,
			ask.number, text_empty(request->customer) ? "item" : "customer");
	if (status == STATUS_OK)
		status = approval_take(call, request->approval, &ask, &used);
	if (status == STATUS_OK)
		status = erase_survey_entries(call, reply);
	if (status == STATUS_OK)
		status = make_row(call, request, &ask, reply);
	if (status == STATUS_OK && used != NULL)
		reply->erasure->approval_id = used->id;
	return status;
}

/* ---- what it does to the state ---- */

static void mark_erased(enum table table, ProtobufCMessage *row, uint64_t erasure)
{
	uint64_t *mark = table == TABLE_customer ? &((Pb__Customer *)(void *)row)->erasure_id
			 : table == TABLE_item   ? &((Pb__Item *)(void *)row)->erasure_id
						 : NULL;

	if (mark != NULL && *mark == 0) /* an item may have gone before its customer */
		*mark = erasure;
}

/* Blanks rows of one table. */
static void blank(struct txn *txn, const Pb__EraseReply *reply, enum table table,
		  const uint64_t *ids, size_t count)
{
	struct arena scratch;

	arena_init(&scratch, SCRATCH_MAX);
	for (size_t i = 0; i < count; i++) {
		ProtobufCMessage *row = table_get(txn, table, ids[i], &scratch);

		if (row == NULL) /* a failure of the store, which sticks in the txn */
			break;
		(void)redact_row(reply, row); /* it is one of the erased */
		mark_erased(table, row, reply->erasure->id);
		table_put(txn, table, ids[i], row);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}

void apply_erase(struct txn *txn, const struct entry *entry, const Pb__EraseRequest *request,
		 const Pb__EraseReply *reply)
{
	Pb__Erasure row = *reply->erasure;

	(void)request;
	row.sequence = entry->sequence;
	row.at = entry->time;
	if (reply->customer != 0)
		blank(txn, reply, TABLE_customer, &reply->customer, 1);
	blank(txn, reply, TABLE_item, reply->items, reply->n_items);
	blank(txn, reply, TABLE_loan, reply->loans, reply->n_loans);
	blank(txn, reply, TABLE_grant, reply->grants, reply->n_grants);
	blank(txn, reply, TABLE_approval, reply->approvals, reply->n_approvals);
	blank(txn, reply, TABLE_confidential, reply->confidential, reply->n_confidential);
	if (row.approval_id != 0)
		approval_used_put(txn, row.approval_id, entry->time);
	erasure_put(txn, &row);
}

/* ---- the list ---- */

static enum status view_approval(struct call *call, uint64_t id, Pb__ErasureListReply *reply)
{
	const Pb__Approval *row = id == 0 ? NULL : approval_get(call->txn, id, call->arena);

	if (row == NULL)
		return STATUS_OK;
	reply->approval = row->number;
	reply->approved_by = arena_calloc(call->arena, row->n_decisions + 1, sizeof(char *));
	if (reply->approved_by == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_decisions; i++)
		reply->approved_by[reply->n_approved_by++] =
			view_login(call, row->decisions[i]->by);
	return STATUS_OK;
}

static enum status emit_erasure(struct call *call, struct scan *scan, const void *request,
				uint64_t id)
{
	Pb__ErasureListReply reply = PB__ERASURE_LIST_REPLY__INIT;
	enum status status;

	(void)request;
	reply.erasure = erasure_get(call->txn, id, call->arena);
	if (reply.erasure == NULL)
		return STATUS_MEMORY;
	reply.by = view_login(call, reply.erasure->by);
	status = view_approval(call, reply.erasure->approval_id, &reply);
	if (status == STATUS_OK)
		scan_emit(scan, &reply.base);
	return status;
}

enum status scan_erasure_list(struct call *call, const Pb__ErasureListRequest *request,
			      struct scan *scan)
{
	struct slice slice = {
		.index = INDEX_erasure_by_sequence, .row = emit_erasure, .limit = request->limit};

	return slice_walk(call, scan, &slice);
}
