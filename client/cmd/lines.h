/* Lines from a descriptor that is read only when it is known to have something. */
#ifndef CLIENT_CMD_LINES_H
#define CLIENT_CMD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/status.h"

#define LINES_MAX (64 * 1024) /* of one line */

struct lines {
	int fd;     /* borrowed */
	bool ended; /* nothing more will come */
	size_t start;
	size_t len; /* bytes waiting, from start on */
	char bytes[LINES_MAX + 1];
};

/* Nothing is read yet. Cannot fail. */
void lines_init(struct lines *lines, int fd);

/* Whether a line is here, whole or the last one. */
bool lines_has(const struct lines *lines);

/* The line, without its end; valid until the next call. lines_has() must be true. */
const char *lines_take(struct lines *lines);

/* Reads once what is there. STATUS_LIMIT: a line is too long; STATUS_INPUT: see errno. */
MUST_CHECK enum status lines_read(struct lines *lines);

/* Says which lines of a job that was cut were sent, which were not, and how to go on with them:
 * taken is the number of the last that was sent. Nothing is said when none was, or all were. A file
 * is read to its end for that; what is no file might have none. */
void lines_tell_rest(struct lines *lines, unsigned long taken, FILE *to);

#endif
