#include "common/line.h"

#include <string.h>

#include "common/base64.h"

bool line_next(const char **text, size_t *left, struct line *line)
{
	const char *end = *left > 0 ? memchr(*text, '\n', *left) : NULL;

	if (end == NULL)
		return false;
	*line = (struct line){*text, (size_t)(end - *text)};
	*left -= line->len + 1;
	*text = end + 1;
	return true;
}

bool line_skip(struct line *line, const char *word)
{
	size_t len = strlen(word);

	if (line->len <= len || memcmp(line->text, word, len) != 0 || line->text[len] != ' ')
		return false;
	line->text += len + 1;
	line->len -= len + 1;
	return true;
}

bool line_is(const struct line *line, const char *text)
{
	return line->len == strlen(text) && memcmp(line->text, text, line->len) == 0;
}

enum status line_number(const struct line *line, uint64_t *number)
{
	uint64_t value = 0;

	if (line->len == 0 || (line->len > 1 && line->text[0] == '0'))
		return STATUS_INVALID;
	for (size_t i = 0; i < line->len; i++) {
		if (line->text[i] < '0' || line->text[i] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(line->text[i] - '0'), &value))
			return STATUS_INVALID;
	}
	*number = value;
	return STATUS_OK;
}

enum status line_hash(const struct line *line, uint8_t hash[static HASH_LEN])
{
	uint8_t bytes[HASH_LEN];
	size_t len;

	if (base64_decode(line->text, line->len, bytes, sizeof(bytes), &len) != STATUS_OK ||
	    len != HASH_LEN)
		return STATUS_INVALID;
	memcpy(hash, bytes, HASH_LEN);
	return STATUS_OK;
}

enum status line_add(struct buf *to, const char *text)
{
	size_t len = strlen(text);
	uint8_t *at = buf_reserve(to, len + 1);

	if (at == NULL)
		return STATUS_MEMORY;
	memcpy(at, text, len);
	at[len] = '\n';
	buf_added(to, len + 1);
	return STATUS_OK;
}

enum status line_add_hash(struct buf *to, const uint8_t hash[static HASH_LEN])
{
	char base64[BASE64_LEN(HASH_LEN) + 1];

	base64_encode(hash, HASH_LEN, base64);
	return line_add(to, base64);
}
