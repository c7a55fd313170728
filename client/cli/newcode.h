/*
 * One-time codes as the security officer's side makes them: made here, shown once, told to nobody
 * but the person at this terminal. The server gets the hash, journal and receipt nothing more.
 */
#ifndef CLIENT_CLI_NEWCODE_H
#define CLIENT_CLI_NEWCODE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/status.h"
#include "proto/record.pb-c.h"

struct cli;

/* Makes a code for the server that the cli is connected to: *hash, of the cli's arena, goes into
 * the request; the code waits in cli->code to be told. dry_run: there is nothing to tell then.
 * Complains. */
MUST_CHECK enum status newcode_make(struct cli *cli, bool dry_run, ProtobufCBinaryData *hash);

/* Tells the code on cli->out, and what its owner types; quiet: the code alone. When this run did
 * not make it (an act of a killed run was settled): that a new one is needed. */
void newcode_tell(struct cli *cli, const char *login, const Pb__Enrolment *enrolment);

#endif
