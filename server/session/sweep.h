/*
 * Judges the sessions of a desk anew, all of them but a few in each turn of its loop, so that
 * nobody has to wait for it: after a reload by the certificates, CAs and lists that are in force
 * now, and when accounts have changed or a certificate's time has passed by the state. Who may no
 * longer speak hears why, and his session ends.
 */
#ifndef SERVER_SESSION_SWEEP_H
#define SERVER_SESSION_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "server/net/loop.h"

struct desk;

struct sweep {
	struct desk *desk; /* borrowed */
	struct loop_task task;
	uint32_t count;    /* of places when it began: who came behind them greets later */
	uint32_t next;     /* place to be looked at */
	uint32_t left;     /* places to go; 0: no sweep is under way */
	bool trust;        /* their certificates are judged too */
	bool unsure;       /* somebody could not be judged: once more, soon */
	uint64_t accounts; /* dispatch_accounts() that the last sweep began with */
	int64_t looked_at; /* desk_now() */
};

/* All on the desk's loop thread but the first, which is for its birth. */
void sweep_init(struct sweep *sweep, struct desk *desk);

/* Judges all that are there now. trust: by certificate, CA and lists too. */
void sweep_start(struct sweep *sweep, bool trust);

/* Looks, once a second, whether there is a reason to start. In each turn. */
void sweep_look(struct sweep *sweep);

#endif
