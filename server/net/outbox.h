/*
 * Bytes that wait for a peer, and how the peer takes them. Counts and judges; knows neither frames
 * nor libuv. One thread at a time.
 *
 *   0 ..... LOW ............ PAUSE ...................... MAX
 *   all is well | streams rest | nothing more is read | the peer is given up
 */
#ifndef SERVER_NET_OUTBOX_H
#define SERVER_NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"
#include "common/tls.h"

#define OUTBOX_LOW (64 * 1024)
#define OUTBOX_PAUSE (256 * 1024)
#define OUTBOX_MAX (1024 * 1024)

struct outbox {
	struct buf buf;   /* owned; memory only while something waits */
	bool full;        /* the socket takes nothing now */
	bool above;       /* over OUTBOX_LOW, and not yet below it again */
	bool paused;      /* over OUTBOX_PAUSE, and not yet below OUTBOX_LOW again */
	uint64_t stalled; /* since when the peer takes nothing, milliseconds; 0: it does */
};

/* Everything 0 is an empty one. */
void outbox_release(struct outbox *outbox);

/* Adds; where there would be too much, tries the socket first. STATUS_LIMIT: the peer does not read
 * (a lone answer always fits). STATUS_MEMORY, STATUS_TLS: the connection is no good any more. */
MUST_CHECK enum status outbox_add(struct outbox *outbox, struct tls *tls, uint64_t now,
				  const void *bytes, size_t len);

/* The same with the bytes of a buffer, which is empty afterwards: no copy when nothing waits. */
MUST_CHECK enum status outbox_take(struct outbox *outbox, struct tls *tls, uint64_t now,
				   struct buf *buf);

/* Sends as much as the socket takes. STATUS_TLS: the connection is no good any more. */
MUST_CHECK enum status outbox_write(struct outbox *outbox, struct tls *tls, uint64_t now);

/* True once each time that it has sunk below OUTBOX_LOW: streams and reading may go on. */
bool outbox_drained(struct outbox *outbox);

#endif
