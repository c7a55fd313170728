#include "client/cli/column.h"

#include "client/cli/field.h"
#include "client/cli/safe.h"

size_t column_count(const struct column *columns)
{
	size_t count = 0;

	while (columns[count].title != NULL)
		count++;
	return count;
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
	return text == NULL ? NULL : safe_text(text, arena);
}
