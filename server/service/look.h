/*
 * Looks where they are entered: whether what was read may still be shown, and what showing it uses
 * up. A look uses one view of each grant it stands under, the day's records of who looks, the day's
 * unmaskings, and the approvals it rests on; all from its entry's header, so that a replay counts
 * the same.
 */
#ifndef SERVER_SERVICE_LOOK_H
#define SERVER_SERVICE_LOOK_H

#include "common/buf.h"
#include "common/rpc.h"
#include "server/service/call.h"

/* Judges a look about call->subjects within the txn that enters it. STATUS_DENIED: grant_over.
 * STATUS_LIMIT: grant_used_up, records_used_up, unmasks_used_up. STATUS_BLOCKED: what became of an
 * approval. */
MUST_CHECK enum status look_judge(struct call *call);

/* Whether a stream that showed records under these grants may go on; otherwise refuses as
 * look_judge(). What they cover would end without a word. */
MUST_CHECK enum status look_goes_on(struct call *call, const uint64_t *grants, size_t count);

/* How many records this call may show, at least 1 so that the list is refused rather than cut short
 * when the next is there; 0: no limit. */
uint32_t look_room(struct call *call);

/* Counts what an ENTRY_ACCESS used up. */
void look_apply(struct txn *txn, const struct entry *entry, const struct rpc *rpc);

/* Packs the Mark of a look about call->subjects that was entered with this header, in place of what
 * was in the buffer. STATUS_MEMORY. */
MUST_CHECK enum status look_mark(struct call *call, const uint8_t *header, size_t len,
				 struct buf *mark);

#endif
