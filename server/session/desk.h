/*
 * All sessions of one loop thread, with the dispatch that serves them. Gives each session a name
 * that is never used again, by which answers find it, or find it gone.
 */
#ifndef SERVER_SESSION_DESK_H
#define SERVER_SESSION_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/config.h"
#include "server/dispatch/dispatch.h"
#include "server/net/loop.h"
#include "server/session/sweep.h"

struct gate;
struct reload;
struct session;

/* A place for a session; its number and generation are the session's name. */
struct place {
	struct session *session; /* owned by its connection; NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct desk {
	struct loop *loop;         /* owned */
	struct dispatch *dispatch; /* owned */
	struct config *config;     /* owned: one reference */
	struct metrics *metrics;   /* borrowed */
	struct gate *gate;         /* borrowed */
	struct place *places;      /* owned */
	uint32_t count;            /* of places */
	uint32_t free;             /* the first free one; count: none */
	struct sweep sweep;
	bool stopping;
};

struct desk_options {
	struct config *config; /* references of it and of tls are taken */
	struct tls_context *tls;
	struct dispatch_shared shared;
	struct gate *gate; /* borrowed; of all desks */
	uint16_t port;
	bool shares_port; /* with another desk */
	uint64_t connections_max;
};

/* A desk that listens but does not serve yet. A sentence in why. */
MUST_CHECK enum status desk_new(struct desk **desk, const struct desk_options *options,
				char why[static LISTENER_WHY_LEN]);

/* Serves, in a thread of its own. */
MUST_CHECK enum status desk_start(struct desk *desk);

/* Other settings and certificates, ready to be taken up; NULL when memory is out. Then they are
 * posted, which cannot fail, or freed (NULL is fine). Any thread. */
struct reload *reload_new(struct desk *desk, struct config *config, struct tls_context *tls);
void reload_post(struct reload *reload);
void reload_free(struct reload *reload);

/* Asks it to stop; waits until it has and frees it. NULL is fine for desk_free(). */
void desk_stop(struct desk *desk);
void desk_free(struct desk *desk);

/* ---- for its sessions, on the loop thread ---- */

/* Nanoseconds of the monotonic clock, as of this turn. */
int64_t desk_now(const struct desk *desk);

MUST_CHECK enum status desk_enter(struct desk *desk, struct session *session, uint64_t *name);
void desk_leave(struct desk *desk, uint64_t name);

/* NULL when it is gone. Constant time. */
struct session *desk_find(const struct desk *desk, uint64_t name);

#endif
