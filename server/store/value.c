#include "server/store/value.h"

#include <stdbool.h>

/* The arena's allocator, which remembers a refusal: protobuf-c says NULL for bad bytes and for
 * missing memory alike. */
struct watched {
	ProtobufCAllocator allocator;
	struct arena *arena; /* borrowed */
	bool refused;
};

static void *watched_alloc(void *data, size_t size)
{
	struct watched *watched = data;
	void *piece = arena_alloc(watched->arena, size);

	if (piece == NULL)
		watched->refused = true;
	return piece;
}

static void watched_free(void *data, void *pointer)
{
	(void)data;
	(void)pointer; /* the arena gives back everything at once */
}

size_t value_len(const ProtobufCMessage *row)
{
	return 1 + protobuf_c_message_get_packed_size(row);
}

void value_encode(const ProtobufCMessage *row, uint8_t *to)
{
	to[0] = VALUE_PLAIN;
	(void)protobuf_c_message_pack(row, to + 1); /* its length is known from value_len() */
}

enum status value_decode(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
			 size_t len, struct arena *arena, ProtobufCMessage **row)
{
	struct watched watched = {.arena = arena};

	*row = NULL;
	if (len == 0 || bytes[0] != VALUE_PLAIN)
		return STATUS_CORRUPT;
	watched.allocator = (ProtobufCAllocator){watched_alloc, watched_free, &watched};
	*row = protobuf_c_message_unpack(descriptor, &watched.allocator, len - 1, bytes + 1);
	if (*row != NULL)
		return STATUS_OK;
	return watched.refused ? STATUS_MEMORY : STATUS_CORRUPT;
}
