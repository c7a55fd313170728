/*
 * Bounded reads, done at once on the loop thread: a hop to another thread would cost more than the
 * read. One struct point a loop.
 */
#ifndef SERVER_DISPATCH_POINT_H
#define SERVER_DISPATCH_POINT_H

#include "common/arena.h"
#include "common/buf.h"
#include "server/dispatch/access.h"
#include "server/dispatch/job.h"
#include "server/service/call.h"

struct point {
	const struct engine *engine; /* borrowed */
	struct txn *txn;             /* owned; renewed for each read */
	struct arena arena;
	struct buf reply;
};

/* Makes ready to read what an engine has, on the calling thread. */
MUST_CHECK enum status point_init(struct point *point, struct engine *engine);

/* Frees all that it holds. */
void point_release(struct point *point);

/* Serves the job's request: the job is final, with an ANSWER or ERROR frame in out. *entry is the
 * job to give the writer so that the look is entered: the job itself, which then comes home by
 * itself; another one, which needs no more care; or NULL. pressed: see access_judge(). */
void point_serve(struct point *point, struct job *job, const struct config *config,
		 const struct health *health, bool pressed, struct job **entry);

/* Makes the job final: with an ANSWER of point->reply, or with the call's refusal. */
void point_answer(struct point *point, struct job *job, struct call *call, enum status status);

/* Reads outside any request: begin renews and empties the arena, end resets. */
MUST_CHECK enum status point_begin(struct point *point);
void point_end(struct point *point);

#endif
