/*
 * A witness at work: pulls the head that waits, co-signs it when it grew from the one before,
 * brings the cosignature; once, or over and over for as long as the program runs. Ends when the
 * ledger is not what it was.
 */
#ifndef CLIENT_CMD_VIGIL_H
#define CLIENT_CMD_VIGIL_H

#include <stdbool.h>
#include <stdint.h>

#include "client/cli/option.h"
#include "client/lib/witness.h"
#include "common/path.h"
#include "common/status.h"

struct cli;

#define VIGIL_KEY_FILE "witness-key.pem" /* in the profile */

/* What is wrong with the time of the heartbeats. */
enum vigil_alarm {
	VIGIL_WELL,
	VIGIL_NONE,  /* there has been none yet */
	VIGIL_OLD,   /* the newest is older than it may be */
	VIGIL_AHEAD, /* it is of a time to come, by our clock */
	VIGIL_LATE,  /* it has come since we last looked, and is older than that */
};

/* What is known of the heartbeats when one was pulled; times in seconds. */
struct vigil_beat {
	uint64_t time;   /* that it carries; 0: it does not say, or there is none */
	uint64_t before; /* that the one before carried; 0: none was seen */
	uint64_t now;
	uint64_t looked; /* when it was looked before; 0: never */
};

/* Judges a heartbeat by our clock. */
enum vigil_alarm vigil_judge(const struct vigil_beat *beat);

/* Names the witness's key file. Complains. */
MUST_CHECK enum status vigil_key_path(struct cli *cli, struct path *path);

/* Runs `witness run`. Complains. */
MUST_CHECK enum status vigil_run(struct cli *cli, const struct arguments *arguments);

#endif
