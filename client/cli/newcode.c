#include "client/cli/newcode.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/refusal.h"
#include "client/lib/enrol.h"

#define NOT_MADE "-" /* stands for the code that a dry run does not make */

/* The newcomer shall know the ledger by the key that we know it by. */
static bool is_of_our_ledger(const struct cli *cli, const Pb__Issued *issued)
{
	struct logkeys shown;

	return logkeys_make(&shown, issued->origin, issued->log_key.data, issued->log_key.len) ==
		       STATUS_OK &&
	       logkeys_has(&cli->trust.keys, &shown.keys[0]);
}

/* What a code pins of the server, asked of the server itself: it has proved who it is. */
static enum status ask_pin(struct cli *cli, uint8_t pin[static PIN_LEN])
{
	Pb__CertificateRenewRequest nothing = PB__CERTIFICATE_RENEW_REQUEST__INIT;
	const Pb__CertificateRenewReply *reply;
	struct client_answer answer;
	enum status status =
		client_call(cli->client, RPC_certificate_renew, &nothing.base, NULL, 0, &answer);

	if (status != STATUS_OK)
		return cli_lost(cli, status);
	if (answer.refusal != NULL)
		return refusal_answer(cli, answer.refusal, NULL);
	reply = (const Pb__CertificateRenewReply *)(const void *)answer.reply;
	if (answer.status != STATUS_OK || enrol_pin(reply->issued, pin) != STATUS_OK ||
	    !is_of_our_ledger(cli, reply->issued))
		return cli_complain(cli, STATUS_PROOF, "%s", _(status_text(STATUS_PROOF)));
	return STATUS_OK;
}

enum status newcode_make(struct cli *cli, bool dry_run, ProtobufCBinaryData *hash)
{
	struct code code;
	uint8_t pin[PIN_LEN];
	enum status status = ask_pin(cli, pin);

	if (status != STATUS_OK)
		return status;
	hash->data = arena_alloc(&cli->arena, HASH_LEN);
	if (hash->data == NULL)
		return cli_complain(cli, STATUS_MEMORY, "%s", _(status_text(STATUS_MEMORY)));
	hash->len = HASH_LEN;
	code_make(&code, pin);
	code_hash(code.secret, hash->data);
	if (dry_run)
		snprintf(cli->code, sizeof(cli->code), "%s", NOT_MADE);
	else
		code_format(&code, cli->code);
	explicit_bzero(&code, sizeof(code));
	return STATUS_OK;
}

/* HOST, or HOST:PORT where the port is not the usual one. */
static void write_server(struct cli *cli)
{
	const char *host = cli->profile.settings[SETTING_address].text;
	bool bracketed = strchr(host, ':') != NULL && cli->profile.port != PROFILE_PORT;

	fprintf(cli->out, bracketed ? "[%s]" : "%s", host);
	if (cli->profile.port != PROFILE_PORT)
		fprintf(cli->out, ":%u", (unsigned)cli->profile.port);
}

static const char *until(struct cli *cli, const Pb__Enrolment *enrolment)
{
	struct field field;
	const char *text = NULL;

	if (field_find(&enrolment->base, "expires_at", &field))
		text = field_text(&field, STYLE_PEOPLE, false, &cli->arena);
	return text == NULL ? "?" : text;
}

void newcode_tell(struct cli *cli, const char *login, const Pb__Enrolment *enrolment)
{
	if (enrolment == NULL || strcmp(cli->code, NOT_MADE) == 0)
		return;
	if (cli->code[0] == '\0') {
		fprintf(cli->out,
			_("Its code was not shown; make a new one: dossier principal "
			  "code %s\n"),
			login);
		return;
	}
	if (cli->quiet) {
		fprintf(cli->out, "%s\n", cli->code);
		return;
	}
	fprintf(cli->out, _("Code for one machine, good until %s, shown only now:\n"),
		until(cli, enrolment));
	fprintf(cli->out, "    %s\n", cli->code);
	fprintf(cli->out, _("%s types there:\n"), login);
	fprintf(cli->out, "    dossier enroll %s --server ", cli->code);
	write_server(cli);
	fputc('\n', cli->out);
}
