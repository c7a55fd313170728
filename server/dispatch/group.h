/*
 * One group of acts on its way through the engine, and one act in it: decided, applied, staged,
 * answered. Private to the engine, which begins the group and makes it durable.
 */
#ifndef SERVER_DISPATCH_GROUP_H
#define SERVER_DISPATCH_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "server/dispatch/engine.h"
#include "server/dispatch/recover.h"
#include "server/dispatch/signing.h"

struct engine {
	struct recovered disk;        /* data directory, ledger, state */
	struct signing signing;       /* of the ledger's heads */
	struct anchors *anchors;      /* owned; of those, what witnesses have co-signed */
	struct config *config;        /* owned reference */
	struct ledger_reader *reader; /* for answers that were given before */
	struct arena arena;           /* of the act under way */
	struct buf reply;             /* packed, of the act under way */
	struct buf payload;           /* likewise */
	struct mark mark;             /* of the ledger with the group under way */
	bool fenced;
};

/* One group: acts from first on, as many as fit. */
struct group {
	struct engine *engine;
	struct txn *txn;
	int64_t now;
	uint64_t first; /* sequence of the group's first entry */
	bool erases;    /* that is an erasure, and the only one of the group */
};

enum step {
	STEP_DONE,       /* the act has its answer */
	STEP_GROUP_FULL, /* it is for the next group; nothing of it was done */
};

/* Runs one act within the group's txn and stages its entry. */
enum step group_act(struct group *group, struct act *act);

/* Refuses an act that cannot be run now; one that was decided before gets its answer all the same,
 * since "not now" would be taken for "not done". */
void group_refuse(struct group *group, struct act *act, enum status status, const char *reason);

/* Gives an act a refusal for an answer, in place of what it had. reason: of reason.def, or "". */
void act_fail(struct act *act, enum status status, const char *reason);

#endif
