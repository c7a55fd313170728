/*
 * The requests of prover.c. Each takes its body, which is said at it, and appends to the answer's.
 * A run is a u32 length and so many bytes; numbers are big-endian.
 */
#ifndef TESTS_PYTHON_PROVER_H
#define TESTS_PYTHON_PROVER_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/merkle.h"
#include "common/status.h"

/* What the requests share: the leaves that the trees are of. */
struct prover;

/* A request's body, taken from its front. */
struct body {
	const uint8_t *at;
	size_t left;
};

/* Ends the program. */
void die(const char *why) __attribute__((noreturn));

/* The next bytes; a run. Both die when there are not so many. */
const uint8_t *take(struct body *body, size_t len);
struct body take_run(struct body *body);

/* Append to an answer. */
void add(struct buf *to, const void *bytes, size_t len);
void add64(struct buf *to, uint64_t number);

/* The edge of a tree of so many of the leaves, at least one. */
const struct merkle_edge *edge_of(struct prover *prover, uint64_t size);

/* run of a private key's PEM, time, u8 type, run of a name, text -> vkey, newline, signature line
 */
enum status serve_sign(struct prover *prover, struct body *body, struct buf *answer);

/* run of a vkey, note -> time */
enum status serve_verify_note(struct prover *prover, struct body *body, struct buf *answer);

/* run of a vkey, note -> size, root */
enum status serve_verify_checkpoint(struct prover *prover, struct body *body, struct buf *answer);

/* index, size, run of extra bytes, note -> a tlog-proof */
enum status serve_tlogproof(struct prover *prover, struct body *body, struct buf *answer);

/* run of a vkey, leaf hash, tlog-proof -> its extra bytes */
enum status serve_verify_tlogproof(struct prover *prover, struct body *body, struct buf *answer);

/* run of a policy, note */
enum status serve_judge(struct prover *prover, struct body *body, struct buf *answer);

/* run of a vkey, run of an old checkpoint's text (empty: none), bundle -> name of the fault */
enum status serve_verify_bundle(struct prover *prover, struct body *body, struct buf *answer);

#endif
