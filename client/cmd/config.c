/* config show: what each setting is, and why. */
#include <stdlib.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cli/safe.h"
#include "client/cli/table.h"
#include "client/cmd/group.h"
#include "common/certificate.h"
#include "common/date.h"
#include "common/file.h"
#include "common/text.h"

#define NAME_WIDTH 12
#define VALUE_WIDTH 40
#define MICROSECONDS INT64_C(1000000)

struct shown {
	struct cli *cli;
	json_t *object; /* with -o json */
};

static void show(struct shown *shown, const char *name, const char *value, enum source source)
{
	FILE *to = shown->cli->out;
	const char *safe = safe_text(value, &shown->cli->arena);
	size_t wide;

	safe = safe != NULL ? safe : "?";
	wide = text_width(safe);
	switch (shown->cli->format) {
	case FORMAT_TABLE:
		table_cell(to, name, NAME_WIDTH, false);
		table_cell(to, safe, wide > VALUE_WIDTH ? wide : VALUE_WIDTH, false);
		fprintf(to, "  %s\n", _(source_text(source)));
		break;
	case FORMAT_CSV:
		csv_put_cell(to, name, true);
		csv_put_cell(to, value, false);
		csv_put_cell(to, source_text(source), false);
		csv_end_line(to);
		break;
	case FORMAT_JSON:
		json_object_set_new(
			shown->object, name,
			json_pack("{s:s, s:s}", "value", value, "source", source_text(source)));
		break;
	}
}

/* The last day of the certificate, "" when there is none; in text. */
static const char *good_until(const struct profile *profile, char text[static DATE_TEXT_LEN])
{
	struct certificate_life life;
	uint8_t *pem = NULL;
	size_t len = 0;

	text[0] = '\0';
	if (file_get(profile->certificate.text, CERTIFICATE_FILE_MAX, &pem, &len) != STATUS_OK)
		return text;
	if (certificate_life(pem, len, &life) == STATUS_OK)
		date_format(date_of_time(life.ends * MICROSECONDS, FIELD_ZONE_MINUTES), text);
	free(pem);
	return text;
}

static enum status show_run(struct cli *cli, const struct arguments *arguments)
{
	struct shown shown = {cli, json_object()};
	char until[DATE_TEXT_LEN];
	const struct profile *profile = &cli->profile;
	enum status status = cli_load(cli);

	(void)arguments;
	if (status == STATUS_OK) {
		show(&shown, "profile", profile->directory.text, profile->directory_source);
		for (int id = 0; id < SETTING_COUNT; id++)
			show(&shown, setting_name((enum setting_id)id),
			     id == SETTING_state ? profile->state.text : profile->settings[id].text,
			     profile->settings[id].source);
		show(&shown, "certificate", profile->certificate.text, profile->directory_source);
		show(&shown, "good_until", good_until(profile, until), profile->directory_source);
	}
	if (status == STATUS_OK && cli->format == FORMAT_JSON) {
		status = json_write(cli->out, shown.object);
		fputc('\n', cli->out);
		return status;
	}
	json_decref(shown.object);
	return status;
}

const struct command config_commands[] = {
	{
		.words = "config show",
		.alias = "配置 查看",
		.summary = N_("Show each setting and where it comes from"),
		.examples = "dossier config show\n",
		.run = show_run,
	},
	{0},
};
