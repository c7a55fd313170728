/*
 * Erasures carried out: an erase entry says which entries are redacted and what is left of each
 * (service/redact.h); here they are overwritten, and what of the state could still hold what was
 * erased is replaced.
 *
 *   erase entry durable, state committed --> DATA/erasing --> entries overwritten (journal of the
 *   ledger) --> state copied into a new file --> old snapshots removed, a new one taken --> mark
 *   removed
 *
 * Cut off anywhere, it is finished at the next start: there every entry that any erase entry lists
 * is looked at, and redacted if it is not. So a backup that is older than an erasure loses again
 * what was erased, once the entries since are there.
 */
#ifndef SERVER_DISPATCH_ERASURE_H
#define SERVER_DISPATCH_ERASURE_H

#include <stdint.h>

#include "common/status.h"
#include "server/dispatch/recover.h"

/* Carries out what the erase entry of that sequence says, which is committed and applied. A full
 * disk is no failure: disk->is_erasing then says that it is to be finished. After a failure only a
 * new start goes on. */
MUST_CHECK enum status erasure_carry_out(struct recovered *disk, uint64_t sequence,
					 char why[static ENGINE_WHY_LEN]);

/* Finishes all that are not carried out, or not to the end; a full disk as above. STATUS_CORRUPT
 * when an entry is neither what it was nor what is to be left of it. */
MUST_CHECK enum status erasure_recover(struct recovered *disk, char why[static ENGINE_WHY_LEN]);

#endif
