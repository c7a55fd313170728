/*
 * What is kept when a server's word about its ledger does not hold: the heads and proofs as they
 * came, in a folder of their own, for people and tools that know nothing of this program.
 *
 *   state/evidence/<UTC time>/
 *     README.txt        what this is, in Chinese and English
 *     kept.checkpoint   the signed head that this profile had
 *     shown.checkpoint  the head that the server showed
 *     proof             what came to lead from one to the other: "old <size>", a base64 hash a line
 *     entry             header of the entry that was shown
 */
#ifndef CLIENT_LIB_EVIDENCE_H
#define CLIENT_LIB_EVIDENCE_H

#include <stdint.h>

#include "common/path.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

#define EVIDENCE_FOLDER "evidence"
#define EVIDENCE_MAX 100                      /* folders; the first ones are kept */
#define EVIDENCE_FILE_MAX ((size_t)64 * 1024) /* bytes of each file; no proof or head has more */

/* What is not there is empty. All borrowed. */
struct evidence {
	const char *what;   /* is wrong: one sentence, as it was told */
	const char *server; /* who was asked */
	ProtobufCBinaryData kept;
	ProtobufCBinaryData shown;
	ProtobufCBinaryData hashes; /* as in Consistency and Proof */
	uint64_t old_size;          /* the proof leads from this size; of an entry: its number */
	ProtobufCBinaryData entry;
};

/* Writes it durably below the state directory; *folder is where. STATUS_LIMIT: there are
 * EVIDENCE_MAX folders already, which a server that goes on lying must not fill the disk with.
 * STATUS_STORAGE, STATUS_STORAGE_FULL, STATUS_MEMORY. */
MUST_CHECK enum status evidence_save(const struct evidence *evidence, const char *state,
				     struct path *folder);

#endif
