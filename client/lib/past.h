/*
 * What a profile knows of the ledger's past, and whether what a server shows now grew from it.
 * Kept: the newest signed head that was proven to grow from all before it, in state/head; what is
 * still to be joined to it: the heads of receipts filed since. Several processes of a profile may
 * be at it; the kept head only ever moves forward.
 *
 * state/head is text: the line "dossier-head/1", a line with the offset in receipts.log up to which
 * receipts are joined, and the signed head as it came.
 *
 *   past_load - past_sizes, connect or ask, past_judge - again while past_is_open - past_save
 */
#ifndef CLIENT_LIB_PAST_H
#define CLIENT_LIB_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/trust.h"
#include "common/buf.h"
#include "common/checkpoint.h"
#include "common/path.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

#define PAST_FILE "head"
#define PAST_HEADS_MAX 16 /* the server is asked for so many proofs at once */

/* A signed head as it came. */
struct past_head {
	struct checkpoint checkpoint;
	struct buf note; /* owned */
};

/* What the server shows: of Welcome, or of the answer to ledger_checkpoint. */
struct past_shown {
	ProtobufCBinaryData checkpoint;
	Pb__Consistency *const *consistency;
	size_t count;
};

enum past_fault {
	PAST_UNSIGNED, /* what is shown is not signed by the ledger's key */
	PAST_SHORTER,  /* it is older than a head that we have, or there is none */
	PAST_UNPROVEN, /* no proof came that it grew from one */
	PAST_FORKED,   /* it did not grow from one: two histories, both signed */
};

struct past {
	struct trust *trust; /* borrowed */
	struct path state;   /* the directory */
	uint64_t joined;     /* offset in receipts.log */
	uint64_t behind;     /* the same once all of heads are joined */
	size_t count;        /* 0: nothing is known of the past */
	struct past_head
		heads[PAST_HEADS_MAX]; /* to be joined; the first is the kept one, if any */
	bool has_filed;                /* state/head is there, with ... */
	struct checkpoint filed;
	uint64_t filed_joined;
	bool has_met; /* another process filed this head meanwhile: it is one of heads, and ours
		       * must not take its place before they are judged again */
	struct checkpoint met;
	uint64_t met_joined;
	struct past_head shown; /* judged last */
	/* of a judgement that was not good: */
	enum past_fault fault;
	size_t guilty;             /* which of heads, if fault is not PAST_UNSIGNED */
	ProtobufCBinaryData proof; /* that came for it; borrowed from what was judged */
};

/* Reads what is kept. STATUS_OK also when that is nothing. STATUS_CORRUPT when state/head is
 * damaged or of another ledger; STATUS_STORAGE, STATUS_LIMIT, STATUS_MEMORY. past_release() is
 * allowed in any case. */
MUST_CHECK enum status past_load(struct past *past, struct trust *trust, const char *state);
void past_release(struct past *past);

/* Sizes of the heads that are to be proven, each once; returns how many. */
size_t past_sizes(const struct past *past, uint64_t sizes[static PAST_HEADS_MAX]);

/* Judges what came for these sizes. STATUS_OK: the shown head is the kept one now, and the next
 * heads to be joined are loaded. STATUS_PROOF: see fault; nothing has moved. STATUS_STORAGE,
 * STATUS_MEMORY. */
MUST_CHECK enum status past_judge(struct past *past, const struct past_shown *shown);

/* One more signed head that is to be joined. STATUS_LIMIT: join what is open first; STATUS_PROOF,
 * STATUS_MEMORY. */
MUST_CHECK enum status past_add(struct past *past, const void *note, size_t len);

/* Whether more is to be joined. */
bool past_is_open(const struct past *past);

/* Writes state/head, as far as it is joined. STATUS_STALE: another process has moved it, and
 * past_is_open(), until its head is joined to ours. STATUS_CORRUPT, STATUS_STORAGE,
 * STATUS_STORAGE_FULL, STATUS_LIMIT, STATUS_MEMORY. */
MUST_CHECK enum status past_save(struct past *past);

#endif
