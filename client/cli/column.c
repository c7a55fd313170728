#include "client/cli/column.h"

#include <string.h>

#include "client/cli/field.h"

size_t column_count(const struct column *columns)
{
	size_t count = 0;

	while (columns[count].title != NULL)
		count++;
	return count;
}

static bool is_control(const char *text)
{
	unsigned char byte = (unsigned char)text[0];

	/* U+0080 to U+009F are controls too: C2 80 to C2 9F. */
	return byte < 0x20 || byte == 0x7f ||
	       (byte == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0);
}

static const char *disarm(const char *text, struct arena *arena)
{
	size_t len = strlen(text);
	char *copy = NULL;

	for (size_t i = 0; i < len; i++) {
		if (!is_control(text + i))
			continue;
		if (copy == NULL)
			copy = arena_copy(arena, text, len);
		if (copy == NULL)
			return NULL;
		copy[i] = '?';
		if ((unsigned char)text[i] == 0xc2)
			copy[++i] = '?';
	}
	return copy == NULL ? text : copy;
}

const char *column_text(const struct column *column, const ProtobufCMessage *message,
			enum style style, struct arena *arena)
{
	const char *text = "";
	struct field field;

	if (column->text != NULL)
		text = column->text(message, style, arena);
	else if (field_find(message, column->path, &field))
		text = field_text(&field, style, (column->flags & COLUMN_ZERO) != 0, arena);
	return text == NULL ? NULL : disarm(text, arena);
}
