#include "client/lib/enrol.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/text.h"

enum status enrol_pin(const Pb__Issued *issued, uint8_t pin[static PIN_LEN])
{
	if (issued == NULL || pin_of(issued->ca.data, issued->ca.len, issued->log_key.data,
				     issued->log_key.len, pin) != STATUS_OK)
		return STATUS_PROOF;
	return STATUS_OK;
}

static bool is_pinned(const Pb__Issued *issued, const struct code *code)
{
	uint8_t pin[PIN_LEN];

	return enrol_pin(issued, pin) == STATUS_OK && memcmp(pin, code->pin, PIN_LEN) == 0;
}

static enum status ask(struct client *client, const Pb__EnrolRequest *request,
		       struct client_answer *answer, const Pb__Issued **issued)
{
	enum status status = client_call(client, RPC_enrol, &request->base, NULL, 0, answer);

	*issued = NULL;
	if (status == STATUS_OK && answer->status == STATUS_OK)
		*issued = ((const Pb__EnrolReply *)(const void *)answer->reply)->issued;
	return status;
}

/* Who the server says it is, and whether it can prove it. */
static enum status judge(struct client *client, const char *host, const struct code *code,
			 char *why)
{
	Pb__EnrolRequest nothing = PB__ENROL_REQUEST__INIT;
	struct client_answer answer;
	const Pb__Issued *issued;
	enum status status = ask(client, &nothing, &answer, &issued);

	if (status != STATUS_OK) {
		snprintf(why, CLIENT_WHY_LEN, "%s", client_why(client));
		return status;
	}
	if (answer.status != STATUS_OK) {
		snprintf(why, CLIENT_WHY_LEN, "%s", status_text(answer.status));
		return answer.status;
	}
	if (!is_pinned(issued, code)) {
		snprintf(why, CLIENT_WHY_LEN, "%s", N_("this is not the server the code is for"));
		return STATUS_PROOF;
	}
	return client_verify(client, issued->ca.data, issued->ca.len, host, why);
}

enum status enrol_meet(struct client **out, const struct client_options *options,
		       const struct code *code, char why[static CLIENT_WHY_LEN])
{
	struct client *client;
	enum status status = client_connect(&client, options, why);

	if (status != STATUS_OK)
		return status;
	status = judge(client, options->host, code, why);
	if (status == STATUS_OK)
		*out = client;
	else
		client_close(client);
	return status;
}

enum status enrol_ask(struct client *client, const struct code *code, const struct buf *request,
		      struct client_answer *answer, const Pb__Issued **issued)
{
	Pb__EnrolRequest message = PB__ENROL_REQUEST__INIT;
	uint8_t secret[CODE_SECRET_LEN];
	enum status status;

	memcpy(secret, code->secret, sizeof(secret));
	message.secret = (ProtobufCBinaryData){sizeof(secret), secret};
	message.csr.data = (uint8_t *)(uintptr_t)buf_head(request);
	message.csr.len = request->len;
	status = ask(client, &message, answer, issued);
	explicit_bzero(secret, sizeof(secret));
	if (status != STATUS_OK || answer->status != STATUS_OK)
		return status;
	if (!is_pinned(*issued, code) || (*issued)->certificate.len == 0)
		answer->status = STATUS_PROOF;
	return STATUS_OK;
}
