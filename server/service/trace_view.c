#include "server/service/trace.h"

#include <string.h>

#include "server/ledger/ledger.h"
#include "server/service/confidential.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/tree.h"
#include "server/service/view.h"

#define SCRATCH_MAX (64 * 1024) /* one row at a time */

/* An import has many subjects: of a customer, who may have many contacts, only the number is
 * kept. */
static const char *customer_word(struct call *call, uint64_t id)
{
	const Pb__Customer *customer;
	const char *word = NULL;
	struct arena scratch;

	arena_init(&scratch, SCRATCH_MAX);
	customer = customer_get(call->txn, id, &scratch);
	if (customer != NULL && scope_customer(call, customer))
		word = arena_printf(call->arena, "%s", customer->number);
	arena_release(&scratch);
	return word;
}

static const char *item_word(struct call *call, uint64_t id)
{
	const Pb__Item *item = item_get(call->txn, id, call->arena);

	if (item == NULL || !scope_item(call, item))
		return NULL;
	if (item->secrecy == PB__SECRECY__SECRET)
		call->sensitive = true;
	return item->number;
}

static const char *loan_word(struct call *call, uint64_t id)
{
	const Pb__Loan *loan = loan_get(call->txn, id, call->arena);

	return loan == NULL ? arena_printf(call->arena, "loan-%llu", (unsigned long long)id)
			    : item_word(call, loan->item_id);
}

static const char *grant_word(struct call *call, uint64_t id)
{
	const Pb__Grant *grant = grant_get(call->txn, id, call->arena);

	return grant == NULL ? "" : grant->number;
}

static const char *approval_word(struct call *call, uint64_t id)
{
	const Pb__Approval *approval = approval_get(call->txn, id, call->arena);

	return approval == NULL ? "" : approval->number;
}

static const char *department_word(struct call *call, uint64_t id)
{
	const Pb__Department *department = department_get(call->txn, id, call->arena);

	return department == NULL ? "" : department->code;
}

/* For those who are named: the customer's number. */
static const char *confidential_word(struct call *call, uint64_t id)
{
	const Pb__Confidential *row = confidential_get(call->txn, id, call->arena);

	if (row == NULL || (call->principal != NULL && !confidential_is_named(call, row)))
		return NULL;
	return customer_word(call, row->customer_id);
}

const char *trace_word(struct call *call, const struct subject *subject)
{
	switch ((enum subject_kind)subject->kind) {
	case SUBJECT_OFFICE:
		return view_office_code(call, subject->id);
	case SUBJECT_PRINCIPAL:
		return view_login(call, subject->id);
	case SUBJECT_CUSTOMER:
		return customer_word(call, subject->id);
	case SUBJECT_ITEM:
		return item_word(call, subject->id);
	case SUBJECT_LOAN:
		return loan_word(call, subject->id);
	case SUBJECT_GRANT:
		return grant_word(call, subject->id);
	case SUBJECT_APPROVAL:
		return approval_word(call, subject->id);
	case SUBJECT_DEPARTMENT:
		return department_word(call, subject->id);
	case SUBJECT_DELEGATION:
		return arena_printf(call->arena, "delegation-%llu",
				    (unsigned long long)subject->id);
	case SUBJECT_CONFIDENTIAL:
		return confidential_word(call, subject->id);
	}
	return NULL;
}

/* What was asked and decided of a sealed item is as closed as the item. */
static bool is_sealed(struct call *call, const struct subject *subject)
{
	struct call inner = *call;
	const Pb__Loan *loan = NULL;
	const Pb__Item *item = NULL;
	struct arena scratch;
	bool sealed;

	if (subject->kind != SUBJECT_ITEM && subject->kind != SUBJECT_LOAN)
		return false;
	arena_init(&scratch, SCRATCH_MAX);
	inner.arena = &scratch;
	if (subject->kind == SUBJECT_LOAN)
		loan = loan_get(inner.txn, subject->id, &scratch);
	if (subject->kind == SUBJECT_ITEM)
		item = item_get(inner.txn, subject->id, &scratch);
	else if (loan != NULL)
		item = item_get(inner.txn, loan->item_id, &scratch);
	sealed = item != NULL && tree_sealed(&inner, item) != NULL;
	arena_release(&scratch);
	return sealed;
}

/* An import tells of rows that it did not add, and what was refused of records that it was not
 * about: those for whom not every record exists would learn of others. */
static bool tells_of_others(const struct entry *entry)
{
	const struct rpc *rpc = rpc_find(entry->rpc);

	if (entry->rpc == RPC_customer_import || entry->rpc == RPC_item_import)
		return true;
	return rpc != NULL && entry->class_ == ENTRY_REFUSAL && entry->subject_count == 0 &&
	       (rpc->permission == PERMISSION_CUSTOMER_WRITE ||
		rpc->permission == PERMISSION_ITEM_WRITE ||
		rpc->permission == PERMISSION_CIRCULATE);
}

