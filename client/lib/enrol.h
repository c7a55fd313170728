/*
 * Enrolling: from a code to a certificate, as a stranger to a head office that is a stranger too.
 * Sends the code's secret only to the head office that the code was made for. Knows no files.
 */
#ifndef CLIENT_LIB_ENROL_H
#define CLIENT_LIB_ENROL_H

#include "client/lib/client.h"
#include "common/buf.h"
#include "common/code.h"

/* Connects to host and port of the options and makes sure that this is the head office of the code.
 * STATUS_PROOF when it is another, STATUS_TLS when its certificate is not right, and what
 * client_connect() says. A sentence in why. */
MUST_CHECK enum status enrol_meet(struct client **client, const struct client_options *options,
				  const struct code *code, char why[static CLIENT_WHY_LEN]);

/* Sends secret and signing request. STATUS_OK: the answer is there, perhaps a refusal; *issued is
 * of its memory, NULL with a refusal. Else as client_receive(), and it is to be repeated with the
 * same request. */
MUST_CHECK enum status enrol_ask(struct client *client, const struct code *code,
				 const struct buf *request, struct client_answer *answer,
				 const Pb__Issued **issued);

/* The pin of a head office from what it says of itself. STATUS_PROOF when that is not complete. */
MUST_CHECK enum status enrol_pin(const Pb__Issued *issued, uint8_t pin[static PIN_LEN]);

#endif
