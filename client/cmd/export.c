/* export: whole tables as CSV or JSON, under the heads that import understands. */
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/query.h"
#include "client/cmd/group.h"
#include "proto/request.pb-c.h"

static const struct column customer_export[] = {
	{"", "number", "view.customer.number", 0, NULL},
	{"", "name", "view.customer.name", 0, NULL},
	{"", "kind", "view.customer.kind", 0, NULL},
	{"", "office", "view.office", 0, NULL},
	{"", "owner", "view.owner", 0, NULL},
	{"", "contact", "view.customer.contacts.0.name", 0, NULL},
	{"", "phone", "view.customer.contacts.0.phone", 0, NULL},
	{"", "address", "view.customer.contacts.0.address", 0, NULL},
	{"", "id_number", "view.customer.contacts.0.id_number", 0, NULL},
	{"", "account", "view.customer.contacts.0.account", 0, NULL},
	{"", "ref", "view.customer.ref", 0, NULL},
	{"", "note", "view.customer.note", 0, NULL},
	{0},
};

static const struct column item_export[] = {
	{"", "number", "view.item.number", 0, NULL},
	{"", "title", "view.item.title", 0, NULL},
	{"", "kind", "view.item.kind", 0, NULL},
	{"", "customer", "view.customer", 0, NULL},
	{"", "office", "view.office", 0, NULL},
	{"", "parent", "view.parent", 0, NULL},
	{"", "place", "view.item.place", 0, NULL},
	{"", "pages", "view.item.pages", 0, NULL},
	{"", "secrecy", "view.item.secrecy", 0, NULL},
	{"", "original", "view.item.authenticity", 0, NULL},
	{"", "medium", "view.item.medium", 0, NULL},
	{"", "ref", "view.item.ref", 0, NULL},
	{"", "note", "view.item.note", 0, NULL},
	{"", "state", "view.state", 0, NULL},
	{0},
};

/* What can be exported: its word, request and columns. */
struct kind {
	const char *word;
	uint16_t rpc;
	const ProtobufCMessageDescriptor *request;
	const struct column *columns;
};

static const struct kind kinds[] = {
	{"customers", RPC_customer_list, &pb__customer_list_request__descriptor, customer_export},
	{"items", RPC_item_list, &pb__item_list_request__descriptor, item_export},
	{"loans", RPC_loan_list, &pb__loan_list_request__descriptor, loan_columns},
	{"log", RPC_log_list, &pb__log_list_request__descriptor, log_columns},
};

static enum status export_kind(struct cli *cli, const struct arguments *arguments,
			       const struct kind *kind)
{
	ProtobufCMessage *request = arena_alloc(&cli->arena, kind->request->sizeof_message);

	if (request == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	protobuf_c_message_init(kind->request, request);
	if (cli->format == FORMAT_TABLE)
		cli->format = FORMAT_CSV;
	/* Excel takes a file for UTF-8 only with the mark. */
	if (arguments_has(arguments, "bom") && cli->format == FORMAT_CSV)
		fputs("\xef\xbb\xbf", cli->out);
	return query_stream(cli, arguments->command, kind->rpc, request, kind->columns, false);
}

static enum status export_run(struct cli *cli, const struct arguments *arguments)
{
	const char *word = arguments->operands[0];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word, kinds[i].word) == 0)
			return export_kind(cli, arguments, &kinds[i]);
	}
	return cli_complain(cli, STATUS_USAGE,
			    _("%s cannot be exported: customers, items, loans or log can"), word);
}

static const struct operand_row what_operand[] = {{N_("WHAT"), NULL, false, false}, {0}};
static const struct option_row export_options[] = {
	{"bom", 0, NULL, NULL, N_("begin with a byte order mark, for Excel"), 0},
	{0},
};

const struct command export_commands[] = {
	{
		.words = "export",
		.alias = "导出",
		.summary = N_("Write customers, items, loans or the log as CSV or JSON"),
		.operands = what_operand,
		.options = export_options,
		.notes = N_("CSV unless -o json. Customers and items have the heads that import "
			    "understands."),
		.examples = "dossier export items > items.csv\n"
			    "dossier export loans -o json > loans.json\n",
		.run = export_run,
	},
	{0},
};
