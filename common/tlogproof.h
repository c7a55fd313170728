/*
 * Proofs that an entry is in a log, as text (C2SP tlog-proof): index, inclusion proof, checkpoint,
 * and extra bytes that nobody vouches for; with us the entry's header, from which the leaf follows.
 * Takes any bytes. Files are named .tlog-proof.
 */
#ifndef COMMON_TLOGPROOF_H
#define COMMON_TLOGPROOF_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/merkle.h"
#include "common/status.h"

#define TLOGPROOF_MAX (64 * 1024) /* bytes of a whole proof */

struct tlogproof {
	const uint8_t *extra; /* NULL: none. */
	size_t extra_len;
	uint64_t index;
	struct merkle_proof proof;
	const char *checkpoint; /* the signed note; borrowed */
	size_t checkpoint_len;
};

/* Appends the text. */
MUST_CHECK enum status tlogproof_format(const struct tlogproof *proof, struct buf *to);

/* STATUS_INVALID when it is none. The checkpoint points into bytes, the extra into the buf. */
MUST_CHECK enum status tlogproof_parse(struct tlogproof *proof, const void *bytes, size_t len,
				       struct buf *extra);

#endif
