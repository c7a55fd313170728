/*
 * One request on its way through the lanes and back. Made by the session, owned by whoever holds
 * it; passes from loop thread to writer or scanner and returns by the loop's mailbox. Holds no
 * pointer into the session, only its name, and all bytes it needs.
 */
#ifndef SERVER_DISPATCH_JOB_H
#define SERVER_DISPATCH_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/mailbox.h"
#include "server/dispatch/engine.h"

struct stream; /* of a SCAN; see scanner.h */

struct job {
	struct mail mail;     /* first, so that a mail is its job */
	struct mailbox *home; /* borrowed; where it goes when it is done: its loop's */
	uint64_t session;     /* name of the session that asked */
	struct frame frame;   /* the request's header */
	uint64_t principal;
	uint64_t certificate;     /* that speaks for him */
	bool stranger;            /* who has none: may only ask for one */
	int64_t began;            /* clock_monotonic() when it was made */
	enum status status;       /* of the whole; not STATUS_OK: out holds an ERROR frame */
	struct buf mark;          /* owned; the MARK frame of what is in out, or empty */
	struct buf out;           /* owned; whole frames, ready to send */
	bool final;               /* false: a slice of a stream, more will follow after
				   * dispatch_continue() */
	bool waits;               /* a slice that is shown only when its look is entered */
	bool parked;              /* a follower that waits for the next entry */
	atomic_bool cancelled;    /* set by the session's thread; a stream then ends */
	struct stream *stream;    /* owned; NULL but for a SCAN */
	struct subject *subjects; /* owned; of an attached look, or NULL */
	struct act act;           /* for the writer; request points into body */
	size_t body_len;
	uint8_t body[]; /* of the request's frame */
};

/* A job with a copy of the body; NULL when memory is out. */
struct job *job_new(const struct frame *frame, const uint8_t *body);
void job_free(struct job *job);

/* Makes the job final with an ERROR frame in out, in place of what was there. reason: of
 * reason.def, or "". */
void job_fail(struct job *job, enum status status, const char *reason);

/* The same with the body of the ERROR frame at hand. */
void job_refuse(struct job *job, enum status status, const uint8_t *refusal, size_t len);

/* Sends the job home, if it has one, else frees it. Any thread. */
void job_go_home(struct job *job);

#endif
