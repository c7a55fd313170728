/*
 * One slice of a list that walks an index: the loop that every such scan has. See scan.h.
 */
#ifndef SERVER_SERVICE_SLICE_H
#define SERVER_SERVICE_SLICE_H

#include "server/service/call.h"
#include "server/service/scan.h"

/* What a list shows of the row under an id: nothing when it does not match. */
typedef enum status slice_row_fn(struct call *call, struct scan *scan, const void *request,
				 uint64_t id);

struct slice {
	enum index_id index;
	struct key prefix;
	uint32_t limit; /* rows emitted in all; 0: no limit */
	slice_row_fn *row;
	const void *request; /* for row */
	struct walk *walk;   /* set by slice_walk(): a row may move it on with walk_after() */
};

/* Whether the slice goes on: scan_more(), and room in the arena and in the look's entry. */
bool slice_more(struct call *call, struct scan *scan);

/* Whether as many rows were emitted as were asked for. */
bool slice_full(const struct scan *scan, uint32_t limit);

/* Walks on from scan->position. Returns what a scan function returns; a row's STATUS_NOT_FOUND ends
 * the list. */
MUST_CHECK enum status slice_walk(struct call *call, struct scan *scan, struct slice *slice);

#endif
