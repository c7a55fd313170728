#include "client/cli/request.h"

#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/word.h"
#include "common/message.h"
#include "common/rpc.h"

#define FIELDS "fields"

struct building {
	struct cli *cli;
	struct arena *arena;
	ProtobufCMessage *request;
};

/* A word as it can be typed: in Chinese where one speaks Chinese, else without blanks. */
static void write_word(FILE *to, const struct word *word)
{
	fputc(' ', to);
	if (_(word->text) != word->text) {
		fprintf(to, "%.*s", (int)strcspn(word->chinese, "|"), word->chinese);
		return;
	}
	for (const char *at = word->text; *at != '\0'; at++)
		fputc(*at == ' ' ? '-' : *at, to);
}

/* The words that an enum field takes, behind the complaint. */
static void list_words(struct cli *cli, const ProtobufCMessage *request, const char *path)
{
	const struct word *word;
	struct field field;

	if (!field_find(request, path, &field) || field.descriptor->type != PROTOBUF_C_TYPE_ENUM)
		return;
	fputs(" ", cli->err);
	for (size_t i = 0; (word = word_of(field.descriptor->descriptor, i)) != NULL; i++)
		write_word(cli->err, word);
	fputc('\n', cli->err);
}

/* name is what the person calls it: "--until", "ITEM". */
static enum status put(struct building *building, const char *dashes, const char *name,
		       const char *path, const char *value)
{
	struct cli *cli = building->cli;
	const char *expected = NULL;
	enum status status =
		field_put(building->request, path, value, cli->today, building->arena, &expected);

	if (status == STATUS_USAGE && expected != NULL) {
		cli_complain(cli, status, _("%s%s %s: it must be %s"), dashes, name, value,
			     _(expected));
		list_words(cli, building->request, path);
	} else if (status != STATUS_OK) {
		cli_complain(cli, status, "%s", _(status_text(status)));
	}
	return status;
}

static enum status put_operands(struct building *building, const struct arguments *arguments)
{
	const struct operand_row *row = arguments->command->operands;
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < arguments->operand_count; i++) {
		if (row->field != NULL)
			status = put(building, "", _(row->value), row->field,
				     arguments->operands[i]);
		if (!row->many)
			row++;
	}
	return status;
}

/* "draft.contacts.phone" makes "contacts" one of the fields to take over, once. */
static enum status name_field(struct building *building, const char *path)
{
	const char *name = field_of_draft(path);
	char *copy = arena_copy(building->arena, name, strcspn(name, "."));
	struct field fields;

	if (copy == NULL)
		return STATUS_MEMORY;
	if (!field_find(building->request, FIELDS, &fields))
		return STATUS_USAGE;
	for (size_t i = 0; i < fields.count; i++) {
		if (strcmp((*(const char *const *const *)fields.at)[i], copy) == 0)
			return STATUS_OK;
	}
	return put(building, "", FIELDS, FIELDS, copy);
}

/* An edit that names no field would be an entry of the ledger about nothing. */
static enum status check_edit(struct building *building, const struct command *command)
{
	const char *names = "";
	struct field fields;

	if (!field_find(building->request, FIELDS, &fields) || fields.count > 0)
		return STATUS_OK;
	for (const struct option_row *one = command->options; one->name != NULL; one++) {
		if (one->field != NULL && field_of_draft(one->field) != NULL)
			names = arena_printf(building->arena, "%s%s--%s", names,
					     names[0] != '\0' ? ", " : "", one->name);
		if (names == NULL)
			return cli_complain(building->cli, STATUS_MEMORY, "%s",
					    _(status_text(STATUS_MEMORY)));
	}
	if (names[0] == '\0')
		return STATUS_OK; /* the command is not about a draft at all */
	return cli_complain(building->cli, STATUS_USAGE, _("nothing to change: give %s"), names);
}

enum status request_build(struct cli *cli, const struct arguments *arguments, struct arena *arena,
			  ProtobufCMessage **request)
{
	const struct command *command = arguments->command;
	const struct rpc *rpc = rpc_find(command->rpc);
	struct building building = {cli, arena, message_new(rpc->request, arena)};
	bool edits = field_exists(rpc->request, FIELDS);
	enum status status;

	if (building.request == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	status = put_operands(&building, arguments);
	if (status == STATUS_OK && command->preset != NULL)
		status = put(&building, "", "", command->preset,
			     command->preset_value != NULL ? command->preset_value : "");
	for (size_t i = 0; status == STATUS_OK && i < arguments->given_count; i++) {
		const struct argument *one = &arguments->given[i];
		const char *path = one->option->field;

		if (path == NULL)
			continue;
		status = put(&building, "--", one->option->name, path,
			     one->value != NULL ? one->value : "");
		if (status == STATUS_OK && edits && field_of_draft(path) != NULL)
			status = name_field(&building, path);
	}
	*request = building.request;
	if (status == STATUS_OK && edits)
		return check_edit(&building, command);
	return status;
}
