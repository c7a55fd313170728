/* Transactions on the state; part of store.h, whose first lines say what holds for all of them. */
#ifndef SERVER_STORE_TXN_H
#define SERVER_STORE_TXN_H

#include "common/status.h"

struct store;
struct txn;

/* At most one write txn at a time; blocks while another is open. */
MUST_CHECK enum status store_write(struct store *store, struct txn **txn);

/* A read txn, kept by its thread and renewed for each use: begin, read, reset; end frees. */
MUST_CHECK enum status store_read(struct store *store, struct txn **txn);
MUST_CHECK enum status txn_renew(struct txn *txn);
void txn_reset(struct txn *txn);

/* Commits a write txn, or says what failed first. The handle is gone in any case. After a failure
 * whose effect is unknown: STATUS_OUTCOME_UNKNOWN. */
MUST_CHECK enum status txn_commit(struct txn *txn);

/* Drops a write txn, or ends a read txn. NULL is fine. */
void txn_end(struct txn *txn);

/* The first failure, STATUS_OK while there is none. */
enum status txn_status(const struct txn *txn);

#endif
