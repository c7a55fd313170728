/*
 * What each of many may still take: a token bucket a key, in a table that never grows. A bucket is
 * one time, that at which it will be full again, so a full one need not be kept: who is forgotten
 * while full loses nothing and gains nothing. Times are nanoseconds of any clock that goes forward.
 * Keys are spread evenly over their low bits. Needs a lock around it.
 */
#ifndef SERVER_SESSION_RATION_H
#define SERVER_SESSION_RATION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/status.h"

#define RATION_SECOND INT64_C(1000000000)

struct ration {
	uint64_t key;
	int64_t full_at; /* past: the bucket is full */
	uint32_t count;  /* the owner's; 0 for a new key */
	uint32_t next;   /* these are places in the table, 0: none */
	uint32_t newer;
	uint32_t older;
};

struct rations {
	uint32_t capacity; /* a power of two */
	uint32_t used;
	uint32_t *heads;       /* owned; by the key's low bits */
	struct ration *places; /* owned; 0 is before the oldest and behind the newest */
};

/* A table for as many keys. STATUS_MEMORY. */
MUST_CHECK enum status rations_init(struct rations *rations, uint32_t capacity);
void rations_release(struct rations *rations);

/* The ration of a key, which is the newest now. In a full table a key that is not there takes the
 * place of the oldest full bucket. Never NULL; valid until the next call. */
struct ration *rations_get(struct rations *rations, uint64_t key, int64_t now);

/* NULL when it is not there. */
struct ration *rations_find(const struct rations *rations, uint64_t key);

/* Takes one token of a bucket of burst tokens that gets rate tokens a second (both above 0), or
 * takes nothing and says false. */
bool ration_take(struct ration *ration, uint64_t rate, uint64_t burst, int64_t now);

#endif
