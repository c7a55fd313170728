/* Stored rows from any bytes: decoded or refused; and encoding settles after one round. */
#include <stdlib.h>
#include <string.h>

#include "server/store/schema.h"
#include "server/store/value.h"

#define ARENA_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Encodes the row and decodes it again; NULL when that is refused (fields that nobody knows). */
static ProtobufCMessage *round_trip(const ProtobufCMessage *row, uint8_t *to, struct arena *arena)
{
	ProtobufCMessage *again = NULL;

	value_encode(row, to);
	return value_decode(row->descriptor, to, value_len(row), arena, &again) == STATUS_OK ? again
											     : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena;
	ProtobufCMessage *row = NULL;

	if (len == 0)
		return 0;
	const struct table_spec *spec = &table_specs[bytes[0] % TABLE_COUNT];
	arena_init(&arena, ARENA_MAX);
	if (value_decode(spec->row, bytes + 1, len - 1, &arena, &row) == STATUS_OK) {
		size_t size = value_len(row);
		uint8_t *first = malloc(size);
		uint8_t *second = malloc(size);
		if (first == NULL || second == NULL)
			abort();
		const ProtobufCMessage *again = round_trip(row, first, &arena);
		if (again != NULL && value_len(again) != size)
			abort();
		if (again != NULL)
			value_encode(again, second);
		if (again != NULL && memcmp(first, second, size) != 0)
			abort();
		free(first);
		free(second);
	}
	arena_release(&arena);
	return 0;
}
