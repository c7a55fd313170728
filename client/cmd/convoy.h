/*
 * An import's batches on their way: several at a time, verdicts written in the order of the rows.
 * A batch's key follows from the file and its name, so that repeating an import executes nothing
 * twice.
 */
#ifndef CLIENT_CMD_CONVOY_H
#define CLIENT_CMD_CONVOY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cmd/sheet.h"
#include "common/frame.h"
#include "proto/request.pb-c.h"

struct cli;

#define CONVOY_ROWS_MAX 200 /* of a batch */
#define CONVOY_UNDER_WAY 8
#define CONVOY_VERDICTS (PB__VERDICT__INVALID + 1)

/* A batch from being sent until its verdicts are written. */
struct parcel {
	uint64_t request_id; /* 0: decided here, nothing was sent */
	uint8_t key[FRAME_KEY_LEN];
	bool answered;
	char *verdicts; /* owned; lines of CSV */
};

struct convoy {
	struct cli *cli;
	const struct sheet *sheet;
	const char *source; /* the file's name */
	const uint8_t *digest;
	bool dry_run;
	uint8_t salt[FRAME_KEY_LEN]; /* of the keys; zero but for --again */
	FILE *verdicts;
	uint64_t
		entries; /* of the ledger when we began: what is older was done by an earlier run */
	uint64_t counts[CONVOY_VERDICTS]; /* rows by verdict */
	enum status refused;              /* the first refusal of a whole batch */
	enum status broken;               /* why nothing can be sent or awaited any more */

	struct parcel ring[CONVOY_UNDER_WAY]; /* from first, count of them */
	size_t first;
	size_t count;

	ProtobufCMessage *rows[CONVOY_ROWS_MAX]; /* of the batch being gathered */
	size_t row_count;
	uint64_t first_row;
	size_t bytes;
	struct arena arena; /* of those rows */
};

/* A convoy without batches; its caller fills in file, digest and verdicts. Cannot fail. */
void convoy_init(struct convoy *convoy, struct cli *cli, const struct sheet *sheet);

/* Frees what it owns; what is under way is forgotten here, not in the journal. */
void convoy_release(struct convoy *convoy);

/* Adds a row whose draft lives in convoy->arena; sends the batch when it is full, and takes what
 * answers are needed for room. A refused batch is an end. Complains. */
MUST_CHECK enum status convoy_add(struct convoy *convoy, uint64_t row, ProtobufCMessage *draft);

/* Adds a row that is not sent, with its verdict. */
MUST_CHECK enum status convoy_add_invalid(struct convoy *convoy, uint64_t row,
					  const struct sheet_fault *fault);

/* Sends what is gathered and waits for every answer. Also after a failure: what is under way then
 * is waited for as far as connection and journal go. */
MUST_CHECK enum status convoy_finish(struct convoy *convoy, bool send_rest);

#endif
