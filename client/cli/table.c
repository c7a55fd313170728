#include "client/cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/lang.h"
#include "common/text.h"

#define GAP 2
#define CUT_MIN 8 /* a column is never cut to less */
#define TEXTS_MAX ((size_t)64 * 1024 * 1024)
#define CHARACTER_MAX 4 /* bytes in UTF-8 */

enum status table_init(struct table *table, FILE *to, const struct column *columns, size_t rows_max,
		       size_t limit)
{
	*table = (struct table){.to = to, .columns = columns, .rows_max = rows_max, .limit = limit};
	table->count = column_count(columns);
	arena_init(&table->frame, TEXTS_MAX);
	arena_init(&table->texts, TEXTS_MAX);
	table->widths = arena_calloc(&table->frame, table->count, sizeof(*table->widths));
	table->titles = arena_calloc(&table->frame, table->count, sizeof(*table->titles));
	table->cells = arena_calloc(&table->frame, table->count * rows_max, sizeof(*table->cells));
	if (table->widths == NULL || table->titles == NULL || table->cells == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < table->count; i++) {
		table->titles[i] = lang_text(columns[i].title);
		table->widths[i] = text_width(table->titles[i]);
	}
	return STATUS_OK;
}

void table_release(struct table *table)
{
	arena_release(&table->frame);
	arena_release(&table->texts);
}

/* ---- cells ---- */

static size_t character_len(const char *text)
{
	size_t len = 1;

	while (len < CHARACTER_MAX && ((unsigned char)text[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static size_t character_width(const char *text, size_t len)
{
	char one[CHARACTER_MAX + 1] = "";

	memcpy(one, text, len);
	return text_width(one);
}

/* Writes as much as fits in width columns, the last an ellipsis. Returns the columns used. */
static size_t write_cut(FILE *to, const char *text, size_t width)
{
	size_t used = 0;

	while (*text != '\0') {
		size_t len = character_len(text);
		size_t wide = character_width(text, len);

		if (used + wide + 1 > width)
			break;
		fwrite(text, 1, len, to);
		used += wide;
		text += len;
	}
	fputs("…", to);
	return used + 1;
}

static void write_blanks(FILE *to, size_t count)
{
	while (count-- > 0)
		fputc(' ', to);
}

void table_cell(FILE *to, const char *text, size_t width, bool right)
{
	size_t wide = text_width(text);

	if (wide > width) {
		write_blanks(to, width - write_cut(to, text, width));
		return;
	}
	if (right)
		write_blanks(to, width - wide);
	fputs(text, to);
	if (!right)
		write_blanks(to, width - wide);
}

/* ---- rows ---- */

static bool may_be_cut(const struct table *table, size_t i)
{
	return (table->columns[i].flags & COLUMN_CUT) != 0 && table->widths[i] > CUT_MIN;
}

/* Takes from the widest column that may be cut until the row fits. */
static void table_fit(struct table *table)
{
	size_t total = 0;

	for (size_t i = 0; i < table->count; i++)
		total += table->widths[i] + (i == 0 ? 0 : GAP);
	while (table->limit != 0 && total > table->limit) {
		size_t widest = table->count;

		for (size_t i = 0; i < table->count; i++) {
			if (may_be_cut(table, i) &&
			    (widest == table->count || table->widths[i] > table->widths[widest]))
				widest = i;
		}
		if (widest == table->count)
			return;
		table->widths[widest]--;
		total--;
	}
}

/* Columns up to the last that is not empty: no line ends in blanks. */
static size_t columns_used(const struct table *table, const char **cells)
{
	size_t used = table->count;

	while (used > 1 && cells[used - 1][0] == '\0')
		used--;
	return used;
}

static void write_row(struct table *table, const char **cells)
{
	size_t used = columns_used(table, cells);

	for (size_t i = 0; i < used; i++) {
		bool right = (table->columns[i].flags & COLUMN_RIGHT) != 0;
		size_t width = table->widths[i];

		if (i + 1 == used && !right && text_width(cells[i]) <= width)
			fputs(cells[i], table->to);
		else
			table_cell(table->to, cells[i], width, right);
		if (i + 1 < used)
			write_blanks(table->to, GAP);
	}
	fputc('\n', table->to);
}

static void write_head(struct table *table)
{
	if (table->bold)
		fputs("\033[1m", table->to);
	write_row(table, table->titles);
	if (table->bold)
		fputs("\033[0m", table->to);
	table->headed = true;
}

void table_flush(struct table *table)
{
	if (table->rows == 0)
		return;
	table_fit(table);
	if (!table->headed)
		write_head(table);
	for (size_t i = 0; i < table->rows; i++)
		write_row(table, table->cells + i * table->count);
	table->rows = 0;
	arena_reset(&table->texts);
}

enum status table_row(struct table *table, const ProtobufCMessage *message)
{
	const char **cells = table->cells + table->rows * table->count;

	for (size_t i = 0; i < table->count; i++) {
		size_t wide;

		/* A text may live in the message, which does not live as long as the row. */
		cells[i] = column_text(&table->columns[i], message, STYLE_PEOPLE, &table->texts);
		if (cells[i] != NULL)
			cells[i] = arena_copy(&table->texts, cells[i], strlen(cells[i]));
		if (cells[i] == NULL)
			return STATUS_MEMORY;
		wide = text_width(cells[i]);
		if (wide > table->widths[i])
			table->widths[i] = wide;
	}
	table->rows++;
	if (table->rows == table->rows_max)
		table_flush(table);
	return STATUS_OK;
}

enum status table_record(FILE *to, const struct column *columns, const ProtobufCMessage *message)
{
	struct arena arena;
	size_t width = 0;

	arena_init(&arena, TEXTS_MAX);
	for (const struct column *one = columns; one->title != NULL; one++) {
		size_t wide = text_width(lang_text(one->title));
		width = wide > width ? wide : width;
	}
	for (const struct column *one = columns; one->title != NULL; one++) {
		const char *text = column_text(one, message, STYLE_PEOPLE, &arena);
		if (text == NULL) {
			arena_release(&arena);
			return STATUS_MEMORY;
		}
		if (text[0] == '\0')
			continue;
		table_cell(to, lang_text(one->title), width + GAP, false);
		fprintf(to, "%s\n", text);
	}
	arena_release(&arena);
	return STATUS_OK;
}
