/*
 * Memory that lives as long as one request: taken piece by piece, given back all at once. Knows
 * nothing of what is in it. Capped, so that no message can make us allocate without limit. One
 * thread at a time.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;   /* owned; newest first */
	size_t used;                  /* bytes handed out since the last reset */
	size_t cap;                   /* never more than this */
	ProtobufCAllocator allocator; /* hands out from this arena; its free does nothing */
};

/* An empty arena that hands out at most cap bytes. Allocates nothing yet; cannot fail. From now on
 * it must stay where it is: its allocator points to it. */
void arena_init(struct arena *arena, size_t cap);

/* Gives everything back. The arena may be initialized again. */
void arena_release(struct arena *arena);

/* All that was handed out is invalid; the first chunk is kept for the next request. */
void arena_reset(struct arena *arena);

/* Zero-filled memory aligned for any type, or NULL when the cap or the machine's memory is
 * reached. Valid until reset or release. */
void *arena_alloc(struct arena *arena, size_t size);

/* n zero-filled things of a size; NULL also when the product overflows. */
void *arena_calloc(struct arena *arena, size_t n, size_t size);

/* A copy of len bytes with a NUL behind; NULL as arena_alloc. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* printf into the arena; NULL as arena_alloc. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
