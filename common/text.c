#include "common/text.h"

#include <stdint.h>
#include <string.h>

struct range {
	uint32_t first;
	uint32_t last;
};

static const struct range wide[] = {
#define WIDE(first, last) {first, last},
#include "common/width.def"
#undef WIDE
};

static const struct range zero_width[] = {
#define ZERO(first, last) {first, last},
#include "common/width.def"
#undef ZERO
};

/* What must not stand in a text: controls, what breaks a line, what turns the writing direction. */
static const struct range forbidden[] = {
	{0x0000, 0x001f}, {0x007f, 0x009f}, {0x2028, 0x2029}, {0x202a, 0x202e}, {0x2066, 0x2069},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Whether one of the sorted ranges has it. */
static bool has(const struct range *ranges, size_t count, uint32_t character)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		if (character < ranges[middle].first)
			count = middle;
		else if (character > ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/* Decodes the character that begins a text of len > 0 bytes. Returns its bytes, 0 when it is not
 * UTF-8: cut short, overlong, a surrogate or beyond U+10FFFF. */
static size_t decode(const uint8_t *text, size_t len, uint32_t *character)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = text[0];
	size_t size = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (size == 1) {
		*character = first;
		return 1;
	}
	if (size == 0 || first >= 0xf8 || size > len)
		return 0;
	uint32_t value = first & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return size;
}

enum text_fault text_check(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;
	uint32_t character;

	while (len > 0) {
		if (*at >= ' ' && *at < 0x7f) { /* most of it, and it is on every request's way */
			at++;
			len--;
			continue;
		}
		size_t size = decode(at, len, &character);
		if (size == 0)
			return TEXT_NOT_UTF8;
		if (has(forbidden, COUNT(forbidden), character))
			return TEXT_CONTROL;
		at += size;
		len -= size;
	}
	return TEXT_OK;
}

static size_t width(uint32_t character)
{
	if (character < 0x300)
		return 1;
	if (has(wide, COUNT(wide), character))
		return 2;
	return has(zero_width, COUNT(zero_width), character) ? 0 : 1;
}

size_t text_width(const char *text)
{
	const size_t len = strlen(text);
	const uint8_t *bytes = (const uint8_t *)text;
	uint32_t character;
	size_t columns = 0;
	size_t size;

	for (size_t at = 0; at < len; at += size) {
		size = decode(bytes + at, len - at, &character);
		if (size == 0)
			return len;
		columns += width(character);
	}
	return columns;
}

bool text_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}
