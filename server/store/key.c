#include "server/store/key.h"

#include <assert.h>
#include <string.h>

#include "common/bytes.h"
#include "common/hash.h"

/* Behind a text or byte string that was cut, before its hash: a NUL would look like the end of the
 * text, and no text goes on with this byte. */
#define CUT 0x01

/* Stands for the length of a byte string that was hashed. */
#define HASHED 0xff

/* Room for len more bytes. */
static uint8_t *add(struct key *key, size_t len)
{
	assert(key->len <= KEY_MAX && len <= KEY_MAX - key->len);
	uint8_t *room = key->bytes + key->len;
	key->len += len;
	return room;
}

void key_u32(struct key *key, uint32_t value)
{
	bytes_put32(add(key, sizeof(value)), value);
}

void key_s32(struct key *key, int32_t value)
{
	key_u32(key, (uint32_t)value ^ UINT32_C(0x80000000));
}

void key_u64(struct key *key, uint64_t value)
{
	bytes_put64(add(key, sizeof(value)), value);
}

void key_s64(struct key *key, int64_t value)
{
	key_u64(key, (uint64_t)value ^ UINT64_C(0x8000000000000000));
}

void key_text(struct key *key, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	key_text_prefix(key, text);
	if (len <= KEY_TEXT_MAX) {
		*add(key, 1) = '\0';
		return;
	}
	*add(key, 1) = CUT;
	hash_of(text, len, add(key, HASH_LEN));
}

void key_text_prefix(struct key *key, const char *text)
{
	size_t len = text == NULL ? 0 : strnlen(text, KEY_TEXT_MAX);

	if (len > 0)
		memcpy(add(key, len), text, len);
}

void key_bytes(struct key *key, const uint8_t *bytes, size_t len)
{
	static_assert(KEY_TEXT_MAX < HASHED, "a length fits into a byte");

	if (len > KEY_TEXT_MAX) {
		*add(key, 1) = HASHED;
		hash_of(bytes, len, add(key, HASH_LEN));
		return;
	}
	*add(key, 1) = (uint8_t)len;
	if (len > 0)
		memcpy(add(key, len), bytes, len);
}

void key_number(struct key *key, uint64_t value)
{
	uint8_t bytes[sizeof(value)];
	size_t zeros = value == 0 ? sizeof(value) : (size_t)__builtin_clzll(value) / 8;
	size_t len = sizeof(value) - zeros;

	bytes_put64(bytes, value);
	*add(key, 1) = (uint8_t)len;
	memcpy(add(key, len), bytes + zeros, len);
}

size_t key_number_get(const uint8_t *from, size_t len, uint64_t *value)
{
	if (len == 0 || from[0] > sizeof(*value) || from[0] >= len)
		return 0;
	if (from[0] > 0 && from[1] == 0)
		return 0; /* not the shortest form: no key of ours */
	*value = 0;
	for (size_t i = 1; i <= from[0]; i++)
		*value = *value << 8 | from[i];
	return (size_t)from[0] + 1;
}
