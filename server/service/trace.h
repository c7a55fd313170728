/*
 * Reading the ledger for people: from an entry's bytes to names and numbers, along the whole ledger
 * or along the trail of one subject. Shows what the state has applied and no more, so that log and
 * state agree. What was lent, refused or looked at together with records of other offices is shown
 * to a caller of one office without them.
 */
#ifndef SERVER_SERVICE_TRACE_H
#define SERVER_SERVICE_TRACE_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"
#include "server/service/scan.h"

struct ledger_record;

/* Which entries. */
struct trace {
	bool by_actor;
	uint64_t actor;  /* 0: the server itself */
	uint64_t office; /* of the actor; 0: any */
	int64_t since;
	int64_t until; /* exclusive; 0: to the end */
	uint64_t from;
	bool acts_only;
	uint32_t limit;
	uint32_t last; /* 0: from the beginning */
	void (*emit)(struct scan *scan, Pb__LogListReply *reply);
};

/* What a trace keeps in scan->words. */
enum trace_word { TRACE_KIND, TRACE_ID, TRACE_COUNT, TRACE_COUNTING };

/* On the first slice: what the entries are to be about (kind 0: anything), and where to begin. The
 * last N about a subject are counted first, over slices of their own; of the whole ledger the last
 * N entries are looked at. */
MUST_CHECK enum status trace_begin(struct call *call, struct scan *scan, const struct trace *trace,
				   unsigned kind, uint64_t id);

/* One slice; returns what a scan function returns. */
MUST_CHECK enum status trace_walk(struct call *call, struct scan *scan, const struct trace *trace);

/* A subject by the word people have for it; NULL when it does not exist for the caller. Sets
 * call->sensitive for a secret item. */
const char *trace_word(struct call *call, const struct subject *subject);

/* The entry as people are shown it. Sets call->sensitive when it is about a secret item. Subjects
 * that do not exist for the caller are left out, and then header and act as well. STATUS_MEMORY;
 * STATUS_CORRUPT for a damaged payload. */
MUST_CHECK enum status trace_view(struct call *call, const struct ledger_record *record,
				  Pb__LogListReply **reply);

/* How much of an entry the caller may have as it is stored, so that he can recompute its hashes. */
enum trace_depth {
	TRACE_LEAF,   /* nothing */
	TRACE_HEADER, /* the header: all that it is about exists for him */
	TRACE_ACT,    /* the payload, too: a view of it shows all, and masks nothing */
};

/* Sets call->sensitive as trace_view() does. STATUS_MEMORY. */
MUST_CHECK enum status trace_depth(struct call *call, const struct ledger_record *record,
				   enum trace_depth *depth);

#endif
