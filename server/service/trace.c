#include "server/service/trace.h"

#include "server/ledger/ledger.h"
#include "server/service/slice.h"

static uint64_t applied(struct call *call)
{
	struct mark mark;

	mark_get(call->txn, &mark);
	return mark.tree.size;
}

static enum status read_at(struct call *call, uint64_t sequence, struct ledger_record *record)
{
	ledger_reader_seek(call->reader, sequence);
	return ledger_reader_next(call->reader, record);
}

/* The first entry that is not before a time: times never go back. */
static enum status find_time(struct call *call, int64_t since, uint64_t size, uint64_t *sequence)
{
	struct ledger_record record;
	enum status status = STATUS_OK;
	uint64_t low = 0;
	uint64_t high = size;

	while (status == STATUS_OK && low < high) {
		uint64_t middle = low + (high - low) / 2;

		status = read_at(call, middle, &record);
		if (status == STATUS_OK && record.entry.time < since)
			low = middle + 1;
		else
			high = middle;
	}
	*sequence = low;
	return status;
}

enum status trace_begin(struct call *call, struct scan *scan, const struct trace *trace,
			unsigned kind, uint64_t id)
{
	enum status status = STATUS_OK;
	uint64_t size = applied(call);
	uint64_t start = 0;

	scan->sequence = trace->from;
	scan->words[TRACE_KIND] = kind;
	scan->words[TRACE_ID] = id;
	scan->words[TRACE_COUNTING] = kind != 0 && trace->last != 0;
	if (kind != 0)
		return STATUS_OK;
	if (trace->since > 0)
		status = find_time(call, trace->since, size, &start);
	if (start > scan->sequence)
		scan->sequence = start;
	if (trace->last != 0 && size > trace->last && size - trace->last > scan->sequence)
		scan->sequence = size - trace->last;
	return status;
}

static bool is_wanted(const struct trace *trace, const struct entry *entry)
{
	return entry->time >= trace->since &&
	       (!trace->acts_only || entry->class_ != ENTRY_ACCESS) &&
	       (!trace->by_actor || entry->actor == trace->actor) &&
	       (trace->office == 0 || entry->office == trace->office);
}

/* The next sequence to look at; false at the end of what is applied. */
static bool next_sequence(struct call *call, const struct scan *scan, uint64_t size,
			  uint64_t *sequence)
{
	struct subject subject = {.kind = (uint8_t)scan->words[TRACE_KIND],
				  .id = scan->words[TRACE_ID]};

	*sequence = scan->sequence;
	if (subject.kind != 0 && !trail_next(call->txn, &subject, scan->sequence, sequence))
		return false;
	return *sequence < size;
}

/* Looks at one entry: counts it, leaves it out or emits it. */
static enum status look_at(struct call *call, struct scan *scan, const struct trace *trace,
			   const struct ledger_record *record)
{
	Pb__LogListReply *reply;
	enum status status;

	if (!is_wanted(trace, &record->entry))
		return STATUS_OK;
	if (scan->words[TRACE_COUNTING] != 0) {
		scan->words[TRACE_COUNT]++;
		return STATUS_OK;
	}
	if (scan->words[TRACE_COUNT] != 0) {
		scan->words[TRACE_COUNT]--;
		return STATUS_OK;
	}
	status = trace_view(call, record, &reply);
	if (status == STATUS_OK)
		trace->emit(scan, reply);
	return status;
}

/* All were counted: once more from the beginning, leaving out what is before the last ones. */
static enum status trace_again(struct scan *scan, const struct trace *trace)
{
	uint64_t counted = scan->words[TRACE_COUNT];

	scan->words[TRACE_COUNTING] = 0;
	scan->words[TRACE_COUNT] = counted > trace->last ? counted - trace->last : 0;
	scan->sequence = trace->from;
	return STATUS_OK;
}

enum status trace_walk(struct call *call, struct scan *scan, const struct trace *trace)
{
	struct ledger_record record;
	uint64_t size = applied(call);
	enum status status = STATUS_OK;
	uint64_t sequence;
	bool is_over = false;

	while (status == STATUS_OK && !is_over && slice_more(call, scan)) {
		if (slice_full(scan, trace->limit)) {
			scan->following = false;
			return STATUS_NOT_FOUND;
		}
		if (!next_sequence(call, scan, size, &sequence)) {
			is_over = true;
			break;
		}
		status = read_at(call, sequence, &record);
		if (status != STATUS_OK)
			break;
		scan->sequence = sequence + 1;
		if (trace->until != 0 && record.entry.time >= trace->until) {
			is_over = true;
			if (scan->words[TRACE_COUNTING] == 0)
				scan->following = false;
		} else {
			status = look_at(call, scan, trace, &record);
		}
	}
	if (status == STATUS_OK && txn_status(call->txn) != STATUS_OK)
		status = txn_status(call->txn);
	if (status != STATUS_OK || !is_over)
		return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
	return scan->words[TRACE_COUNTING] != 0 ? trace_again(scan, trace) : STATUS_NOT_FOUND;
}
