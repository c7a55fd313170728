#include "client/cmd/paper_head.h"

#include <errno.h>
#include <inttypes.h>
#include <qrencode.h>
#include <stdlib.h>

#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/table.h"
#include "common/date.h"

#define TITLE_WIDTH 14
#define GROUP 4 /* hex digits that an eye takes in at once */
#define GROUPS_A_LINE 8
#define QUIET 4 /* modules of white around a QR code, says its standard */
#define SECOND INT64_C(1000000)
#define BLACK_ON_WHITE "\033[30;107m"
#define COLOURS_AS_EVER "\033[0m"

/* ---- the code ---- */

static bool is_dark(const QRcode *code, int x, int y)
{
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       (code->data[y * code->width + x] & 1) != 0;
}

/* Two rows of modules in one line of text. */
static void write_rows(const QRcode *code, int y, FILE *to)
{
	static const char *const blocks[2][2] = {{" ", "▄"}, {"▀", "█"}};

	for (int x = -QUIET; x < code->width + QUIET; x++)
		fputs(blocks[is_dark(code, x, y)][is_dark(code, x, y + 1)], to);
}

static enum status write_code(const struct paper_head *head, FILE *to)
{
	QRcode *code = QRcode_encodeData((int)head->note_len, (const unsigned char *)head->note, 0,
					 QR_ECLEVEL_M);

	if (code == NULL)
		return errno == ERANGE ? STATUS_LIMIT : STATUS_MEMORY;
	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		if (head->on_screen)
			fputs(BLACK_ON_WHITE, to);
		write_rows(code, y, to);
		fputs(head->on_screen ? COLOURS_AS_EVER "\n" : "\n", to);
	}
	QRcode_free(code);
	return STATUS_OK;
}

/* ---- the page ---- */

static void write_title(const char *title, FILE *to)
{
	table_cell(to, title, TITLE_WIDTH, false);
}

static void write_time(const char *title, int64_t time, FILE *to)
{
	char text[DATE_TIME_TEXT_LEN];

	date_format_time(time, FIELD_ZONE_MINUTES, text);
	write_title(title, to);
	fprintf(to, "%s (UTC+8)\n", text);
}

/* As it is read out and compared: groups of digits, two lines of them. */
static void write_root(const uint8_t root[static HASH_LEN], FILE *to)
{
	char hex[2 * HASH_LEN + 1];

	hex_encode(root, HASH_LEN, hex);
	for (int i = 0; i < 2 * HASH_LEN / GROUP; i++) {
		if (i % GROUPS_A_LINE == 0)
			write_title(i == 0 ? _("Root") : "", to);
		fprintf(to, "%.*s%c", GROUP, hex + i * GROUP,
			i % GROUPS_A_LINE == GROUPS_A_LINE - 1 ? '\n' : ' ');
	}
}

static void write_facts(const struct paper_head *head, FILE *to)
{
	fprintf(to, "%s\n\n", _("Head of the ledger"));
	write_title(_("Ledger"), to);
	fprintf(to, "%s\n", head->checkpoint.origin);
	write_title(_("Entries"), to);
	fprintf(to, "%" PRIu64 "\n", head->checkpoint.size);
	write_root(head->checkpoint.root, to);
	if (head->signed_at > 0)
		write_time(_("Signed"), (int64_t)head->signed_at * SECOND, to);
	write_time(_("Printed"), head->printed_at, to);
}

static void write_signatures(FILE *to)
{
	for (int i = 0; i < 2; i++) {
		fprintf(to, "\n%s ______________________  ", _("Name"));
		fprintf(to, "%s ______________________  ", _("Signature"));
		fprintf(to, "%s ______________\n", _("Date"));
	}
}

enum status paper_head_write(const struct paper_head *head, FILE *to)
{
	enum status status;

	write_facts(head, to);
	fprintf(to, "\n%s\n\n", _("The same, signed by the ledger's key (C2SP signed-note):"));
	fwrite(head->note, 1, head->note_len, to);
	fputc('\n', to);
	status = write_code(head, to);
	fprintf(to, "\n%s\n",
		_("Who keeps this page can prove later that nothing before this entry was changed, "
		  "dropped or put in: save the signed lines, or what the code says, as a file and "
		  "give it to: dossier ledger verify"));
	write_signatures(to);
	if (status == STATUS_OK && (fflush(to) != 0 || ferror(to)))
		status = STATUS_SYSTEM;
	return status;
}
