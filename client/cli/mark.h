/*
 * Marks of what is shown: the entries under which the server showed it, and by which grants. Kept
 * as receipts when they come, and told in one line behind what they cover, so that a copy leads
 * back to its entry.
 */
#ifndef CLIENT_CLI_MARK_H
#define CLIENT_CLI_MARK_H

#include <stdint.h>

#include "common/buf.h"

struct cli;
struct client_answer;

#define MARK_GRANTS_MAX 4 /* told by number */

struct marks {
	uint64_t count;
	struct buf entries;            /* owned; their numbers as text, comma between */
	int64_t time;                  /* of the last */
	char *grants[MARK_GRANTS_MAX]; /* owned */
	unsigned grant_count;          /* of all */
};

/* Keeps the mark that came with an answer, if one did. Complains when it cannot be filed. */
void mark_take(struct cli *cli, const struct client_answer *answer);

/* Tells what was taken since the last time: behind a table, or on err where a program reads what is
 * shown. */
void mark_tell(struct cli *cli);

void marks_release(struct marks *marks);

#endif
