/* The head of the ledger on paper: a page that is signed by hand and put away, so that no machine
 * can later say that it was another one. */
#ifndef CLIENT_CMD_PAPER_HEAD_H
#define CLIENT_CMD_PAPER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/checkpoint.h"
#include "common/status.h"

struct paper_head {
	const char *note; /* the signed note, as it came; verified */
	size_t note_len;
	struct checkpoint checkpoint; /* of it */
	uint64_t signed_at;           /* seconds, as the log's key says; 0: it does not */
	int64_t printed_at;           /* microseconds */
	bool on_screen;               /* a terminal with colours: its background may be dark */
};

/* Writes the page in the language of the moment: ledger, entries, root, time, the note word for
 * word and as a QR code, and where two people sign. STATUS_LIMIT when the note is too long for a QR
 * code, STATUS_MEMORY, STATUS_SYSTEM when it cannot be written. */
MUST_CHECK enum status paper_head_write(const struct paper_head *head, FILE *to);

#endif
