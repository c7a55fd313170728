/*
 * One path for every RPC: from a frame's body to an answer's frames. One struct dispatch a loop
 * thread; the writer and the scanners are shared.
 *
 *   POINT  done before dispatch_submit() returns, in a short read txn
 *   ISSUE  likewise, but waits for the writer: server/dispatch/issuing.h
 *   WRITE  to the writer, at the next dispatch_flush()
 *   SCAN   to a scanner, slice by slice: each slice comes home with final = false and waits for
 *          dispatch_continue(), which the session calls when the peer has read enough
 *
 * Every job comes home exactly once for each submit or continue: to done() on the loop thread.
 * Looks (ACCESS) are entered by the writer; where policy asks, the answer waits for that.
 */
#ifndef SERVER_DISPATCH_DISPATCH_H
#define SERVER_DISPATCH_DISPATCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "server/config.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/job.h"

struct dispatch;
struct writer;
struct scanner;
struct settings;
struct metrics;

/* What the loops share; main fills it. All borrowed. */
struct dispatch_shared {
	struct engine *engine;
	struct settings *settings;
	struct writer *writer;
	struct scanner *scanner;
	struct metrics *metrics;
	const char *identity; /* directory of keys and issued certificates */
	const char *server;   /* program and version */
	int64_t started_at;   /* microseconds since the epoch, UTC */
	atomic_uint_least64_t *connections;
};

struct dispatch_options {
	struct dispatch_shared shared;
	struct mailbox *home; /* the loop's; its owner gives each mail to dispatch_arrived() */
	void (*done)(void *context, struct job *job); /* takes the job over */
	void *context;
};

/* One for a loop; all in options is borrowed. STATUS_MEMORY, or the store's failure. */
MUST_CHECK enum status dispatch_new(struct dispatch **dispatch,
				    const struct dispatch_options *options);

/* When nothing is under way. NULL is fine. */
void dispatch_free(struct dispatch *dispatch);

/* Takes the job over. Loop thread. */
void dispatch_submit(struct dispatch *dispatch, struct job *job);

/* The next slice of a stream, or its end when cancelled. Takes the job over. Loop thread. */
void dispatch_continue(struct dispatch *dispatch, struct job *job);

/* Hands what was submitted since the last flush to the writer with one lock and one wake. At the
 * end of each turn of the loop. */
void dispatch_flush(struct dispatch *dispatch);

/* A mail that came to the loop's mailbox. Loop thread. */
void dispatch_arrived(struct dispatch *dispatch, struct mail *mail);

/* A cancelled job may be waiting for the next entry: wakes it. Loop thread. */
void dispatch_nudge(struct dispatch *dispatch);

/* Jobs that are under way for this loop: 0 means that it may stop. */
uint64_t dispatch_under_way(const struct dispatch *dispatch);

/* What somebody is in the company, and where. */
struct post {
	int role;
	uint64_t office;
	uint64_t department;
};

/* Who speaks, by what certificate: ids; his post when he was welcomed, and when that was; and, of
 * who comes from outside, until when his grants last, 0 without an active one. Microseconds since
 * the epoch. */
struct identity {
	uint64_t principal;
	uint64_t certificate;
	struct post post;
	int64_t since;
	int64_t granted_until;
};

/* Who a certificate belongs to, or STATUS_IDENTITY. Loop thread. */
MUST_CHECK enum status dispatch_identify(struct dispatch *dispatch,
					 const uint8_t identity[static HASH_LEN],
					 struct identity *who);

/* Fills the server's part of Welcome, his post and grants; STATUS_IDENTITY when he may not speak,
 * and the reason's name. Other texts live until the next call. Loop thread. */
MUST_CHECK enum status dispatch_welcome(struct dispatch *dispatch, struct identity *who,
					Pb__Welcome *welcome, const char **reason);

/* Adds what Welcome shows of the ledger since version 3 of the protocol: the newest head and its
 * proofs from count sizes that the client has (server/dispatch/heads.h). After dispatch_welcome(),
 * and living as long. Loop thread. */
MUST_CHECK enum status dispatch_show_heads(struct dispatch *dispatch, const uint64_t *seen,
					   size_t count, Pb__Welcome *welcome);

/* Whether somebody who was welcome still is, in the same post, and none of his grants ended since
 * without another one being active: STATUS_OK, who->granted_until is as it is now; or
 * STATUS_IDENTITY and the reason's name. Another status is a failure to find out. Loop thread. */
MUST_CHECK enum status dispatch_judge(struct dispatch *dispatch, struct identity *who,
				      const char **reason);

/* Moves whenever accounts, certificates or grants in the state may have changed. Any thread. */
uint64_t dispatch_accounts(const struct dispatch *dispatch);

#endif
