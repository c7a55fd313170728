#include "client/cli/list.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"

#define ROWS_HELD 500 /* enough to know how wide columns are */
#define ITEM_MAX ((size_t)4 * 1024 * 1024)

void csv_put_cell(FILE *to, const char *text, bool first)
{
	if (!first)
		fputc(',', to);
	csv_fwrite(to, text, strlen(text));
}

void csv_end_line(FILE *to)
{
	fputs("\r\n", to);
}

/* Columns of the terminal; 0 when it is none: then nothing is cut. */
static size_t terminal_width(const struct cli *cli)
{
	struct winsize size;

	if (!cli->terminal || ioctl(fileno(cli->out), TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

enum status list_begin(struct list *list, struct cli *cli, const struct column *columns, bool live)
{
	enum status status;

	*list = (struct list){.cli = cli, .columns = columns, .live = live, .empty = N_("None.")};
	arena_init(&list->arena, ITEM_MAX);
	status = table_init(&list->table, cli->out, columns, live ? 1 : ROWS_HELD,
			    terminal_width(cli));
	if (status != STATUS_OK)
		return status;
	list->table.bold = cli->color;
	list->table.headed = cli->quiet;
	return STATUS_OK;
}

/* What stands before the items. */
static void list_open(struct list *list)
{
	const struct column *columns = list->columns;
	FILE *out = list->cli->out;

	if (list->opened)
		return;
	list->opened = true;
	if (list->cli->format == FORMAT_JSON && !list->live)
		fputc('[', out);
	if (list->cli->format != FORMAT_CSV)
		return;
	for (size_t i = 0; columns[i].title != NULL; i++)
		csv_put_cell(out, columns[i].key, i == 0);
	csv_end_line(out);
}

static enum status list_json(struct list *list, const ProtobufCMessage *message)
{
	FILE *out = list->cli->out;

	if (!list->live)
		fputs(list->count == 0 ? "\n" : ",\n", out);
	return json_write(out, json_message(message));
}

static enum status list_csv(struct list *list, const ProtobufCMessage *message)
{
	arena_reset(&list->arena);
	for (size_t i = 0; list->columns[i].title != NULL; i++) {
		const char *text =
			column_text(&list->columns[i], message, STYLE_MACHINE, &list->arena);
		if (text == NULL)
			return STATUS_MEMORY;
		csv_put_cell(list->cli->out, text, i == 0);
	}
	csv_end_line(list->cli->out);
	return STATUS_OK;
}

enum status list_item(struct list *list, const ProtobufCMessage *message)
{
	FILE *out = list->cli->out;
	enum status status = STATUS_OK;

	list_open(list);
	switch (list->cli->format) {
	case FORMAT_TABLE:
		status = table_row(&list->table, message);
		break;
	case FORMAT_JSON:
		status = list_json(list, message);
		break;
	case FORMAT_CSV:
		status = list_csv(list, message);
		break;
	}
	list->count++;
	if (status != STATUS_OK || !list->live)
		return status;
	if (list->cli->format == FORMAT_JSON)
		fputc('\n', out);
	return fflush(out) == 0 ? STATUS_OK : STATUS_SYSTEM;
}

enum status list_end(struct list *list, bool whole)
{
	struct cli *cli = list->cli;

	if (whole)
		list_open(list);
	if (!list->opened)
		return STATUS_OK;
	if (cli->format == FORMAT_TABLE)
		table_flush(&list->table);
	if (cli->format == FORMAT_JSON && !list->live)
		fputs(list->count == 0 ? "]\n" : "\n]\n", cli->out);
	if (list->count == 0 && cli->terminal && !cli->quiet && cli->format == FORMAT_TABLE)
		fprintf(cli->err, "%s\n", _(list->empty));
	return fflush(cli->out) == 0 && !ferror(cli->out) ? STATUS_OK : STATUS_SYSTEM;
}

void list_release(struct list *list)
{
	table_release(&list->table);
	arena_release(&list->arena);
}
