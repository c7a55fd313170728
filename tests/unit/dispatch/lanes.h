/*
 * The lanes of one loop on top of an office, for tests of how looks go: a writer, a scanner, a
 * dispatch, and who looks from outside with a grant. Waits on the loop's mailbox, as a loop does.
 */
#ifndef TESTS_UNIT_DISPATCH_LANES_H
#define TESTS_UNIT_DISPATCH_LANES_H

#include "server/dispatch/dispatch.h"
#include "server/dispatch/settings.h"
#include "tests/unit/dispatch/office.h"

#define LANES_EVER 0 /* views of a grant: no cap */

struct lanes {
	struct office office;
	struct settings settings;
	struct metrics *metrics;
	struct writer *writer;
	struct scanner *scanner;
	struct mailbox home;
	struct dispatch *dispatch;
	atomic_uint_least64_t connections;
	unsigned done;        /* requests that came home with their final answer */
	unsigned shown;       /* of them, those that ended in STATUS_OK */
	unsigned items;       /* ITEM frames that came, of all requests */
	unsigned marks;       /* MARK frames, likewise */
	enum status status;   /* of the job that came home last */
	size_t bytes;         /* of its frames */
	uint64_t size_then;   /* of the ledger, when it came */
	Pb__Refusal *refusal; /* owned; the last that came, or NULL */
	Pb__Mark *mark;       /* owned; likewise */
};

/* Opens the office with its lanes; the tests' own items are added before the first request. */
void lanes_open(struct lanes *lanes);
void lanes_close(struct lanes *lanes);

/* The lanes stop, what waits in them done; the engine stays. */
void lanes_stop(struct lanes *lanes);

/* Sends a request for somebody; it goes on its way at the next flush. */
void lanes_ask(struct lanes *lanes, uint64_t principal, enum rpc_number rpc,
	       const ProtobufCMessage *request);

/* Flushes, then serves what comes until so many requests in all are done. */
void lanes_await(struct lanes *lanes, unsigned done);

/* A look at one item; not waited for. */
void lanes_look(struct lanes *lanes, uint64_t principal, const char *item);

/* Gives somebody a grant on everything to list and read; its id. Rows are put by the store, so what
 * is done under it does not outlive a replay. */
uint64_t lanes_grant(struct lanes *lanes, uint64_t principal, uint32_t views_max);

/* Changes rows of the state, between groups. */
struct txn *lanes_change(struct lanes *lanes);
void lanes_changed(struct txn *txn);

/* Revokes a grant. */
void lanes_revoke(struct lanes *lanes, uint64_t grant);

/* Entries of a class by somebody, and the subjects of a kind in them. */
struct lanes_count {
	unsigned entries;
	unsigned subjects;
};
struct lanes_count lanes_count(struct lanes *lanes, uint64_t actor, enum entry_class class_,
			       enum subject_kind kind);

#endif
