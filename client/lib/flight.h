/*
 * What is under way on a connection: one place a request, found by its id without searching. Does
 * not know how it got there or what the answers hold.
 *
 * A request id is a counter above its place: (counter << 16) | place. An id is never used twice, so
 * a late answer to a finished request finds nothing.
 */
#ifndef CLIENT_LIB_FLIGHT_H
#define CLIENT_LIB_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/hash.h"
#include "common/rpc.h"
#include "common/status.h"

#define FLIGHT_MAX 4096

struct flight {
	uint64_t request_id; /* 0: the place is free */
	const struct rpc *rpc;
	bool dry_run;
	uint8_t key[FRAME_KEY_LEN]; /* of a WRITE */
	uint64_t items;             /* of a SCAN, so far */
	struct hash *hash;          /* owned; of the items' bodies; made at the first use */
	struct buf mark;            /* owned; body of a MARK whose answer has not come yet */
	uint32_t next_free;
};

struct flights {
	struct flight *places; /* owned */
	uint32_t capacity;
	uint32_t free; /* first free place; capacity: none */
	uint64_t counter;
	size_t count;
	size_t streams; /* how many of them are SCANs */
};

/* Room for at most max requests at once (1 to FLIGHT_MAX). STATUS_MEMORY. */
MUST_CHECK enum status flights_init(struct flights *flights, uint32_t max);
void flights_release(struct flights *flights);

/* Takes a place for a request. STATUS_TOO_MANY_REQUESTS, STATUS_MEMORY. */
MUST_CHECK enum status flights_add(struct flights *flights, const struct rpc *rpc,
				   struct flight **flight);

/* NULL when nothing of that id is under way. */
struct flight *flights_find(struct flights *flights, uint64_t request_id);

/* It has its final answer. */
void flights_remove(struct flights *flights, struct flight *flight);

#endif
