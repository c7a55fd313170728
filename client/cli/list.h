/*
 * A list on its way out, item by item: as a table, as CSV (RFC 4180), or as JSON, one array; a live
 * list is JSON of one object a line.
 */
#ifndef CLIENT_CLI_LIST_H
#define CLIENT_CLI_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "client/cli/column.h"
#include "client/cli/table.h"
#include "common/arena.h"
#include "common/status.h"

struct cli;

struct list {
	struct cli *cli;              /* borrowed */
	const struct column *columns; /* borrowed */
	const char *empty;            /* msgid, what a person reads when there is nothing */
	bool live;                    /* each item is to be seen at once */
	bool opened;                  /* what stands before the items was written */
	size_t count;                 /* items so far */
	struct table table;
	struct arena arena; /* of one item */
};

/* STATUS_MEMORY. list_release() is allowed in any case. */
MUST_CHECK enum status list_begin(struct list *list, struct cli *cli, const struct column *columns,
				  bool live);

/* STATUS_MEMORY; STATUS_SYSTEM when it cannot be written. */
MUST_CHECK enum status list_item(struct list *list, const ProtobufCMessage *message);

/* Writes what is left, and what stands behind the items; of a list that failed before its first
 * item (whole is false) nothing is written at all. STATUS_SYSTEM when not everything could be
 * written. */
MUST_CHECK enum status list_end(struct list *list, bool whole);

void list_release(struct list *list);

/* One line of CSV. */
void csv_put_cell(FILE *to, const char *text, bool first);
void csv_end_line(FILE *to);

#endif
