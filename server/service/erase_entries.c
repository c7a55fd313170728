/* The entries of an erasure: see erase_survey.h. */
#include "server/service/erase_survey.h"

#include <string.h>

#include "common/approval.h"
#include "server/ledger/redaction.h"
#include "server/service/approval.h"
#include "server/service/grant.h"
#include "server/service/ids.h"
#include "server/service/make.h"
#include "server/service/map.h"
#include "server/service/redact.h"

#define SCRATCH_MAX ((size_t)16 << 20) /* one act, as the writer's */

struct survey {
	struct call *call;
	Pb__EraseReply *reply;
	struct ledger_reader *reader;
	struct arena scratch; /* of one entry */
	struct map known;     /* entries, and rows by kind and id, that were met */
	struct ids entries;
	struct ids loans;
	struct ids grants;    /* that were met; those that count are moved to the front */
	struct ids approvals; /* likewise */
};

/* Adds what is met for the first time. */
static enum status meet(struct survey *survey, uint64_t kind, uint64_t id, struct ids *ids,
			bool *first)
{
	uint64_t key = map_number(map_number(0, kind), id);
	enum status status;

	*first = map_get(&survey->known, key) == 0;
	if (!*first)
		return STATUS_OK;
	status = map_put(&survey->known, key, 1);
	return status == STATUS_OK ? ids_add(survey->call->arena, ids, id) : status;
}

/* ---- one entry ---- */

static enum status meet_loans(struct survey *survey, Pb__ItemOutcome *const *outcomes, size_t count)
{
	enum status status = STATUS_OK;
	bool first;

	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		Pb__Loan *loan = outcomes[i]->loan;

		/* Whether it is one of theirs is seen by blanking it: it is a copy. */
		if (loan != NULL && redact_row(survey->reply, &loan->base))
			status = meet(survey, SUBJECT_LOAN, loan->id, &survey->loans, &first);
	}
	return status;
}

/* Loans are no subjects of entries: their rows are what an act on items has decided. */
static enum status find_loans(struct survey *survey, const struct ledger_record *record)
{
	ProtobufCAllocator *memory = &survey->scratch.allocator;
	const ProtobufCBinaryData *bytes;
	const Pb__Act *act;

	if (record->entry.class_ != ENTRY_CHANGE || record->payload_len == 0 ||
	    (record->entry.rpc != RPC_borrow && record->entry.rpc != RPC_return &&
	     record->entry.rpc != RPC_renew))
		return STATUS_OK;
	act = pb__act__unpack(memory, record->payload_len, record->payload);
	if (act == NULL)
		return STATUS_CORRUPT;
	bytes = &act->reply;
#define LOANS(Message, message)                                                                    \
	do {                                                                                       \
		const Pb__##Message##Reply *reply =                                                \
			pb__##message##_reply__unpack(memory, bytes->len, bytes->data);            \
		return reply == NULL ? STATUS_CORRUPT                                              \
				     : meet_loans(survey, reply->outcomes, reply->n_outcomes);     \
	} while (0)
	if (record->entry.rpc == RPC_borrow)
		LOANS(Borrow, borrow);
	if (record->entry.rpc == RPC_return)
		LOANS(Return, return );
	LOANS(Renew, renew);
#undef LOANS
}

static enum status meet_subjects(struct survey *survey, const struct entry *entry)
{
	enum status status = STATUS_OK;
	bool first;

	for (size_t i = 0; status == STATUS_OK && i < entry->subject_count; i++) {
		const struct subject *subject = &entry->subjects[i];

		if (subject->kind == SUBJECT_GRANT)
			status = meet(survey, SUBJECT_GRANT, subject->id, &survey->grants, &first);
		if (subject->kind == SUBJECT_APPROVAL)
			status = meet(survey, SUBJECT_APPROVAL, subject->id, &survey->approvals,
				      &first);
	}
	return status;
}

static enum status read_entry(struct survey *survey, uint64_t sequence,
			      struct ledger_record *record)
{
	enum status status;

	arena_reset(&survey->scratch);
	ledger_reader_seek(survey->reader, sequence);
	status = ledger_reader_next(survey->reader, record);
	return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
}

static enum status meet_entry(struct survey *survey, uint64_t sequence)
{
	struct ledger_record record;
	enum status status;
	bool first;

