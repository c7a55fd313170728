/* What a SCAN keeps between its slices. Belongs to its job. */
#ifndef SERVER_DISPATCH_STREAM_H
#define SERVER_DISPATCH_STREAM_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/arena.h"
#include "common/hash.h"
#include "server/service/cover.h"
#include "server/service/scan.h"

struct stream {
	struct scan scan;
	struct hash *hash;                 /* over the bodies of the items */
	struct arena arena;                /* holds the request */
	bool sensitive;                    /* its look at something sensitive is entered */
	uint64_t grants[COVER_GRANTS_MAX]; /* under which rows were shown */
	size_t grant_count;
	ProtobufCMessage *request; /* of the arena; NULL before the first slice */
};

/* NULL when memory is out. */
struct stream *stream_new(uint64_t request_id);

/* NULL is fine. */
void stream_free(struct stream *stream);

#endif
