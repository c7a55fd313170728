/*
 * Whose word is enough: trust policies (C2SP tlog-policy), which name logs, witnesses, groups of
 * them and the quorum that must have cosigned a checkpoint. Takes any bytes; knows no clock.
 */
#ifndef COMMON_POLICY_H
#define COMMON_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/checkpoint.h"
#include "common/note.h"
#include "common/status.h"

#define POLICY_MAX (64 * 1024) /* bytes of a policy */
#define POLICY_LOGS_MAX 64
#define POLICY_WITNESSES_MAX 64
#define POLICY_GROUPS_MAX 64

struct policy;

/* A witness that cosigned, as the policy names it; borrowed from the policy. */
struct policy_witness {
	const char *name;
	const struct note_key *key;
	uint64_t time; /* of its cosignature, seconds */
};

struct policy_verdict {
	struct checkpoint checkpoint;
	const struct note_key *log; /* that signed it; borrowed from the policy; NULL: none */
	size_t witness_count;
	struct policy_witness witnesses[POLICY_WITNESSES_MAX];
	bool quorum; /* they are enough */
};

/* Copies what it needs of the text. STATUS_INVALID when it is no policy or more than the limits,
 * with the number of the line (0: of no line); STATUS_MEMORY. */
MUST_CHECK enum status policy_parse(struct policy **policy, const char *text, size_t len,
				    size_t *line);
void policy_free(struct policy *policy);

/* A log that is known from elsewhere: a policy may come without any. STATUS_INVALID when it has
 * this key already, or its limit of them. */
MUST_CHECK enum status policy_add_log(struct policy *policy, const struct note_key *key);

/* The logs that it trusts, i from 0 until NULL; borrowed. */
const struct note_key *policy_log(const struct policy *policy, size_t i);

/* Whether it asks for any witness at all: one with "quorum none" does not. */
bool policy_asks_witnesses(const struct policy *policy);

/* Judges a checkpoint with its signatures. STATUS_INVALID when it is none (the verdict is not
 * set); STATUS_PROOF when none of the logs signed it, a signature by any of the policy's keys is
 * wrong, or the quorum does not hold: the verdict has what was found until then. */
MUST_CHECK enum status policy_judge(const struct policy *policy, const void *note, size_t len,
				    struct policy_verdict *verdict);

#endif
