#include "server/dispatch/stream.h"

#include <stdlib.h>

#define STREAM_ARENA_MAX (256u * 1024) /* one request, unpacked */

struct stream *stream_new(uint64_t request_id)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->hash = hash_new();
	if (stream->hash == NULL) {
		free(stream);
		return NULL;
	}
	hash_begin(stream->hash);
	arena_init(&stream->arena, STREAM_ARENA_MAX);
	stream->scan.hash = stream->hash;
	stream->scan.request_id = request_id;
	return stream;
}

void stream_free(struct stream *stream)
{
	if (stream == NULL)
		return;
	hash_free(stream->hash);
	arena_release(&stream->arena);
	free(stream);
}
