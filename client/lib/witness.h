/*
 * A witness of the ledger (C2SP tlog-witness): remembers the last head that it co-signed, and
 * co-signs another only when that one grew from it. What it remembers is on disk before the
 * cosignature leaves; several processes may ask at once. Never prints; no connection.
 *
 *   DIR/witness-head  the signed note that was co-signed last
 *   DIR/witness.lock  held while one head is compared with it and takes its place
 */
#ifndef CLIENT_LIB_WITNESS_H
#define CLIENT_LIB_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/checkpoint.h"
#include "common/ed25519.h"
#include "common/note.h"
#include "common/status.h"

#define WITNESS_HEAD_FILE "witness-head"
#define WITNESS_LOCK_FILE "witness.lock"

struct witness {
	const char *directory;       /* borrowed; where it remembers */
	const struct note_key *logs; /* borrowed; keys of the one log that it knows */
	size_t log_count;
	struct note_key as;        /* its own, NOTE_COSIGNATURE */
	const struct ed25519 *key; /* borrowed */
};

/* As HTTP has it, says tlog-witness. */
enum witness_code {
	WITNESS_DONE = 200,
	WITNESS_MALFORMED = 400,
	WITNESS_FORBIDDEN = 403, /* the log has not signed it */
	WITNESS_UNKNOWN = 404,   /* another log */
	WITNESS_CONFLICT = 409,  /* not asked from the head that was co-signed last */
	WITNESS_UNPROVEN = 422,  /* it did not grow from that one, as far as the proof shows */
};

/* What a refusal shows of the log. */
enum witness_finding {
	WITNESS_NOTHING,
	WITNESS_FORK,     /* another root at the size that was co-signed, or no proof from there */
	WITNESS_ROLLBACK, /* signed later than what was co-signed, and smaller */
};

struct witness_answer {
	enum witness_code code;
	struct buf body; /* owned; of DONE signature lines, of CONFLICT the size in a line */
	enum witness_finding finding;
	struct checkpoint asked; /* unless MALFORMED */
	uint64_t time;           /* when the log says it signed that, seconds; 0: it does not say */
	const char *note;        /* the signed head that was asked for; borrowed from the request */
	size_t note_len;
	struct checkpoint known; /* that was co-signed last; size 0: none yet */
	struct buf last;         /* owned; its note */
};

/* The last co-signed head. STATUS_NOT_FOUND when there is none, STATUS_CORRUPT when the file is not
 * what was written. note (may be NULL) is appended to. */
MUST_CHECK enum status witness_last(const struct witness *witness, struct checkpoint *checkpoint,
				    struct buf *note);

/* Judges the body of an add-checkpoint request, and co-signs as of now, in seconds. STATUS_OK:
 * *answer says how it went; to be released in any case. Else it could not be found out or
 * remembered, and nothing is signed. */
MUST_CHECK enum status witness_add_checkpoint(const struct witness *witness, const void *body,
					      size_t len, uint64_t now,
					      struct witness_answer *answer);
void witness_answer_release(struct witness_answer *answer);

/* Its key from a PEM file. STATUS_NOT_FOUND, STATUS_INVALID, STATUS_STORAGE, STATUS_MEMORY. */
MUST_CHECK enum status witness_key_load(struct ed25519 **key, const char *path);

/* Makes a new one in a file (0600) that is not there yet. */
MUST_CHECK enum status witness_key_create(struct ed25519 **key, const char *path);

#endif
