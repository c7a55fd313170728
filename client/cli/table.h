/*
 * Tables for people: columns as wide as what stands in them, also in Chinese. Rows are held back
 * until there are enough to know the widths, then they flow; later wider ones widen what follows.
 */
#ifndef CLIENT_CLI_TABLE_H
#define CLIENT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/cli/column.h"
#include "common/arena.h"
#include "common/status.h"

struct table {
	FILE *to;                     /* borrowed */
	const struct column *columns; /* borrowed */
	size_t count;                 /* columns */
	size_t *widths;
	const char **titles;
	const char **cells; /* rows held back, row by row */
	size_t rows;
	size_t rows_max;    /* hold back so many */
	size_t limit;       /* columns of the terminal; 0: no limit */
	bool bold;          /* heads stand out */
	bool headed;        /* the head was written, or is not wanted */
	struct arena frame; /* of widths and cells */
	struct arena texts; /* of the rows held back */
};

/* rows_max 1: each row is written at once. STATUS_MEMORY. table_release() is allowed in any case.
 */
MUST_CHECK enum status table_init(struct table *table, FILE *to, const struct column *columns,
				  size_t rows_max, size_t limit);
void table_release(struct table *table);

/* Adds a row. STATUS_MEMORY. */
MUST_CHECK enum status table_row(struct table *table, const ProtobufCMessage *message);

/* Writes what is held back. */
void table_flush(struct table *table);

/* One record as lines "title  value"; empty values are left out. STATUS_MEMORY. */
MUST_CHECK enum status table_record(FILE *to, const struct column *columns,
				    const ProtobufCMessage *message);

/* Writes text and blanks up to width columns; longer text is cut with an ellipsis. */
void table_cell(FILE *to, const char *text, size_t width, bool right);

#endif
