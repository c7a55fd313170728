/*
 * What a ledger is made of, for the files of this folder. The writer owns all but the chain, which
 * readers share, and what never changes.
 */
#ifndef SERVER_LEDGER_PARTS_H
#define SERVER_LEDGER_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "server/ledger/chain.h"
#include "server/ledger/draft.h"
#include "server/ledger/group.h"
#include "server/ledger/ledger.h"
#include "server/ledger/nodes.h"
#include "server/ledger/segment.h"

struct ledger {
	char *directory;     /* owned; never changes */
	struct chain *chain; /* owned */
	struct nodes *nodes; /* owned; of at least the entries in the chain */
	bool is_readonly;
	struct segment segment; /* the last one */
	int fd;                 /* of the last one; owned */
	struct place tail;      /* where the next group goes, as committed */

	/* Of the writer alone. */
	enum status fence; /* what every commit answers; STATUS_OK while all is well */
	uint64_t zeroed;   /* up to here the last segment is known to be written */
	uint8_t *zeros;    /* owned; SEGMENT_AHEAD of them */
	struct draft draft;
};

/* Where a reader's last record stands: first sequence of its segment, offset of its salt there. */
void ledger_reader_where(const struct ledger_reader *reader, const struct ledger_record *record,
			 uint64_t *segment, uint64_t *offset);

#endif
