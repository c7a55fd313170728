/*
 * The lane ISSUE: who has a one-time code, or a certificate that is about to end, gets a new one.
 * A read txn says for whom and until when, server/pki.h signs, an act of the server enters it, and
 * only then it is answered. All on the loop thread, which waits for the writer: a certificate is
 * rare.
 */
#ifndef SERVER_DISPATCH_ISSUING_H
#define SERVER_DISPATCH_ISSUING_H

#include "server/config.h"
#include "server/dispatch/dispatch.h"
#include "server/dispatch/point.h"

/* Serves the job's request: the job is final, with an ANSWER or ERROR frame in out. */
void issuing_serve(struct point *point, const struct dispatch_shared *shared,
		   const struct config *config, struct job *job);

#endif
