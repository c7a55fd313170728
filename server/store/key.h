/*
 * Keys of the state: numbers big-endian, text ended by NUL. Text longer than KEY_TEXT_MAX is cut
 * there and its SHA-256 appended, because LMDB keys end at 511 bytes. Order of keys = order of
 * values, as far as the cut. Parts are self-delimiting: no key of other parts begins with the bytes
 * of a whole part.
 */
#ifndef SERVER_STORE_KEY_H
#define SERVER_STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

#define KEY_MAX 500
#define KEY_TEXT_MAX 160

struct key {
	uint8_t bytes[KEY_MAX];
	size_t len;
};

/* Every call appends one part; a key of index parts never exceeds KEY_MAX (at most two texts). */
void key_u32(struct key *key, uint32_t value);
void key_s32(struct key *key, int32_t value); /* sign bit flipped, so that order holds */
void key_s64(struct key *key, int64_t value); /* likewise */
void key_u64(struct key *key, uint64_t value);
void key_text(struct key *key, const char *text); /* NULL counts as "" */

/* Length first, hashed over KEY_TEXT_MAX: for finding, not for order. */
void key_bytes(struct key *key, const uint8_t *bytes, size_t len);

/* A text's beginning, for prefix scans: no NUL behind it; at most KEY_TEXT_MAX bytes. */
void key_text_prefix(struct key *key, const char *text);

/* A number in as few bytes as it needs, its length first, so that order holds: for the keys of
 * trail and seen, of which there are most. */
void key_number(struct key *key, uint64_t value);

/* Reads what key_number() wrote; the bytes it took, 0 when it is none. Takes any bytes. */
size_t key_number_get(const uint8_t *from, size_t len, uint64_t *value);

#endif
