/*
 * A clerk for the test of kill -9: lends and takes back over TLS with many acts under way, each in
 * his journal before it is sent, until the line is cut. What he sent and what he was told he tells
 * through memory that outlives his process.
 */
#ifndef TESTS_CRASH_CLERK_H
#define TESTS_CRASH_CLERK_H

#include <stdatomic.h>
#include <stdint.h>

#include "client/lib/journal.h"
#include "tests/lib/head.h"

#define CLERK_ACTS_MAX 100000   /* in a round */
#define CLERK_WINDOW 16         /* acts under way */
#define CLERK_MAGIC 0x4b494c4cu /* begins the keys */

#define NOT_ACKED 0

struct tally {
	atomic_uint sent;
	atomic_uint acked;
	atomic_uint_least64_t sequence[CLERK_ACTS_MAX]; /* acknowledged, plus one */
};

/* What all clerks of a round share; borrowed. */
struct counter {
	const struct head *head;
	const struct journal_owner *owner;
	const char *journals; /* directory */
	char **items;
	unsigned item_count;
	unsigned round;
};

/* Key of an act: u32 CLERK_MAGIC, round, clerk, act. */
void clerk_key(uint8_t key[static FRAME_KEY_LEN], unsigned round, unsigned clerk, unsigned act);

/* Acts take turns. */
enum rpc_number clerk_rpc(unsigned act);

/* The sequence in a final answer; aborts when it is none that a clerk may get. */
uint64_t clerk_sequence(const struct client_answer *answer);

/* Works until the line is cut, then ends the process; the journal stays as it is. */
_Noreturn void clerk_work(const struct counter *counter, unsigned number, struct tally *tally);

#endif
