/* role list: what each role may do, and on what. */
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/list.h"
#include "client/cmd/group.h"
#include "common/role.h"

#define SCOPE_WIDTH 22

/* On what a permission is exercised, for people. */
static const char *const scope_texts[] = {
	[SCOPE_SELF] = N_("what is his own"),  [SCOPE_GRANT] = N_("what a grant covers"),
	[SCOPE_OWN] = N_("his own customers"), [SCOPE_DEPARTMENT] = N_("his department"),
	[SCOPE_OFFICE] = N_("his office"),     [SCOPE_ALL] = N_("everything"),
};

static const char *const kind_words[] = {
	[ROLE_STAFF] = N_("staff"),
	[ROLE_OUTSIDER] = N_("outsider"),
	[ROLE_DEVICE] = N_("device"),
};

/* The permissions that the role has in that scope, in a line. */
static void print_scope(FILE *to, const struct role *role, enum scope scope)
{
	bool any = false;

	for (unsigned permission = 0; permission < PERMISSION_COUNT; permission++) {
		if (role_scope(role, (enum permission)permission) != scope)
			continue;
		if (!any) {
			fputs("  ", to);
			table_cell(to, _(scope_texts[scope]), SCOPE_WIDTH, false);
		}
		fprintf(to, " %s", permission_name((enum permission)permission));
		any = true;
	}
	if (any)
		fputc('\n', to);
}

static void print_role(FILE *to, const struct role *role)
{
	fprintf(to, "%s  %s (%s)\n", role->word, _(role->title), _(kind_words[role->kind]));
	for (int scope = SCOPE_ALL; scope > SCOPE_NONE; scope--)
		print_scope(to, role, (enum scope)scope);
}

static void print_csv(FILE *to, const struct role *role)
{
	for (unsigned permission = 0; permission < PERMISSION_COUNT; permission++) {
		if (!role_may(role, (enum permission)permission))
			continue;
		csv_put_cell(to, role->word, true);
		csv_put_cell(to, kind_words[role->kind], false);
		csv_put_cell(to, permission_name((enum permission)permission), false);
		csv_put_cell(to, scope_name(role_scope(role, (enum permission)permission)), false);
		csv_end_line(to);
	}
}

static json_t *role_json(const struct role *role)
{
	json_t *may = json_object();

	for (unsigned permission = 0; permission < PERMISSION_COUNT; permission++) {
		enum scope scope = role_scope(role, (enum permission)permission);

		if (scope != SCOPE_NONE)
			json_object_set_new(may, permission_name((enum permission)permission),
					    json_string(scope_name(scope)));
	}
	return json_pack("{s:s, s:s, s:o}", "role", role->word, "kind", kind_words[role->kind],
			 "may", may);
}

static enum status list_run(struct cli *cli, const struct arguments *arguments)
{
	json_t *array = json_array();
	enum status status = STATUS_OK;
	size_t count;
	const struct role *roles = role_all(&count);

	(void)arguments;
	if (cli->format == FORMAT_CSV) {
		fputs("role,kind,permission,scope", cli->out);
		csv_end_line(cli->out);
	}
	for (size_t i = 0; i < count; i++) {
		if (cli->format == FORMAT_TABLE)
			print_role(cli->out, &roles[i]);
		else if (cli->format == FORMAT_CSV)
			print_csv(cli->out, &roles[i]);
		else
			json_array_append_new(array, role_json(&roles[i]));
	}
	if (cli->format != FORMAT_JSON) {
		json_decref(array);
		return STATUS_OK;
	}
	status = json_write(cli->out, array);
	fputc('\n', cli->out);
	return status;
}

const struct command role_commands[] = {
	{
		.words = "role list",
		.alias = "角色 列表",
		.summary = N_("Show what each role may do, and on what"),
		.examples = "dossier role list\n"
			    "dossier role list -o csv\n",
		.run = list_run,
	},
	{0},
};
