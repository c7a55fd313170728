/* What the columns of an import mean: heads in Chinese or English, and rows as drafts. */
#ifndef CLIENT_CMD_SHEET_H
#define CLIENT_CMD_SHEET_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/cli/csvfile.h"
#include "common/arena.h"
#include "common/status.h"

/* One column that is understood. The last has names NULL. */
struct sheet_column {
	const char *names; /* heads, each ended by '|', the English one first */
	const char *path;  /* in the draft; NULL: understood and left out */
};

/* What can be imported. */
struct sheet {
	const char *word; /* "customers" */
	uint16_t rpc;
	const ProtobufCMessageDescriptor *draft;
	const struct sheet_column *columns; /* the first must be there */
};

/* Which field each column of a file is. */
struct sheet_heads {
	const struct sheet *sheet;
	const struct sheet_column *columns[CSVFILE_COLUMNS_MAX]; /* NULL: not understood */
	size_t count;
};

/* Why a row cannot be sent. */
struct sheet_fault {
	const char *reason; /* common/reason.def */
	const char *field;
};

/* By word; NULL when there is none. */
const struct sheet *sheet_find(const char *word);

/* Understands the heads; columns that mean nothing stay NULL. STATUS_NOT_FOUND when the first
 * column of the sheet is not among them, STATUS_CONFLICT when one is there twice: *wrong are its
 * heads, the English one first. */
MUST_CHECK enum status sheet_take_heads(struct sheet_heads *heads, const struct sheet *sheet,
					const struct csv_field *fields, size_t count,
					const char **wrong);

/* Another sheet than this one that takes those heads; NULL when there is none. */
const struct sheet *sheet_fitting(const struct sheet *sheet, const struct csv_field *fields,
				  size_t count);

/* Makes a draft of a row in the arena, texts and all. STATUS_INVALID: fault says why;
 * STATUS_MEMORY. */
MUST_CHECK enum status sheet_take_row(const struct sheet_heads *heads,
				      const struct csv_field *fields, size_t count,
				      struct arena *arena, ProtobufCMessage **draft,
				      struct sheet_fault *fault);

#endif
