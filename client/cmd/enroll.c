/* enroll: from a code that somebody reads out to a profile that works. */
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "client/cli/prompt.h"
#include "client/cli/refusal.h"
#include "client/cmd/group.h"
#include "client/lib/draft.h"
#include "client/lib/enrol.h"
#include "common/role.h"

#define CODE_TYPED_MAX 512
#define SERVER_TYPED_MAX 512

/* ---- what is needed first ---- */

static const char *fault_text(enum code_fault fault)
{
	switch (fault) {
	case CODE_CHARACTER:
		return N_("there is a character in the code that no code has");
	case CODE_SHORT:
		return N_("something is missing in the code: it has 42 letters and digits");
	case CODE_LONG:
		return N_("the code is too long: it has 42 letters and digits");
	case CODE_MISTYPED:
		return N_("there is a slip in the code: a letter or digit is wrong");
	case CODE_OK:
		break;
	}
	return "";
}

/* Codes are read out in groups, so they may come in several words. */
static enum status take_code(struct cli *cli, const struct arguments *arguments, struct code *code)
{
	char typed[CODE_TYPED_MAX] = "";
	enum code_fault fault;
	size_t len = 0;

	for (size_t i = 0; i < arguments->operand_count; i++) {
		size_t more = strlen(arguments->operands[i]);

		if (len + more >= sizeof(typed))
			return cli_complain(cli, STATUS_USAGE, "%s", _(fault_text(CODE_LONG)));
		memcpy(typed + len, arguments->operands[i], more + 1);
		len += more;
	}
	if (len == 0 && prompt_line(_("Code: "), typed, sizeof(typed)) != STATUS_OK)
		return cli_complain(cli, STATUS_USAGE,
				    _("which code? dossier enroll CODE --server HOST"));
	fault = code_parse(typed, code);
	explicit_bzero(typed, sizeof(typed));
	if (fault == CODE_OK)
		return STATUS_OK;
	cli_complain(cli, STATUS_USAGE, "%s", _(fault_text(fault)));
	fputs(_("Nothing was sent. Compare it group by group and try again.\n"), cli->err);
	return STATUS_USAGE;
}

static enum status take_server(struct cli *cli)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.:-_";
	const char *host;
	enum status status = cli_load(cli);

	if (status == STATUS_OK && cli->profile.settings[SETTING_address].text[0] == '\0') {
		char *typed = arena_alloc(&cli->arena, SERVER_TYPED_MAX);

		if (typed == NULL || prompt_line(_("Server (HOST or HOST:PORT): "), typed,
						 SERVER_TYPED_MAX) != STATUS_OK)
			return cli_complain(cli, STATUS_USAGE,
					    _("which server? Give --server HOST, as you were told "
					      "with the code"));
		cli->choice.server = typed;
		cli->loaded = false;
		status = cli_load(cli);
	}
	if (status != STATUS_OK)
		return status;
	host = cli->profile.settings[SETTING_address].text;
	if (strspn(host, letters) != strlen(host))
		return cli_complain(cli, STATUS_USAGE, _("%s is not the name of a server"), host);
	return STATUS_OK;
}

/* ---- head office ---- */

static struct client_options options_of(const struct cli *cli)
{
	return (struct client_options){
		.host = cli->profile.settings[SETTING_address].text,
		.port = cli->profile.port,
		.timeout_ms = cli->profile.timeout_ms,
		.stranger = true,
	};
}

static enum status meet(struct cli *cli, const struct code *code, struct client **client)
{
	struct client_options options = options_of(cli);
	char why[CLIENT_WHY_LEN];
	enum status status = enrol_meet(client, &options, code, why);

	if (status == STATUS_OK)
		return status;
	cli_complain(cli, status, _("%s, port %u: %s (%s)"), options.host, (unsigned)options.port,
		     _(status_text(status)), _(why));
	if (status == STATUS_PROOF)
		fputs(_("The code was not sent. Compare the server's name with what you were told; "
			"if it is right, call the security officer before you try again.\n"),
		      cli->err);
	else if (status == STATUS_TLS)
		fputs(_("Is this a server of Dossier, and called by the name it goes by? The code "
			"was not sent.\n"),
		      cli->err);
	else if (status == STATUS_UNREACHABLE || status == STATUS_TIMEOUT)
		fputs(_("Is the network there, and the server's name right? The code was not "
			"sent and is still good.\n"),
		      cli->err);
	return status;
}

