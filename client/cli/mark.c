#include "client/cli/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/act.h"
#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/safe.h"
#include "common/bytes.h"
#include "common/date.h"
#include "common/entry.h"

#define SEQUENCE_AT 8 /* in an entry's header: common/entry.h */
#define TIME_AT 16

void marks_release(struct marks *marks)
{
	for (unsigned i = 0; i < MARK_GRANTS_MAX; i++)
		free(marks->grants[i]);
	buf_release(&marks->entries);
	*marks = (struct marks){0};
}

static bool note_entry(struct marks *marks, const ProtobufCBinaryData *entry)
{
	char text[24];

	if (entry->len < ENTRY_FIXED_LEN)
		return true;
	snprintf(text, sizeof(text), "%s%" PRIu64, marks->count == 0 ? "" : ", ",
		 bytes_get64(entry->data + SEQUENCE_AT));
	marks->count++;
	marks->time = (int64_t)bytes_get64(entry->data + TIME_AT);
	return buf_append(&marks->entries, text, strlen(text)) == STATUS_OK;
}

static bool note_grant(struct marks *marks, const char *number)
{
	for (unsigned i = 0; i < MARK_GRANTS_MAX && i < marks->grant_count; i++)
		if (strcmp(marks->grants[i], number) == 0)
			return true;
	if (marks->grant_count < MARK_GRANTS_MAX) {
		marks->grants[marks->grant_count] = strdup(number);
		if (marks->grants[marks->grant_count] == NULL)
			return false;
	}
	marks->grant_count++;
	return true;
}

void mark_take(struct cli *cli, const struct client_answer *answer)
{
	const Pb__Mark *mark = answer->mark;
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	bool noted;

	if (mark == NULL || answer->status == STATUS_PROOF)
		return;
	receipt.entry = mark->entry;
	receipt.proof = mark->proof;
	act_keep_receipt(cli, answer->rpc->number, &receipt,
			 _("the receipt cannot be kept (it is in the ledger all the same)"));
	noted = note_entry(&cli->marks, &mark->entry);
	for (size_t i = 0; i < mark->n_grants; i++)
		noted = note_grant(&cli->marks, mark->grants[i]) && noted;
	if (!noted)
		cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
}

static void tell_grants(FILE *to, const struct marks *marks)
{
	for (unsigned i = 0; i < MARK_GRANTS_MAX && i < marks->grant_count; i++) {
		fputs(i == 0 ? "" : ", ", to);
		safe_write(to, marks->grants[i]);
	}
	if (marks->grant_count > MARK_GRANTS_MAX)
		fputs(", ...", to);
}

/* A template whose {facts} are filled in. */
static void tell(FILE *to, const char *text, const struct marks *marks)
{
	char time[DATE_TIME_TEXT_LEN];

	date_format_time(marks->time, FIELD_ZONE_MINUTES, time);
	for (; *text != '\0'; text++) {
		if (*text != '{') {
			fputc(*text, to);
			continue;
		}
		if (strncmp(text, "{grant}", 7) == 0)
			tell_grants(to, marks);
		else if (strncmp(text, "{entry}", 7) == 0)
			fwrite(buf_head(&marks->entries), 1, marks->entries.len, to);
		else
			fputs(time, to);
		text += strcspn(text, "}");
	}
	fputc('\n', to);
}

void mark_tell(struct cli *cli)
{
	FILE *to = cli->format == FORMAT_TABLE ? cli->out : cli->err;

	if (cli->marks.count > 0)
		tell(to,
		     cli->marks.grant_count > 0
			     ? _("Shown under grant {grant}, entry {entry}, {time}")
			     : _("Shown under entry {entry}, {time}"),
		     &cli->marks);
	marks_release(&cli->marks);
}
