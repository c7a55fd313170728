#include "server/service/mask_text.h"

#include <stddef.h>
#include <string.h>

#define STARS "******************" /* as many as the longest mask has characters */
#define SIGN "**"                  /* every mask has it */

/* In characters. */
static const struct mask_shape {
	size_t head;  /* of the text, that are left */
	size_t stars; /* in their place */
	size_t tail;
	size_t least; /* a text with fewer leaves nothing but stars */
} shapes[] = {
	[MASK_STYLE_TEXT] = {0, 4, 0, 0},     [MASK_STYLE_NAME] = {1, 2, 0, 2},
	[MASK_STYLE_PHONE] = {3, 4, 4, 11},   [MASK_STYLE_ID] = {3, 11, 4, 15},
	[MASK_STYLE_ACCOUNT] = {0, 8, 4, 12}, [MASK_STYLE_ADDRESS] = {3, 4, 0, 7},
	[MASK_STYLE_BYTES] = {0, 4, 0, 0},
};

static size_t character_len(const char *text)
{
	size_t len = text[0] == '\0' ? 0 : 1;

	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static const char *skip(const char *text, size_t characters)
{
	while (characters-- > 0)
		text += character_len(text);
	return text;
}

static size_t characters_of(const char *text)
{
	size_t count = 0;

	for (size_t len; (len = character_len(text)) > 0; text += len)
		count++;
	return count;
}

const char *mask_text(enum mask_style style, const char *text, struct arena *arena)
{
	const struct mask_shape *shape = &shapes[style];
	size_t count = characters_of(text);
	const char *tail;

	if (count == 0)
		return "";
	if (count < shape->least || shape->head + shape->tail == 0)
		return &STARS[sizeof(STARS) - 1 - (shape->head + shape->stars + shape->tail)];
	tail = skip(text, count - shape->tail);
	return arena_printf(arena, "%.*s%.*s%s", (int)(skip(text, shape->head) - text), text,
			    (int)shape->stars, STARS, tail);
}

bool mask_is_mask(const char *text)
{
	return strstr(text, SIGN) != NULL;
}
