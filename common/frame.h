/*
 * The fixed header before every message on the wire: proto/PROTOCOL.md section 3. Encodes and
 * decodes; what a frame means is the session's.
 *
 *   offset  0  u32  length of the body
 *           4  u8   kind
 *           5  u8   flags
 *           6  u16  rpc number
 *           8  u64  request id
 */
#ifndef COMMON_FRAME_H
#define COMMON_FRAME_H

#include <stdint.h>

#define FRAME_HEADER_LEN 16

/* Limits of a body, each by who sends it when. */
#define FRAME_BODY_MAX_HELLO (4 * 1024)     /* before Welcome: a stranger gets no memory */
#define FRAME_BODY_MAX_REQUEST (64 * 1024)  /* a batch of an import is the largest */
#define FRAME_BODY_MAX_ANSWER (1024 * 1024) /* the answer to such a batch, generously */

/* Of the body of a WRITE's request: the idempotency key before the message. */
#define FRAME_KEY_LEN 16

enum frame_kind {
	FRAME_HELLO = 1,   /* client: body Hello */
	FRAME_WELCOME = 2, /* server: body Welcome */
	FRAME_REQUEST = 3, /* client: body the RPC's request, for a WRITE after its key */
	FRAME_ANSWER = 4, /* server: body the reply, for a WRITE u32 length and Receipt before it */
	FRAME_ITEM = 5,   /* server: one reply of a stream */
	FRAME_END = 6,    /* server: end of a stream, body StreamEnd */
	FRAME_ERROR = 7,  /* server: body Refusal; ends the request */
	FRAME_CANCEL = 8, /* client: no body; ends the stream of that request id */
	FRAME_PING = 9,   /* either: no body */
	FRAME_PONG = 10,  /* either: no body, the ping's request id */
	FRAME_MARK = 11,  /* server: body Mark; before what was entered before it is shown */
};

enum frame_flags {
	FRAME_DRY_RUN = 1, /* of a WRITE's request: check, but do nothing */
};

struct frame {
	uint32_t length;
	uint8_t kind;  /* enum frame_kind, or anything a peer may send */
	uint8_t flags; /* enum frame_flags, likewise */
	uint16_t rpc;
	uint64_t request_id;
};

/* Writes the header; cannot fail. */
void frame_encode(uint8_t to[static FRAME_HEADER_LEN], const struct frame *frame);

/* Takes any bytes; judging them is the caller's. */
void frame_decode(struct frame *frame, const uint8_t from[static FRAME_HEADER_LEN]);

#endif
