/*
 * Standing by the ledger: on connecting, that its past is still the one this profile knows; later,
 * what to say and to keep when a proof does not hold.
 */
#ifndef CLIENT_CLI_PROOF_H
#define CLIENT_CLI_PROOF_H

#include "client/lib/client.h"
#include "common/status.h"

struct cli;

/* A head that does not stand by one that is kept, apart from any answer. What is not there is
 * empty; all borrowed. */
struct proof_heads {
	const char *what; /* is wrong: a clause, translated */
	ProtobufCBinaryData kept;
	ProtobufCBinaryData shown;
	ProtobufCBinaryData hashes; /* what came to lead from old_size to what is shown */
	uint64_t old_size;
};

/* Before connecting: reads the keys of the ledger and what is known of its past, and puts into the
 * options what the server has to prove. Complains: STATUS_PROOF when the profile has no key. */
MUST_CHECK enum status proof_prepare(struct cli *cli, struct client_options *options);

/* After connecting: judges what the server shows and moves the kept head on. Warns of a quarantine.
 * Complains: STATUS_PROOF, with the evidence saved. */
MUST_CHECK enum status proof_check(struct cli *cli);

/* Judges what an answer shows that was asked for with past_sizes(cli->past) on this connection: as
 * proof_check() does. STATUS_STALE: another process keeps a newer head, ask once more, now for
 * that, too. STATUS_QUARANTINE, said: it shows no head. */
struct past_shown;
MUST_CHECK enum status proof_judge(struct cli *cli, const struct past_shown *shown);

/* Asks until all that is open in cli->past is joined, and keeps that. Overwrites the last answer.
 * Complains as proof_check() does. STATUS_BUSY: the server will not prove the rest now; not said.
 */
MUST_CHECK enum status proof_join(struct cli *cli);

/* Says that what had to be joined is not. STATUS_BUSY. */
enum status proof_missing(struct cli *cli);

/* An answer whose proof does not hold: says so and what it means, saves the evidence once a run.
 * STATUS_PROOF. */
enum status proof_refute(struct cli *cli, const struct client_answer *answer);

/* Two heads that are not of one ledger: the same. */
enum status proof_refute_heads(struct cli *cli, const struct proof_heads *heads);

/* The server would speak a version without proofs: the same. */
enum status proof_refuse_version(struct cli *cli, const char *why);

/* Warns when the newest head with a time is old, or of the future: a ledger that stands still, or a
 * clock that does not. */
void proof_warn_of_time(struct cli *cli);

#endif
