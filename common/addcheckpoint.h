/*
 * What a witness is asked (C2SP tlog-witness, add-checkpoint), as text: "old <size>", the
 * consistency proof from there in base64, a hash a line, an empty line, the checkpoint as a signed
 * note. Takes any bytes; knows nothing of what a checkpoint says.
 */
#ifndef COMMON_ADDCHECKPOINT_H
#define COMMON_ADDCHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/merkle.h"
#include "common/note.h"
#include "common/status.h"

#define ADDCHECKPOINT_PROOF_MAX 63          /* hashes, says tlog-witness */
#define ADDCHECKPOINT_MAX (NOTE_MAX + 4096) /* bytes of a whole one */

struct addcheckpoint {
	uint64_t old;
	struct merkle_proof proof;
	const char *note; /* borrowed */
	size_t note_len;
};

/* Appends the text. */
MUST_CHECK enum status addcheckpoint_format(const struct addcheckpoint *request, struct buf *to);

/* STATUS_INVALID when it is none. The note points into bytes and is not looked at. */
MUST_CHECK enum status addcheckpoint_parse(struct addcheckpoint *request, const void *bytes,
					   size_t len);

#endif
