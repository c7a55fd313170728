/* A policy of witnesses (C2SP tlog-policy) for those who verify without a server: the keys of the
 * ledger that the profile has, and of each witness what the ledger itself proves. */
#ifndef CLIENT_CMD_WITNESS_POLICY_H
#define CLIENT_CMD_WITNESS_POLICY_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/note.h"
#include "common/status.h"
#include "proto/request.pb-c.h"

struct cli;

/* What the server says of its witnesses, with the entries that make them so when entries says so;
 * memory of cli->arena. Complains. */
MUST_CHECK enum status witness_policy_ask(struct cli *cli, bool entries,
					  const Pb__LedgerStatusReply **reply);

/* How many of them are active. */
unsigned witness_policy_active(const Pb__LedgerStatusReply *reply);

/* Whether the entry in a view makes this key a witness of the ledger called origin: it is what the
 * view says, and its owner has shown that it is his. That the entry is in the ledger is still to be
 * proven. STATUS_PROOF, STATUS_MEMORY. */
MUST_CHECK enum status witness_policy_judge(const Pb__WitnessView *view, const char *origin,
					    struct arena *arena, struct note_key *key);

/* Asks the server and appends the policy; witnesses that are suspended are left out. Complains:
 * STATUS_PROOF when something is not proven, STATUS_BLOCKED when there are fewer witnesses than
 * must co-sign. */
MUST_CHECK enum status witness_policy_make(struct cli *cli, struct buf *policy);

#endif