/* The answer may have been lost on its way: the same again does no harm. */
static enum status complain_lost(struct cli *cli, struct client *client, enum status status)
{
	cli_complain(cli, status, "%s (%s)", _(status_text(status)), _(client_why(client)));
	fputs(_("Run the same command again: it goes on where this one stopped.\n"), cli->err);
	return status;
}

static enum status ask(struct cli *cli, const struct command *command, const struct code *code,
		       struct draft *draft, const char *passphrase)
{
	struct client *client = NULL;
	struct client_answer answer;
	const Pb__Issued *issued;
	struct draft_server server = {cli->profile.settings[SETTING_address].text,
				      cli->profile.port};
	enum status status = meet(cli, code, &client);

	if (status != STATUS_OK)
		return status;
	status = enrol_ask(client, code, &draft->request, &answer, &issued);
	if (status != STATUS_OK) {
		complain_lost(cli, client, status);
	} else if (answer.refusal != NULL) {
		if (answer.status == STATUS_DENIED)
			draft_drop(draft);
		status = refusal_answer(cli, answer.refusal, command);
	} else if (answer.status != STATUS_OK) {
		status = cli_complain(cli, answer.status, "%s", _(status_text(answer.status)));
	} else {
		status = draft_finish(draft, issued, &server, passphrase);
		if (status != STATUS_OK)
			cli_complain(cli, status, "%s", _(draft->why));
	}
	client_close(client);
	return status;
}

/* ---- the whole ---- */

static enum status make_profile(struct cli *cli, const struct arguments *arguments,
				const struct code *code)
{
	struct draft draft;
	uint8_t hash[HASH_LEN];
	const char *passphrase = NULL;
	enum status status = STATUS_OK;

	if (arguments_has(arguments, "passphrase"))
		status = prompt_passphrase(cli, true, &passphrase);
	if (status != STATUS_OK)
		return status;
	code_hash(code->secret, hash);
	status = draft_open(&draft, cli->profile.directory.text, hash, passphrase);
	if (status == STATUS_OK) {
		status = ask(cli, arguments->command, code, &draft, passphrase);
	} else {
		cli_complain(cli, status, "%s", draft.why);
		if (status == STATUS_CONFLICT)
			fputs(_("Name another place by --profile DIR, or move that one away "
				"first.\n"),
			      cli->err);
	}
	draft_release(&draft);
	return status;
}

static enum status welcome(struct cli *cli)
{
	const Pb__Welcome *welcome;
	const struct role *role;
	enum status status;

	cli->loaded = false;
	status = cli_connect(cli);
	if (status != STATUS_OK || cli->quiet)
		return status;
	welcome = client_welcome(cli->client);
	role = role_find_word(welcome->role);
	fprintf(cli->out, _("You are %s (%s), %s, of office %s.\n"), welcome->name, welcome->login,
		role != NULL ? _(role->title) : welcome->role, welcome->office);
	fprintf(cli->out, _("Your key was made here and stays here: %s\n"),
		cli->profile.directory.text);
	fputs(_("See what you can do: dossier help\n"), cli->out);
	return STATUS_OK;
}

static enum status enroll_run(struct cli *cli, const struct arguments *arguments)
{
	struct code code;
	enum status status = take_code(cli, arguments, &code);

	if (status == STATUS_OK)
		status = take_server(cli);
	if (status == STATUS_OK)
		status = make_profile(cli, arguments, &code);
	explicit_bzero(&code, sizeof(code));
	return status == STATUS_OK ? welcome(cli) : status;
}

static const struct operand_row enroll_operands[] = {
	{N_("CODE"), NULL, true, true},
	{0},
};

static const struct option_row enroll_options[] = {
	{"passphrase", 0, NULL, NULL, N_("protect the key by a passphrase, asked for at each use"),
	 0},
	{0},
};

const struct command enroll_commands[] = {
	{
		.words = "enroll",
		.alias = "登记本机",
		.rpc = RPC_enrol,
		.operands = enroll_operands,
		.options = enroll_options,
		.notes = N_("The security officer gives you the code and the server's name. A code "
			    "is good for one machine and for a day; its letters may be small or "
			    "capital, dashes and blanks do not matter. What is missing is asked "
			    "for. The key is made on this machine and never leaves it. With "
			    "--passphrase it is asked for at each use, or read from the file that "
			    "DOSSIER_PASSPHRASE_FILE names, which must be yours alone."),
		.examples = "dossier enroll 7QK4M-2N8XR-... --server head.example.com\n"
			    "dossier enroll --passphrase\n",
		.run = enroll_run,
	},
	{0},
};
