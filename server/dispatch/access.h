/*
 * Looks and their entries: which ones the ledger gets, and which must be there before anything is
 * shown. Policy: [ledger] access.
 */
#ifndef SERVER_DISPATCH_ACCESS_H
#define SERVER_DISPATCH_ACCESS_H

#include <stdbool.h>

#include "common/status.h"
#include "server/dispatch/job.h"
#include "server/service/call.h"

enum access {
	ACCESS_NONE,   /* no entry */
	ACCESS_AFTER,  /* an entry with the next group; the answer does not wait */
	ACCESS_BEFORE, /* the entry is durable before the first byte of the answer leaves */
};

/* Whether a look is guarded, whatever the policy: one from outside, one by a grant, one at
 * something secret. Such a look waits for its entry, is judged again where it is entered, and is
 * shown with a mark. */
bool access_is_guarded(const struct call *call);

/* What a look with this outcome asks for. pressed: more looks come than the ledger takes, so that
 * answers must wait for their entries whoever asks; that slows the askers down. */
enum access access_judge(const struct call *call, enum status outcome, bool pressed);

/* A job for the writer that enters the look of job; it has no home and frees itself. NULL when
 * memory is out (the look must then be refused). */
struct job *access_job(const struct job *job, const struct call *call, enum status outcome);

/* Makes job itself the one that enters its look: it goes to the writer and then home with the
 * answer it has. False when memory is out. */
MUST_CHECK bool access_attach(struct job *job, const struct call *call, enum status outcome);

#endif
