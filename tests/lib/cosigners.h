/* Keys of a log and of its witnesses, and heads that they sign. */
#ifndef TESTS_LIB_COSIGNERS_H
#define TESTS_LIB_COSIGNERS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/checkpoint.h"
#include "common/ed25519.h"
#include "common/merkle.h"
#include "common/note.h"

#define COSIGNERS_ORIGIN "archive.example/dossier"
#define COSIGNERS_TIME UINT64_C(1771210800) /* when heads are signed unless said */

struct cosigner {
	struct ed25519 *private;
	struct note_key key;
};

/* A log's key (NOTE_ED25519) or a witness's (NOTE_COSIGNATURE); aborts when it cannot be made. */
void cosigner_init(struct cosigner *cosigner, const char *name, enum note_type type);
void cosigner_release(struct cosigner *cosigner);

/* Appends a heartbeat of the log: the head, signed both ways. */
void cosigner_beat(const struct cosigner *log, const struct checkpoint *head, uint64_t time,
		   struct buf *note);

/* Appends the cosignature line over the text of a note. */
void cosigner_line(const struct cosigner *witness, const struct buf *note, uint64_t time,
		   struct buf *line);

/* The head of a log of the leaves "0", "1" ... of that size; of another past when fork is not 0. */
struct checkpoint cosigners_head(uint64_t size, uint8_t fork);

/* The proof that the tree of to leaves begins with the one of from. */
void cosigners_proof(uint64_t from, uint64_t to, uint8_t fork, struct merkle_proof *proof);

#endif