	status = meet(survey, 0, sequence, &survey->entries, &first);
	if (status != STATUS_OK || !first)
		return status;
	if (survey->entries.count > ERASE_ENTRIES_MAX)
		return erase_refuse_many(survey->call, ERASE_ENTRIES_MAX);
	status = read_entry(survey, sequence, &record);
	if (status == STATUS_OK)
		status = find_loans(survey, &record);
	return status == STATUS_OK ? meet_subjects(survey, &record.entry) : status;
}

static enum status walk_trail(struct survey *survey, enum subject_kind kind, uint64_t id)
{
	struct subject subject = {.kind = (uint8_t)kind, .id = id};
	uint64_t size = ledger_size(survey->call->ledger);
	enum status status = STATUS_OK;
	uint64_t sequence;

	for (uint64_t from = 0; status == STATUS_OK; from = sequence + 1) {
		if (!trail_next(survey->call->txn, &subject, from, &sequence) || sequence >= size)
			break;
		status = meet_entry(survey, sequence);
	}
	return status == STATUS_OK ? txn_status(survey->call->txn) : status;
}

/* ---- what is about them ---- */

static bool names(const Pb__EraseReply *reply, const Pb__Grant *grant)
{
	for (size_t i = 0; i < grant->n_customers; i++)
		if (reply->customer != 0 && grant->customers[i] == reply->customer)
			return true;
	for (size_t i = 0; i < grant->n_items; i++)
		if (redact_has(reply->items, reply->n_items, grant->items[i]))
			return true;
	return false;
}

static bool is_open(Pb__GrantState state)
{
	return state != PB__GRANT_STATE__GRANT_REVOKED && state != PB__GRANT_STATE__GRANT_ENDED &&
	       state != PB__GRANT_STATE__GRANT_DECLINED &&
	       state != PB__GRANT_STATE__GRANT_WITHDRAWN;
}

/* Whether a grant that was met names one of them; not while it is open. */
static enum status judge_grant(struct survey *survey, uint64_t id, bool *counts)
{
	struct call *call = survey->call;
	const Pb__Grant *grant = grant_get(call->txn, id, call->arena);

	if (grant == NULL)
		return STATUS_MEMORY;
	*counts = names(survey->reply, grant);
	if (*counts && is_open(grant_state(call, grant)))
		return call_refuse(call, STATUS_BLOCKED, REASON_erase_grant_open, grant->number);
	return STATUS_OK;
}

static enum status judge_approval(struct survey *survey, uint64_t id, bool *counts)
{
	struct call *call = survey->call;
	Pb__Approval *approval = approval_get(call->txn, id, call->arena);

	if (approval == NULL)
		return STATUS_MEMORY;
	*counts = redact_row(survey->reply, &approval->base);
	if (*counts && approval->state == PB__APPROVAL_STATE__WAITING)
		return call_refuse(call, STATUS_BLOCKED, REASON_erase_approval_open,
				   approval->number);
	return STATUS_OK;
}

/* Those that were met from *done on, while they become more; ids that count are kept in front. */
static enum status judge_all(struct survey *survey, enum subject_kind kind, struct ids *met,
			     size_t *done, size_t *kept)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && *done < met->count) {
		uint64_t id = met->ids[(*done)++];
		bool counts = false;

		status = kind == SUBJECT_GRANT ? judge_grant(survey, id, &counts)
					       : judge_approval(survey, id, &counts);
		if (status != STATUS_OK || !counts)
			continue;
		met->ids[(*kept)++] = id;
		status = walk_trail(survey, kind, id);
	}
	return status;
}

/* Copied and sorted, since what is met still grows. */
static enum status list(struct survey *survey, const struct ids *met, size_t kept, uint64_t **ids,
			size_t *count)
{
	struct ids sorted = {0};
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < kept; i++)
		status = ids_add(survey->call->arena, &sorted, met->ids[i]);
	ids_sort(&sorted);
	*ids = sorted.ids;
	*count = sorted.count;
	return status;
}

/* Grants first: an approval about one is met in the same entry. */
static enum status judge_rows(struct survey *survey)
{
	Pb__EraseReply *reply = survey->reply;
	size_t grants_done = 0;
	size_t grants_kept = 0;
	size_t approvals_done = 0;
	size_t approvals_kept = 0;
	enum status status = STATUS_OK;

