/*
 * The one thread that writes. Takes all acts that wait as one batch, has the engine run them, sends
 * the jobs home with their answers. Groups form by themselves: while one is on its way to the
 * disk, the next one gathers. Also wakes followers when there is something new to follow.
 */
#ifndef SERVER_DISPATCH_WRITER_H
#define SERVER_DISPATCH_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/status.h"
#include "server/dispatch/job.h"
#include "server/dispatch/settings.h"

/* Jobs waiting from which on looks wait for their entries, so that those who look are slowed down
 * to what the ledger takes ... */
#define WRITER_WAITING_PRESSED 2048

/* ... and from which on acts and looks are refused as BUSY: more than all connections of a large
 * house can have under way. */
#define WRITER_WAITING_MAX 65536

struct writer;
struct scanner;
struct metrics;

struct writer_options {
	struct engine *engine; /* all borrowed */
	struct settings *settings;
	struct metrics *metrics;
	void (*fenced)(void *context); /* called once, on the writer's thread, after a storage
					* failure: stop the process */
	void *context;
};

/* Starts the thread. */
MUST_CHECK enum status writer_start(struct writer **writer, const struct writer_options *options);

/* Finishes what waits, ends the thread. Followers end with SHUTTING_DOWN. */
void writer_stop(struct writer *writer);

/* Hands over a chain of jobs first..last. A parked job waits for the next entry and then goes to
 * the scanner. Any thread. */
void writer_post(struct writer *writer, struct job *first, struct job *last, unsigned count);

/* Followers go back to this one. Set once, before any is parked. */
void writer_set_scanner(struct writer *writer, struct scanner *scanner);

/* Whether more wait than the limits above. Any thread. */
bool writer_is_pressed(const struct writer *writer);
bool writer_is_busy(const struct writer *writer);

/* Moves with each act that may have changed accounts or certificates, when it is visible. Any
 * thread. */
uint64_t writer_accounts(const struct writer *writer);

/* Runs one act of the server itself and waits for it: for rare things only, from any other thread.
 * The act's answer is the caller's to release. */
void writer_call(struct writer *writer, struct act *act);

/* Has the writer sign the ledger's head once more, with the time. Any thread. */
void writer_beat(struct writer *writer);

/* Has the writer look after parked jobs that were cancelled. Any thread. */
void writer_nudge(struct writer *writer);

#endif
