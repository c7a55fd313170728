/* How far long work is: on a terminal a line that changes, else a line a minute. */
#ifndef CLIENT_CLI_PROGRESS_H
#define CLIENT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *to; /* NULL: say nothing */
	bool terminal;
	int64_t started; /* microseconds on the monotonic clock */
	int64_t shown;
	bool open; /* the changing line stands there */
};

/* Starts the clock; with quiet nothing is ever said. */
void progress_begin(struct progress *progress, FILE *to, bool quiet);

/* rows done, and done of all bytes: shows them when it is time. */
void progress_step(struct progress *progress, uint64_t rows, uint64_t done, uint64_t all);

/* Ends the changing line. Returns the seconds that it took. */
double progress_end(struct progress *progress);

#endif
