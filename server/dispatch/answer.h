/* The bodies of answers: an act's receipt and reply, or a refusal. See PROTOCOL.md section 5. */
#ifndef SERVER_DISPATCH_ANSWER_H
#define SERVER_DISPATCH_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "proto/wire.pb-c.h"

/* Appends u32 length, Receipt without its proof (server/dispatch/receipt.h), reply to the answer.
 * header NULL (a dry run): an empty receipt. */
MUST_CHECK enum status answer_act(struct buf *answer, const uint8_t *header, size_t header_len,
				  const uint8_t *reply, size_t reply_len);

/* Replaces the answer by the packed refusal. */
MUST_CHECK enum status answer_refusal(struct buf *answer, const Pb__Refusal *refusal);

/* Replaces the answer by a refusal with only status and reason ("" for none). */
MUST_CHECK enum status answer_failure(struct buf *answer, enum status status, const char *reason);

/* Appends a whole frame. */
MUST_CHECK enum status answer_frame(struct buf *to, const struct frame *request,
				    enum frame_kind kind, const uint8_t *body, size_t len);

#endif
