/*
 * A short working day that repeats to the byte: the same acts with the same keys, in the same
 * groups, at one moment of the clock and with one salt (see script.c). So every run that executes
 * each act once ends in the same ledger, the same answers and the same state, whatever happened in
 * between. It rolls a segment, takes snapshots, stops, crashes and starts.
 */
#ifndef TESTS_CRASH_SCRIPT_H
#define TESTS_CRASH_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hash.h"
#include "tests/unit/dispatch/office.h"

#define SCRIPT_GROUPS 100
#define SCRIPT_GROUP_MAX 3
#define SCRIPT_ITEMS 5

struct script_group {
	struct act *acts[SCRIPT_GROUP_MAX]; /* with the answers of the undisturbed run */
	unsigned count;
	uint64_t size; /* of the ledger before it */
	uint8_t root[HASH_LEN];
};

/* What happens before a group. */
enum script_event {
	EVENT_NONE,
	EVENT_SNAPSHOT,
	EVENT_STOP,  /* and start again */
	EVENT_CRASH, /* of the process alone */
	EVENT_CUT    /* another boot: the state is not to be trusted */
};

struct script {
	struct office office; /* its data directory is what every run begins with */
	char reference[128];  /* data directory of the undisturbed run, stopped */
	struct script_group groups[SCRIPT_GROUPS];
	uint64_t size; /* of the ledger in the end */
	uint8_t root[HASH_LEN];
	unsigned acts;
};

/* Founds an office and makes the script; the answers are not there yet. */
void script_init(struct script *script);
void script_release(struct script *script);

enum script_event script_event(unsigned group);

/* Makes a data directory as every run begins with; its parent is there. */
void script_copy(const struct script *script, const char *data);

/* Leaves the running mark of another boot; by stdio, whose writes are not counted (fault.h). */
void script_another_boot(const char *data);

/* Stops the clock and makes salts the same, for all runs. */
void script_freeze(void);

/* Where the state stands, by its own mark; its root. */
uint64_t script_mark(struct engine *engine, uint8_t root[static HASH_LEN]);

#endif
