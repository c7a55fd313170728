#include "common/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most requests fit into the first chunk; what is larger than a chunk gets one of its own. */
#define CHUNK_SIZE 8192

struct arena_chunk {
	struct arena_chunk *next; /* owned; older */
	size_t size;
	size_t taken;
	alignas(max_align_t) uint8_t bytes[];
};

static void *allocator_alloc(void *data, size_t size)
{
	return arena_alloc(data, size);
}

static void allocator_free(void *data, void *pointer)
{
	(void)data;
	(void)pointer;
}

void arena_init(struct arena *arena, size_t cap)
{
	*arena = (struct arena){
		.cap = cap,
		.allocator = {allocator_alloc, allocator_free, arena},
	};
}

/* Frees all chunks that are newer than the one to keep; with NULL, all. */
static void free_chunks(struct arena *arena, const struct arena_chunk *keep)
{
	while (arena->chunks != keep) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->next;
		free(chunk);
	}
}

void arena_release(struct arena *arena)
{
	free_chunks(arena, NULL);
	arena->used = 0;
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *oldest = arena->chunks;

	arena->used = 0;
	if (oldest == NULL)
		return;
	while (oldest->next != NULL)
		oldest = oldest->next;
	free_chunks(arena, oldest);
	oldest->taken = 0;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t needed)
{
	size_t size = needed > CHUNK_SIZE ? needed : CHUNK_SIZE;
	struct arena_chunk *chunk = malloc(sizeof(*chunk) + size);

	if (chunk == NULL)
		return NULL;
	chunk->next = arena->chunks;
	chunk->size = size;
	chunk->taken = 0;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct arena_chunk *chunk = arena->chunks;

	if (size > arena->cap || size > SIZE_MAX / 2)
		return NULL;
	size = size == 0 ? mask + 1 : (size + mask) & ~mask;
	if (arena->used > arena->cap || size > arena->cap - arena->used)
		return NULL;
	if (chunk == NULL || size > chunk->size - chunk->taken)
		chunk = add_chunk(arena, size);
	if (chunk == NULL)
		return NULL;
	void *piece = chunk->bytes + chunk->taken;
	chunk->taken += size;
	arena->used += size;
	return memset(piece, 0, size);
}

void *arena_calloc(struct arena *arena, size_t n, size_t size)
{
	size_t product;

	if (__builtin_mul_overflow(n, size, &product))
		return NULL;
	return arena_alloc(arena, product);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len >= 0)
		text = arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	(void)vsnprintf(text, (size_t)len + 1, format, arguments); /* its length is known */
	va_end(arguments);
	return text;
}
