#include "client/cli/refusal.h"

#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/safe.h"
#include "common/date.h"
#include "common/text.h"

#define NAME_LEN 64
#define NOTHING "-" /* a fact that the server did not give */

static void write_text(FILE *to, const char *text)
{
	safe_write(to, text_empty(text) ? NOTHING : text);
}

/* How alike a field of the request and a refused one must be. */
typedef bool same_field(const char *path, const char *field);

/* The refused field itself; the server names a draft's fields without the draft. */
static bool is_field(const char *path, const char *field)
{
	const char *inner = field_of_draft(path);

	return strcmp(path, field) == 0 || (inner != NULL && strcmp(inner, field) == 0);
}

/* The last part of a path. */
static const char *leaf(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot == NULL ? path : dot + 1;
}

static bool is_like_field(const char *path, const char *field)
{
	return strcmp(leaf(path), leaf(field)) == 0;
}

static bool write_given(FILE *to, const char *field, const struct command *command,
			same_field *same)
{
	const struct option_row *option = command != NULL ? command->options : NULL;
	const struct operand_row *operand = command != NULL ? command->operands : NULL;

	for (; option != NULL && option->name != NULL; option++) {
		if (option->field != NULL && same(option->field, field)) {
			fprintf(to, "--%s", option->name);
			return true;
		}
	}
	for (; operand != NULL && operand->value != NULL; operand++) {
		if (operand->field != NULL && same(operand->field, field)) {
			fputs(_(operand->value), to);
			return true;
		}
	}
	return false;
}

/* A field under the name by which people give it. */
static void write_field(FILE *to, const char *field, const struct command *command)
{
	if (!write_given(to, field, command, is_field) &&
	    !write_given(to, field, command, is_like_field))
		write_text(to, text_empty(field) ? field : _(field));
}

static void write_date(FILE *to, int32_t date)
{
	char text[DATE_TEXT_LEN];

	if (date == 0) {
		fputs(NOTHING, to);
		return;
	}
	date_format(date, text);
	fputs(text, to);
}

static void write_moment(FILE *to, int64_t time)
{
	char text[DATE_TIME_TEXT_LEN];

	if (time == 0) {
		fputs(NOTHING, to);
		return;
	}
	date_format_time(time, FIELD_ZONE_MINUTES, text);
	fputs(text, to);
}

static void write_fact(FILE *to, const char *name, const Pb__Refusal *refusal,
		       const struct command *command)
{
	if (strcmp(name, "subject") == 0)
		write_text(to, refusal->subject);
	else if (strcmp(name, "field") == 0)
		write_field(to, refusal->field, command);
	else if (strcmp(name, "holder") == 0)
		write_text(to, refusal->holder);
	else if (strcmp(name, "office") == 0)
		write_text(to, refusal->holder_office);
	else if (strcmp(name, "since") == 0)
		write_date(to, refusal->since == 0
				       ? 0
				       : date_of_time(refusal->since, FIELD_ZONE_MINUTES));
	else if (strcmp(name, "due") == 0)
		write_date(to, refusal->due);
	else if (strcmp(name, "until") == 0)
		write_moment(to, refusal->until);
	else if (strcmp(name, "limit") == 0)
		fprintf(to, "%llu", (unsigned long long)refusal->limit);
	else
		fprintf(to, "{%s}", name);
}

/* A template with {facts}. */
static void write_template(FILE *to, const char *text, const Pb__Refusal *refusal,
			   const struct command *command)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "{");
		const char *end;
		char name[NAME_LEN];
		size_t len;

		fwrite(text, 1, plain, to);
		text += plain;
		end = strchr(text, '}');
		if (*text == '\0' || end == NULL)
			break;
		len = (size_t)(end - text) - 1;
		if (len < sizeof(name)) {
			memcpy(name, text + 1, len);
			name[len] = '\0';
			write_fact(to, name, refusal, command);
		}
		text = end + 1;
	}
}

void refusal_write(FILE *to, const Pb__Refusal *refusal, const struct command *command)
{
	const struct reason *reason = reason_find(refusal->reason);

	if (reason != NULL) {
		write_template(to, _(reason->text), refusal, command);
	} else if (text_empty(refusal->subject)) {
		fputs(_(status_text((enum status)refusal->status)), to);
	} else {
		safe_write(to, refusal->subject);
		fprintf(to, ": %s", _(status_text((enum status)refusal->status)));
	}
	for (size_t i = 0; i < refusal->n_others; i++) {
		fputs(i == 0 ? _("; also: ") : ", ", to);
		safe_write(to, text_empty(refusal->others[i]) ? "" : _(refusal->others[i]));
	}
}

bool refusal_write_next(FILE *to, const Pb__Refusal *refusal, const struct command *command)
{
	const struct reason *reason = reason_find(refusal->reason);

	if (reason == NULL || text_empty(reason->next))
		return false;
	write_template(to, _(reason->next), refusal, command);
	return true;
}

enum status refusal_print(struct cli *cli, const Pb__Refusal *refusal,
			  const struct command *command)
{
	enum status status = (enum status)refusal->status;

	fputs(CLI_PREFIX, cli->err);
	refusal_write(cli->err, refusal, command);
	fputc('\n', cli->err);
	if (refusal_write_next(cli->err, refusal, command))
		fputc('\n', cli->err);
	if (refusal->entered && !cli->quiet)
		fprintf(cli->err, _("The refusal is entry %llu\n"),
			(unsigned long long)refusal->sequence);
	return status;
}

enum status refusal_answer(struct cli *cli, const Pb__Refusal *refusal,
			   const struct command *command)
{
	if (cli->format == FORMAT_JSON)
		json_print_refusal(cli->out, refusal);
	return refusal_print(cli, refusal, command);
}
