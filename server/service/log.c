#include <string.h>

#include "common/text.h"
#include "server/service/find.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/trace.h"

#define SYSTEM_ACTOR "system" /* how people name the server itself */

struct log_subject {
	unsigned kind; /* 0: anything */
	uint64_t id;
};

/* What an item's or a customer's number stands for; a log is about one of them. */
static enum status find_subject(struct call *call, const char *item_text, const char *customer_text,
				struct log_subject *subject)
{
	enum status status = STATUS_OK;
	Pb__Customer *customer;
	Pb__Item *item;

	*subject = (struct log_subject){0};
	if (!text_empty(item_text) && !text_empty(customer_text))
		return call_refuse_field(call, REASON_malformed, "customer", 0);
	if (!text_empty(item_text)) {
		status = find_item(call, item_text, 0, &item);
		if (status == STATUS_OK)
			*subject = (struct log_subject){SUBJECT_ITEM, item->id};
	} else if (!text_empty(customer_text)) {
		status = find_customer(call, customer_text, 0, &customer);
		if (status == STATUS_OK)
			*subject = (struct log_subject){SUBJECT_CUSTOMER, customer->id};
	}
	if (status == STATUS_OK && subject->kind != 0 &&
	    !call_subject(call, (enum subject_kind)subject->kind, subject->id))
		status = STATUS_LIMIT;
	return status;
}

static enum status find_actor(struct call *call, const char *login, struct trace *trace)
{
	Pb__Principal *actor;
	enum status status;

	trace->by_actor = !text_empty(login);
	if (!trace->by_actor || strcmp(login, SYSTEM_ACTOR) == 0)
		return STATUS_OK;
	status = find_login(call, login, &actor);
	if (status == STATUS_OK)
		trace->actor = actor->id;
	return status;
}

static enum status log_filters(struct call *call, const Pb__LogListRequest *request,
			       struct trace *trace)
{
	enum status status = find_actor(call, request->actor, trace);
	Pb__Office *office;

	if (status == STATUS_OK && !text_empty(request->office)) {
		status = find_office(call, request->office, &office);
		if (status == STATUS_OK)
			trace->office = office->id;
	}
	if (status == STATUS_OK && request->since < 0)
		status = call_refuse_field(call, REASON_out_of_range, "since", 0);
	if (status == STATUS_OK && request->until < 0)
		status = call_refuse_field(call, REASON_out_of_range, "until", 0);
	return status;
}

static void emit_entry(struct scan *scan, Pb__LogListReply *reply)
{
	scan_emit(scan, &reply->base);
}

enum status scan_log_list(struct call *call, const Pb__LogListRequest *request, struct scan *scan)
{
	struct trace trace = {.since = request->since,
			      .until = request->until,
			      .from = request->from,
			      .acts_only = request->acts_only,
			      .limit = request->limit,
			      .last = request->last,
			      .emit = emit_entry};
	enum status status = log_filters(call, request, &trace);
	struct log_subject subject;

	if (status == STATUS_OK && !scan->started) {
		scan->following = request->follow;
		status = find_subject(call, request->item, request->customer, &subject);
		if (status == STATUS_OK)
			status = trace_begin(call, scan, &trace, subject.kind, subject.id);
	}
	return status != STATUS_OK ? status : trace_walk(call, scan, &trace);
}

static void emit_history(struct scan *scan, Pb__LogListReply *entry)
{
	Pb__HistoryReply reply = PB__HISTORY_REPLY__INIT;

	reply.entry = entry;
	scan_emit(scan, &reply.base);
}

/* What a grant covers must be covered in every slice, not in the first alone. */
static enum status history_subject(struct call *call, const Pb__HistoryRequest *request,
				   struct log_subject *subject)
{
	enum status status = find_subject(call, request->item, request->customer, subject);

	if (status == STATUS_OK &&
	    !scope_shown(call, (enum subject_kind)subject->kind, subject->id))
		status = STATUS_LIMIT;
	return status;
}

/* The last of what happened to one item or customer, oldest first. */
enum status scan_history(struct call *call, const Pb__HistoryRequest *request, struct scan *scan)
{
	struct trace trace = {
		.acts_only = request->acts_only, .last = request->limit, .emit = emit_history};
	enum status status = STATUS_OK;
	struct log_subject subject;

	if (text_empty(request->item) && text_empty(request->customer))
		return call_refuse_field(call, REASON_required, "item", 0);
	if (!scan->started || call->scope == SCOPE_GRANT)
		status = history_subject(call, request, &subject);
	if (status == STATUS_OK && !scan->started)
		status = trace_begin(call, scan, &trace, subject.kind, subject.id);
	return status != STATUS_OK ? status : trace_walk(call, scan, &trace);
}