/* Who may read the whole log sees what its entries are about. What was asked and decided he sees
 * only of what he may see the history of. */
static bool may_see_act(struct call *call, const struct entry *entry)
{
	enum scope scope = call->scope;
	bool whole = true;

	if (call->principal == NULL)
		return true;
	call->scope = role_scope(call->role, PERMISSION_HISTORY_READ);
	if (call->scope != SCOPE_ALL && entry->actor != call->principal->id)
		whole = !tells_of_others(entry);
	for (size_t i = 0; whole && i < entry->subject_count; i++)
		whole = trace_word(call, &entry->subjects[i]) != NULL &&
			!is_sealed(call, &entry->subjects[i]);
	call->scope = scope;
	return whole;
}

/* Fills the subjects; *whole tells whether all of them exist for the caller. Of a confidential
 * dossier that does not, nobody is told who has to do with it. */
static enum status view_subjects(struct call *call, const struct entry *entry,
				 Pb__LogListReply *reply, bool *whole)
{
	bool secret = false;
	const char *word;

	*whole = true;
	if (entry->subject_count == 0)
		return STATUS_OK;
	reply->subjects = arena_calloc(call->arena, entry->subject_count, sizeof(char *));
	if (reply->subjects == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < entry->subject_count; i++) {
		word = trace_word(call, &entry->subjects[i]);
		if (word == NULL)
			*whole = false;
		else
			reply->subjects[reply->n_subjects++] = word;
		secret =
			secret || (word == NULL && entry->subjects[i].kind == SUBJECT_CONFIDENTIAL);
	}
	if (secret)
		reply->n_subjects = 0;
	return STATUS_OK;
}

static void view_actor(struct call *call, const struct entry *entry, Pb__LogListReply *reply)
{
	const Pb__Principal *actor =
		entry->actor == 0 ? NULL : principal_get(call->txn, entry->actor, call->arena);

	reply->actor = actor == NULL ? "system" : actor->login;
	if (actor != NULL)
		reply->actor_name = actor->name;
	reply->office = view_office_code(call, entry->office);
}

static enum status view_header(struct call *call, const struct ledger_record *record,
			       Pb__LogListReply *reply)
{
	reply->entry.data = (uint8_t *)arena_copy(call->arena, record->header, record->header_len);
	if (reply->entry.data == NULL)
		return STATUS_MEMORY;
	reply->entry.len = record->header_len;
	return STATUS_OK;
}

/* What was asked and decided, but for what was erased. */
static enum status view_act(struct call *call, const struct ledger_record *record,
			    Pb__LogListReply *reply)
{
	struct message_fault fault;
	ProtobufCMessage *act;
	enum status status;

	if (record->payload_len == 0)
		return STATUS_OK;
	status = message_unpack(&pb__act__descriptor, record->payload, record->payload_len,
				call->arena, &act, &fault);
	if (status == STATUS_MESSAGE_INVALID)
		return STATUS_CORRUPT;
	if (status == STATUS_OK)
		reply->act = (Pb__Act *)(void *)act;
	return status;
}

enum status trace_view(struct call *call, const struct ledger_record *record,
		       Pb__LogListReply **made)
{
	const struct entry *entry = &record->entry;
	Pb__LogListReply *reply = make_log_list_reply(call);
	enum status status;
	bool whole;

	*made = reply;
	if (reply == NULL)
		return STATUS_MEMORY;
	reply->sequence = entry->sequence;
	reply->time = entry->time;
	reply->rpc = entry->rpc;
	reply->status = entry->status;
	reply->redacted = record->redacted;
	view_actor(call, entry, reply);
	status = view_subjects(call, entry, reply, &whole);
	if (status == STATUS_OK && whole)
		status = view_header(call, record, reply);
	if (status == STATUS_OK && whole && may_see_act(call, entry))
		status = view_act(call, record, reply);
	return status;
}

/* Whether masks leave the act of a view as it is stored. */
static enum status is_clear(struct call *call, const struct ledger_record *record,
			    Pb__LogListReply *reply, bool *clear)
{
	struct buf packed = BUF_EMPTY;
	enum status status = mask_message(&reply->base, MASK_RIGHT_NONE, call->arena);

	if (status == STATUS_OK)
		status = message_pack(&reply->act->base, &packed);
	*clear = status == STATUS_OK && packed.len == record->payload_len &&
		 memcmp(buf_head(&packed), record->payload, packed.len) == 0;
	buf_release(&packed);
	return status;
}

enum status trace_depth(struct call *call, const struct ledger_record *record,
			enum trace_depth *depth)
{
	Pb__LogListReply *reply;
	bool clear = false;
	enum status status = trace_view(call, record, &reply);

	if (status == STATUS_OK && reply->act != NULL && record->payload_len > 0)
		status = is_clear(call, record, reply, &clear);
	if (status == STATUS_OK)
		*depth = clear ? TRACE_ACT : reply->entry.data != NULL ? TRACE_HEADER : TRACE_LEAF;
	return status;
}
