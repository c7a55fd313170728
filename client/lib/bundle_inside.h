/* What the files of the bundle's check share: one check under way. */
#ifndef CLIENT_LIB_BUNDLE_INSIDE_H
#define CLIENT_LIB_BUNDLE_INSIDE_H

#include "client/lib/bundle_check.h"
#include "client/lib/bundle_erasures.h"
#include "client/lib/bundle_ladder.h"
#include "common/hash.h"
#include "common/merkle.h"

/*
 *   BEGINNING --BEGIN--> ENTRIES --HEAD--> HEADS --END--> ENDED
 * In ENTRIES: FULL, ERASED, HEADER, LEAF, ITEM. In HEADS: HEAD.
 */
enum check_stage { CHECK_BEGINNING, CHECK_ENTRIES, CHECK_HEADS, CHECK_ENDED };

struct check {
	const struct bundle_ask *ask;
	struct bundle_findings *findings;
	enum check_stage stage;
	struct hash *hash;         /* owned */
	struct subject *subjects;  /* owned; ENTRY_SUBJECTS_MAX of them */
	struct replay *replay;     /* owned; NULL: not asked for */
	struct erasures *erasures; /* owned */
	struct merkle tree;        /* of all entries so far */
	int64_t time;              /* of the last entry that told one */
	struct ladder ladder;      /* of the times of all entries so far */
	uint64_t item;             /* id of the last ITEM */
	bool reaches;              /* a signed head covers the last entry */
	bool since_met;            /* the auditor's old head was compared */
	bool witnessed;            /* one of the heads, by enough of the policy's witnesses */
};

/* Notes what is wrong, at the entry that is next; STATUS_PROOF. */
enum status check_fault(struct check *check, enum bundle_fault fault);

/* Compares the root with the auditor's old head, when the tree stands at its size. */
MUST_CHECK enum status check_since(struct check *check);

/* A signed head: its signatures, and how it fits the tree, which is whole by now. */
MUST_CHECK enum status check_head(struct check *check, const struct bundle_head *head);

/* What can be said only at the end: whether heads reach far enough, by whom they are witnessed,
 * and whether the old head was met. */
MUST_CHECK enum status check_heads_end(struct check *check);

#endif