	while (status == STATUS_OK &&
	       (grants_done < survey->grants.count || approvals_done < survey->approvals.count)) {
		status = judge_all(survey, SUBJECT_GRANT, &survey->grants, &grants_done,
				   &grants_kept);
		if (status == STATUS_OK)
			status = list(survey, &survey->grants, grants_kept, &reply->grants,
				      &reply->n_grants);
		if (status == STATUS_OK)
			status = judge_all(survey, SUBJECT_APPROVAL, &survey->approvals,
					   &approvals_done, &approvals_kept);
	}
	if (status != STATUS_OK)
		return status;
	status = list(survey, &survey->approvals, approvals_kept, &reply->approvals,
		      &reply->n_approvals);
	return status == STATUS_OK ? list(survey, &survey->loans, survey->loans.count,
					  &reply->loans, &reply->n_loans)
				   : status;
}

static enum status find_confidential(struct survey *survey)
{
	Pb__EraseReply *reply = survey->reply;
	struct ids ids = {0};
	struct key key = {.len = 0};
	enum status status;
	uint64_t id;

	if (reply->customer == 0)
		return STATUS_OK;
	key_u64(&key, reply->customer);
	id = index_find(survey->call->txn, INDEX_confidential_by_customer, &key);
	if (id == 0)
		return STATUS_OK;
	status = ids_add(survey->call->arena, &ids, id);
	reply->confidential = ids.ids;
	reply->n_confidential = ids.count;
	return status == STATUS_OK ? walk_trail(survey, SUBJECT_CONFIDENTIAL, id) : status;
}

/* ---- what will be left of them ---- */

/* Adds the entry to the list, unless there is nothing in it that has to go. */
static enum status list_entry(struct survey *survey, uint64_t sequence, struct hash *hash,
			      struct buf *left, struct buf *bytes)
{
	Pb__EraseReply *reply = survey->reply;
	struct arena *arena = survey->call->arena;
	struct ledger_record record;
	Pb__Redacted *redacted;
	bool changed = false;
	enum status status = read_entry(survey, sequence, &record);

	buf_clear(left);
	buf_clear(bytes);
	if (status == STATUS_OK && record.stored_len > 0)
		status = redact_payload(reply, &record.entry, record.payload, record.payload_len,
					record.stored_len - 1, &survey->scratch, left, &changed);
	if (status != STATUS_OK || !changed)
		return status;
	redacted = make_redacted(survey->call);
	if (redacted == NULL || buf_reserve(bytes, redaction_len(&record)) == NULL)
		return STATUS_MEMORY;
	status = redaction_make(&record, buf_head(left), left->len,
				buf_reserve(bytes, redaction_len(&record)));
	redacted->digest.data = arena_alloc(arena, HASH_LEN);
	if (status != STATUS_OK || redacted->digest.data == NULL)
		return status == STATUS_OK ? STATUS_MEMORY : status;
	redaction_digest(hash, bytes->bytes + bytes->start, redaction_len(&record),
			 redacted->digest.data);
	redacted->digest.len = HASH_LEN;
	redacted->sequence = sequence;
	reply->redacted[reply->n_redacted++] = redacted;
	return STATUS_OK;
}

static enum status list_entries(struct survey *survey)
{
	struct hash *hash = hash_new();
	struct buf left = BUF_EMPTY;
	struct buf bytes = BUF_EMPTY;
	enum status status = hash == NULL ? STATUS_MEMORY : STATUS_OK;

	ids_sort(&survey->entries);
	survey->reply->redacted = arena_calloc(survey->call->arena, survey->entries.count + 1,
					       sizeof(Pb__Redacted *));
	if (survey->reply->redacted == NULL)
		status = STATUS_MEMORY;
	for (size_t i = 0; status == STATUS_OK && i < survey->entries.count; i++)
		status = list_entry(survey, survey->entries.ids[i], hash, &left, &bytes);
	buf_release(&left);
	buf_release(&bytes);
	hash_free(hash);
	return status;
}

enum status erase_survey_entries(struct call *call, Pb__EraseReply *reply)
{
	struct survey survey = {.call = call, .reply = reply};
	enum status status = ledger_reader_new(&survey.reader, call->ledger);

	if (status != STATUS_OK)
		return status;
	arena_init(&survey.scratch, SCRATCH_MAX);
	map_init(&survey.known, call->arena);
	if (reply->customer != 0)
		status = walk_trail(&survey, SUBJECT_CUSTOMER, reply->customer);
	for (size_t i = 0; status == STATUS_OK && i < reply->n_items; i++)
		status = walk_trail(&survey, SUBJECT_ITEM, reply->items[i]);
	if (status == STATUS_OK)
		status = find_confidential(&survey);
	if (status == STATUS_OK)
		status = judge_rows(&survey);
	if (status == STATUS_OK)
		status = list_entries(&survey);
	arena_release(&survey.scratch);
	ledger_reader_free(survey.reader);
	return status;
}
