/*
 * What was shown under grants: the ACCESS entries along their trails, oldest first. To the grantee
 * all that he was shown, also when the grant is over; to the staff under one grant, as far as the
 * records exist for them.
 */
#include "common/text.h"
#include "server/ledger/ledger.h"
#include "server/service/grant.h"
#include "server/service/make.h"
#include "server/service/service.h"
#include "server/service/slice.h"
#include "server/service/trace.h"

/* What my_views keeps between slices. */
enum my_views_word { WORD_GRANT, WORD_COUNTING, WORD_LEFT_OUT };

/* The trails that are walked. */
struct trails {
	uint64_t *grants; /* of the arena */
	size_t count;
};

static enum status own_grants(struct call *call, struct trails *trails)
{
	struct key key = {.len = 0};
	size_t capacity = 0;
	struct walk *walk;
	uint64_t id;

	key_u64(&key, call->principal->id);
	for (walk = index_walk(call->txn, INDEX_grant_by_principal, &key); walk_next(walk, &id);)
		capacity++;
	walk_end(walk);
	trails->grants = arena_calloc(call->arena, capacity + 1, sizeof(uint64_t));
	if (trails->grants == NULL)
		return STATUS_MEMORY;
	walk = index_walk(call->txn, INDEX_grant_by_principal, &key);
	while (trails->count < capacity && walk_next(walk, &id))
		trails->grants[trails->count++] = id;
	walk_end(walk);
	return STATUS_OK;
}

static enum status begin(struct call *call, const Pb__MyViewsRequest *request, struct scan *scan)
{
	Pb__Grant *grant;
	enum status status;

	scan->words[WORD_COUNTING] = request->last != 0;
	if (text_empty(request->grant))
		return call->principal != NULL
			       ? STATUS_OK
			       : call_refuse_field(call, REASON_required, "grant", 0);
	status = grant_find(call, request->grant, &grant);
	if (status != STATUS_OK)
		return status;
	scan->words[WORD_GRANT] = grant->id;
	return call_subject(call, SUBJECT_GRANT, grant->id) ? STATUS_OK : STATUS_LIMIT;
}

/* The first entry on any of the trails from a sequence on. */
static bool next_sequence(struct call *call, const struct trails *trails, uint64_t from,
			  uint64_t *sequence)
{
	bool found = false;

	for (size_t i = 0; i < trails->count; i++) {
		struct subject subject = {SUBJECT_GRANT, trails->grants[i]};
		uint64_t here;

		if (trail_next(call->txn, &subject, from, &here) && (!found || here < *sequence)) {
			*sequence = here;
			found = true;
		}
	}
	return found;
}

/* A look that showed records: looks at grants have none for a subject. */
static bool is_view(const struct entry *entry)
{
	bool shows = false;

	for (size_t i = 0; i < entry->subject_count; i++)
		shows = shows || entry->subjects[i].kind == SUBJECT_CUSTOMER ||
			entry->subjects[i].kind == SUBJECT_ITEM;
	return shows && entry->class_ == ENTRY_ACCESS && entry->status == STATUS_OK;
}

/* Fills records and grants; *whole tells whether all subjects exist for the caller. */
static enum status view_subjects(struct call *call, const struct entry *entry,
				 Pb__MyViewsReply *reply, bool *whole)
{
	*whole = true;
	reply->records = arena_calloc(call->arena, entry->subject_count, sizeof(char *));
	reply->grants = arena_calloc(call->arena, entry->subject_count, sizeof(char *));
	if (reply->records == NULL || reply->grants == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < entry->subject_count; i++) {
		const char *word = trace_word(call, &entry->subjects[i]);

		if (word == NULL)
			*whole = false;
		else if (entry->subjects[i].kind == SUBJECT_GRANT)
			reply->grants[reply->n_grants++] = word;
		else
			reply->records[reply->n_records++] = word;
	}
	return STATUS_OK;
}

static enum status emit_view(struct call *call, struct scan *scan,
			     const struct ledger_record *record)
{
	Pb__MyViewsReply *reply = make_my_views_reply(call);
	enum scope scope = call->scope;
	enum status status;
	bool whole;

	if (reply == NULL)
		return STATUS_MEMORY;
	reply->sequence = record->entry.sequence;
	reply->time = record->entry.time;
	reply->rpc = record->entry.rpc;
	if (call->principal != NULL && record->entry.actor == call->principal->id) /* his own */
		call->scope = SCOPE_ALL;
	status = view_subjects(call, &record->entry, reply, &whole);
	call->scope = scope;
	if (status != STATUS_OK)
		return status;
	if (whole) {
		reply->entry.data =
			(uint8_t *)arena_copy(call->arena, record->header, record->header_len);
		reply->entry.len = record->header_len;
	}
	if (whole && reply->entry.data == NULL)
		return STATUS_MEMORY;
	scan_emit(scan, &reply->base);
	return STATUS_OK;
}

static enum status look_at(struct call *call, struct scan *scan, const struct ledger_record *record)
{
	if (!is_view(&record->entry))
		return STATUS_OK;
	if (scan->words[WORD_COUNTING] != 0) {
		scan->words[WORD_LEFT_OUT]++;
		return STATUS_OK;
	}
	if (scan->words[WORD_LEFT_OUT] != 0) {
		scan->words[WORD_LEFT_OUT]--;
		return STATUS_OK;
	}
	return emit_view(call, scan, record);
}

static enum status walk_trails(struct call *call, struct scan *scan, const struct trails *trails)
{
	struct ledger_record record;
	enum status status = STATUS_OK;
	struct mark mark;
	uint64_t sequence = 0;

	mark_get(call->txn, &mark);
	while (status == STATUS_OK && slice_more(call, scan)) {
		if (!next_sequence(call, trails, scan->sequence, &sequence) ||
		    sequence >= mark.tree.size)
			return STATUS_NOT_FOUND;
		ledger_reader_seek(call->reader, sequence);
		status = ledger_reader_next(call->reader, &record);
		if (status == STATUS_NOT_FOUND)
			return STATUS_CORRUPT;
		scan->sequence = sequence + 1;
		if (status == STATUS_OK)
			status = look_at(call, scan, &record);
	}
	return txn_status(call->txn) != STATUS_OK ? txn_status(call->txn) : status;
}

enum status scan_my_views(struct call *call, const Pb__MyViewsRequest *request, struct scan *scan)
{
	struct trails trails = {.grants = &scan->words[WORD_GRANT], .count = 1};
	enum status status = scan->started ? STATUS_OK : begin(call, request, scan);

	if (status == STATUS_OK && scan->words[WORD_GRANT] == 0) {
		trails.count = 0;
		status = own_grants(call, &trails);
	}
	if (status == STATUS_OK)
		status = walk_trails(call, scan, &trails);
	if (status != STATUS_NOT_FOUND || call->refusal.status != 0 ||
	    scan->words[WORD_COUNTING] == 0)
		return status;
	/* All were counted: once more from the beginning, without those before the last. */
	scan->words[WORD_COUNTING] = 0;
	scan->words[WORD_LEFT_OUT] = scan->words[WORD_LEFT_OUT] > request->last
					     ? scan->words[WORD_LEFT_OUT] - request->last
					     : 0;
	scan->sequence = 0;
	return STATUS_OK;
}
