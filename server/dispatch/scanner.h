/*
 * Threads for long reads: each takes a stream's job, reads one slice in a read txn of its own, and
 * sends the job home with the frames. A txn never outlives its slice.
 */
#ifndef SERVER_DISPATCH_SCANNER_H
#define SERVER_DISPATCH_SCANNER_H

#include "common/status.h"
#include "server/dispatch/job.h"
#include "server/dispatch/settings.h"

struct scanner;
struct writer;
struct metrics;

struct scanner_options {
	struct engine *engine; /* all borrowed */
	struct settings *settings;
	struct writer *writer;
	struct metrics *metrics;
	unsigned threads;
};

/* Starts the threads. */
MUST_CHECK enum status scanner_start(struct scanner **scanner,
				     const struct scanner_options *options);

/* Finishes what waits, ends the threads. */
void scanner_stop(struct scanner *scanner);

/* Takes the job over for its next slice. Any thread. */
void scanner_post(struct scanner *scanner, struct job *job);

#endif
