/* Proofs of entries as files for others: the text of common/tlogproof.h, written once. */
#ifndef CLIENT_CLI_PROOFFILE_H
#define CLIENT_CLI_PROOFFILE_H

#include "common/buf.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

struct cli;

/* Appends the text. entry: the header that it is about, or NULL where that is not known.
 * STATUS_INVALID when the proof is none. */
MUST_CHECK enum status prooffile_format(const Pb__Proof *proof, const ProtobufCBinaryData *entry,
					struct buf *text);

/* Writes a new file: what is there is never written over. Complains. */
MUST_CHECK enum status prooffile_write(struct cli *cli, const char *path, const struct buf *text);

#endif
