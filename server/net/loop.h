/*
 * One thread that waits for its connections: libuv's loop, a listening socket, deadlines, and two
 * mailboxes, one for its owner's mail and one for tasks that other threads want done on it. Knows
 * frames go in and out, not what they mean.
 *
 *   a turn:  wait - sockets, mail, timers - [ connections with more input - the owner's turn()
 *            - output of all connections, one write each ] - wait
 */
#ifndef SERVER_NET_LOOP_H
#define SERVER_NET_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/mailbox.h"
#include "common/tls.h"
#include "server/net/conn.h"
#include "server/net/list.h"
#include "server/net/listener.h"

#define LOOP_SWEEP_MS 250  /* how late a deadline may be seen */
#define LOOP_TURN_SHAKES 8 /* steps of handshakes in one turn: each is a millisecond of work */
#define LOOP_LOG_LINES 10  /* about peers, a second */

/* Deadlines of connections, in milliseconds; what for: server/option.def, [limits]. */
struct limits {
	uint64_t handshake;
	uint64_t hello;
	uint64_t frame;
	uint64_t stall;
	uint64_t idle;
	uint64_t session;
};

/* The owner's part; all calls on the loop's thread. */
struct loop_owner {
	/* Before anything is spent on a new connection: false closes it. Gives it a number. */
	bool (*admits)(void *owner, const struct sockaddr *from, uint64_t *number);
	/* Was admitted with that number; must conn_own() it, or conn_drop(). */
	void (*accepted)(void *owner, struct conn *conn, uint64_t number);
	void (*mail)(void *owner, struct mail *mail); /* one of the mailbox loop_mailbox() */
	void (*turn)(void *owner);                    /* once a turn, before output is sent */
	void (*stopping)(void *owner);                /* once: begin nothing new */
	bool (*busy)(void *owner); /* while stopping: is something still to be answered? */
	void (*stopped)(void *owner, struct conn *conn); /* nothing is: last words, conn_close() */
};

/* Something to be done on the loop's thread; run() may free it. */
struct loop_task {
	struct mail mail;
	void (*run)(struct loop_task *task);
};

struct loop_options {
	const struct loop_owner *calls; /* static storage */
	void *owner;                    /* borrowed */
	struct tls_context *tls;        /* a reference is taken */
	struct limits limits;
	const char *address;
	uint16_t port;
	bool shares_port;                   /* with another loop; else nobody may have it yet */
	uint64_t connections_max;           /* of all loops that share the counter */
	atomic_uint_least64_t *connections; /* borrowed; the counter */
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t before_wait;
	uv_idle_t no_wait; /* active while connections have more input */
	uv_timer_t sweep;
	/* One for each mailbox: mail is taken only after its own wake, and libuv waits for who
	 * sends one. So whoever posted touches the loop no more when his mail is answered. */
	uv_async_t mail_came;
	uv_async_t task_came;
	struct listener listener;
	struct mailbox mailbox;
	struct mailbox tasks;
	struct loop_task stop;
	pthread_t thread;
	const struct loop_owner *calls;
	void *owner;
	struct tls_context *tls; /* owned: one reference */
	struct limits limits;
	atomic_uint_least64_t *connections;
	uint64_t connections_max;
	uint64_t log_second; /* of the lines counted */
	unsigned log_lines;
	unsigned shakes; /* in this turn */
	bool running;    /* the thread was started */
	bool stopping;
	bool farewell;   /* the owner said its last words */
	struct link all; /* of struct conn */
	struct link dirty;
	struct link more;
};

/* Makes a loop that listens but does not run yet. STATUS_SYSTEM or STATUS_MEMORY and a sentence. */
MUST_CHECK enum status loop_new(struct loop **loop, const struct loop_options *options,
				char why[static LISTENER_WHY_LEN]);

/* Runs it in a thread of its own. */
MUST_CHECK enum status loop_start(struct loop *loop);

/* Asks it to stop: no new connections, what is under way is answered, goodbyes. Any thread, once.
 */
void loop_stop(struct loop *loop);

/* Waits until it has stopped (or was never started) and frees it. NULL is fine. */
void loop_free(struct loop *loop);

/* Does the task on the loop's thread, soon. Any thread, before loop_stop(). */
void loop_post(struct loop *loop, struct loop_task *task);

/* Where the owner's mail comes in. */
struct mailbox *loop_mailbox(struct loop *loop);

uint16_t loop_port(const struct loop *loop);

/* ---- on the loop's thread ---- */

/* For connections from now on; takes a reference. */
void loop_use_tls(struct loop *loop, struct tls_context *tls);

/* For all connections from now on. */
void loop_use_limits(struct loop *loop, const struct limits *limits);

/* Milliseconds of the monotonic clock, as of this turn. */
uint64_t loop_now(const struct loop *loop);

/* Whether one more line about a peer may be logged in this second. */
bool loop_may_log(struct loop *loop);

#endif
