/*
 * A listening socket on a loop: accepts a few connections a turn and hands them over. When the
 * limit of connections or the system's descriptors are used up it rests for a moment and tries
 * again: those who wait, wait in the kernel's queue.
 */
#ifndef SERVER_NET_LISTENER_H
#define SERVER_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/status.h"

#define LISTENER_BACKLOG 128
#define LISTENER_TURN 16         /* connections accepted in one turn of the loop */
#define LISTENER_REST_MS 50      /* the first rest; then twice as long each time, */
#define LISTENER_REST_MAX_MS 500 /* up to this */
#define LISTENER_WHY_LEN 128

struct listener {
	int fd;    /* owned; -1: none */
	int spare; /* owned; given up for a moment to turn somebody away when no descriptor is left
		    */
	uv_poll_t poll;
	uv_timer_t timer;
	uint64_t rest; /* how long the next rest is */
	bool started;
	bool (*room)(void *context); /* is there room for one more? */
	/* Takes the descriptor over; from is valid for the call. */
	void (*accepted)(void *context, int fd, const struct sockaddr *from);
	void *context; /* borrowed */
};

/* A socket that listens, and lets others share its port (SO_REUSEPORT). shares: it is such another
 * one; else nobody may have the port yet. address is numeric, IPv4 or IPv6; port 0: any free one.
 * STATUS_SYSTEM and a sentence in why. */
MUST_CHECK enum status listener_open(struct listener *listener, const char *address, uint16_t port,
				     bool shares, char why[static LISTENER_WHY_LEN]);

/* The port that it has. */
uint16_t listener_port(const struct listener *listener);

/* Accepts from now on, on the loop's thread. */
MUST_CHECK enum status listener_start(struct listener *listener, uv_loop_t *uv);

/* Lets go of the socket and of libuv's handles, which the loop must turn to finish. May be asked
 * twice, or without a start. */
void listener_close(struct listener *listener);

#endif
