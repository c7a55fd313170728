/*
 * Whether what a server says of its ledger is proven under the keys of a profile: signed heads, and
 * that an entry is below one. Takes any bytes; knows no files and no connection. One thread at a
 * time.
 */
#ifndef CLIENT_LIB_TRUST_H
#define CLIENT_LIB_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "client/lib/logkeys.h"
#include "common/buf.h"
#include "common/checkpoint.h"
#include "common/hash.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

struct trust {
	struct logkeys keys;
	struct buf note; /* owned; verified last: the acts of one group have the same */
	struct checkpoint checkpoint; /* of it */
	const char *why;              /* of the last STATUS_PROOF: msgid, a clause */
};

/* Knows no key yet. */
void trust_init(struct trust *trust);
void trust_release(struct trust *trust);

/* Of a signed head. STATUS_PROOF when none of the keys has signed it. */
MUST_CHECK enum status trust_checkpoint(struct trust *trust, const void *note, size_t len,
					struct checkpoint *checkpoint);

/* When the log's key says that a heartbeat was signed: seconds since the epoch. STATUS_PROOF. */
MUST_CHECK enum status trust_heartbeat(struct trust *trust, const void *note, size_t len,
				       struct checkpoint *checkpoint, uint64_t *time);

/* That an entry's header is in the ledger, at the place that it names. proof may be NULL: that is
 * STATUS_PROOF, too. */
MUST_CHECK enum status trust_entry(struct trust *trust, const ProtobufCBinaryData *entry,
				   const Pb__Proof *proof, struct checkpoint *checkpoint);

/* That the tree of a head begins with that of an earlier one. hashes: as in Consistency. */
MUST_CHECK enum status trust_grown(const struct checkpoint *from, const struct checkpoint *to,
				   const ProtobufCBinaryData *hashes);

#endif
