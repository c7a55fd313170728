/*
 * Who has to approve: from the text of a rule and what it looks at to the levels that decide, in
 * order. Pure: the same text and inputs give the same levels for ever, so that a decision can be
 * judged again years later. A changed language gets a new version beside the old one.
 *
 * Version 1:   rule   = clause *( ";" clause )
 *              clause = [ word *( "," word ) ":" ] levels
 *              levels = "none" | level *( "+" level )
 *              level  = "head" | "gm"
 *              word   = "public" | "internal" | "confidential" | "secret" | "original" | "copy"
 * The first clause has no words and holds for everything; of the others the last one with a word
 * that fits an input counts. "head; secret: head + gm": a head, for what is secret then the general
 * manager as well. Nobody decides on what his own head asks for: where the asker is one (input
 * "asker" is "head"), the general manager takes the head's place.
 *
 * Version 2:   level  = "head" | "gm" | "officer"
 */
#ifndef COMMON_RULING_H
#define COMMON_RULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"
#include "proto/record.pb-c.h"

#define RULING_VERSION 2
#define RULING_LEVELS_MAX 4

struct ruling {
	Pb__ApprovalLevel levels[RULING_LEVELS_MAX];
	size_t count; /* 0: no approval is needed */
};

/* The levels that the rule asks for. STATUS_INVALID when the text is no rule of that version, from
 * 1 to RULING_VERSION. */
MUST_CHECK enum status ruling_levels(uint32_t version, const char *text,
				     Pb__ApprovalInput *const *inputs, size_t count,
				     struct ruling *ruling);

/* Whether the text is a rule of the newest version. */
bool ruling_is_rule(const char *text);

#endif
