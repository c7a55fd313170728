#include "client/cli/safe.h"

#include <stdbool.h>
#include <string.h>

#include "common/text.h"

#define CHARACTER_MAX 4 /* bytes in UTF-8 */
#define ESCAPE_LEN 4    /* of one byte: \x1b */

/* The bytes that the first one asks for, as far as the text goes. */
static size_t character_len(const char *text)
{
	unsigned char byte = (unsigned char)text[0];
	size_t len = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : CHARACTER_MAX;

	return strnlen(text, len);
}

/* Length of the character at text, or of what is not one. */
static size_t safe_step(const char *text, bool *safe)
{
	size_t len = character_len(text);
	enum text_fault fault = text_check(text, len);

	*safe = fault == TEXT_OK;
	return fault == TEXT_NOT_UTF8 ? 1 : len;
}

static void write_text(FILE *to, const char *text, bool lines)
{
	while (*text != '\0') {
		bool safe;
		size_t len = safe_step(text, &safe);

		if (safe || (lines && *text == '\n')) {
			fwrite(text, 1, len, to);
		} else {
			for (size_t i = 0; i < len; i++)
				fprintf(to, "\\x%02x", (unsigned char)text[i]);
		}
		text += len;
	}
}

void safe_write(FILE *to, const char *text)
{
	write_text(to, text, false);
}

void safe_write_lines(FILE *to, const char *text)
{
	write_text(to, text, true);
}

const char *safe_text(const char *text, struct arena *arena)
{
	size_t len = strlen(text);
	char *copy;
	FILE *to;

	if (text_check(text, len) == TEXT_OK)
		return text;
	copy = arena_alloc(arena, len * ESCAPE_LEN + 1);
	to = copy == NULL ? NULL : fmemopen(copy, len * ESCAPE_LEN + 1, "w");
	if (to == NULL)
		return NULL;
	safe_write(to, text);
	return fclose(to) == 0 ? copy : NULL;
}
