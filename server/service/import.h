/*
 * What an import of any records has in common: the envelope of a batch, and a verdict a row. Rows
 * are judged alone: a wrong one is told and left out, the others are taken.
 */
#ifndef SERVER_SERVICE_IMPORT_H
#define SERVER_SERVICE_IMPORT_H

#include "proto/request.pb-c.h"
#include "server/service/call.h"

#define IMPORT_ROWS_MAX 500

struct import_envelope {
	const char *source;
	ProtobufCBinaryData digest;
	uint32_t first_row;
	size_t rows;
};

/* Refuses a batch that is not well formed. */
MUST_CHECK enum status import_envelope_check(struct call *call,
					     const struct import_envelope *envelope);

/* The whole batch takes too much memory: STATUS_LIMIT, too_many. */
enum status import_too_large(struct call *call);

/* The verdict on the row at an index of the batch; NULL when the arena is full. */
Pb__RowVerdict *import_verdict(struct call *call, const struct import_envelope *envelope,
			       size_t index);

/* Turns the refusal of a row into its verdict and clears it. A failure that is no refusal is
 * returned as it is. */
MUST_CHECK enum status import_invalid(struct call *call, enum status status,
				      Pb__RowVerdict *verdict);

/* The row is there already under that number: unchanged when difference is NULL, else the field
 * that differs. */
void import_present(Pb__RowVerdict *verdict, const char *number, const char *difference);

#endif
