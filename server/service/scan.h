/*
 * One stream between its slices. A scan function is called again and again, each time with a fresh
 * call (new txn, empty arena) and the same scan: it goes on from scan->position, emits rows while
 * scan_emit() says there is room, notes its new position, and returns
 *   STATUS_OK        more may follow: call again
 *   STATUS_NOT_FOUND with no refusal set: the end is reached (a follower is called again when
 *                    something new is there)
 *   anything else    refused (call->refusal.status is set) or failed; the stream ends with that
 *                    error
 * On the first slice started is false and count 0: a function that resolves names does it
 * then and keeps ids in the scan's words.
 */
#ifndef SERVER_SERVICE_SCAN_H
#define SERVER_SERVICE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/hash.h"
#include "server/store/key.h"

#define SCAN_ROWS_MAX 1000         /* looked at in one slice */
#define SCAN_BYTES_MAX (64 * 1024) /* emitted in one slice, about */
#define SCAN_WORDS 5
#define SCAN_PATH_MAX 10 /* a named item and the containers within it: above TREE_DEPTH_MAX */

/* Where a list stands that walks what grants cover: see cover_walk.h. */
struct scan_cover {
	int64_t since;  /* the list began; grants that became active later are not in it */
	bool narrow;    /* it walks by grant; else it walks an index and looks at each row */
	bool begun;     /* what grant names is being walked */
	uint64_t grant; /* or: the next one from here on */
	size_t source;  /* which of what it names: see cover_sources() */
	uint64_t path[SCAN_PATH_MAX]; /* in a named item: from it to the item looked at last */
	size_t depth;                 /* of path */
};

struct scan {
	bool started;        /* set by the caller after the first slice */
	bool following;      /* wants to be called again after the end */
	struct key position; /* in an index */
	struct scan_cover cover;
	uint64_t sequence;          /* in the ledger */
	uint64_t words[SCAN_WORDS]; /* the function's own */
	uint64_t count;             /* rows emitted so far, in all */
	uint32_t looked;            /* rows looked at in this slice */
	uint64_t request_id;        /* for the frames */
	struct buf *out;            /* borrowed; whole ITEM frames */
	struct hash *hash;          /* borrowed; over the bodies */
	struct arena *arena;        /* borrowed; of the slice, for masks */
	enum status status;         /* first failure of an emit, else STATUS_OK */
};

/* Counts one row looked at, whether emitted or not; false when the slice is over. Ask before each
 * row. */
bool scan_more(struct scan *scan);

/* Emits one reply, masked in place: nothing of it may be used any more. A failure sticks in
 * scan->status and ends the slice. */
void scan_emit(struct scan *scan, ProtobufCMessage *reply);

#endif
