/*
 * Verifies a ledger bundle (common/bundle.h) with what the auditor brings himself: the ledger's
 * key, perhaps an old head and a policy of witnesses. Needs no server, no network, no profile.
 * Reads the file once, from front to back, a record at a time, so that its size does not matter;
 * only the replay keeps something, a few words for each item that was lent. Never prints.
 */
#ifndef CLIENT_LIB_BUNDLE_CHECK_H
#define CLIENT_LIB_BUNDLE_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/lib/bundle_replay.h"
#include "common/checkpoint.h"
#include "common/note.h"
#include "common/policy.h"
#include "common/status.h"

enum bundle_fault {
#define BUNDLE_FAULT(name, text) BUNDLE_FAULT_##name,
#include "client/lib/bundle_fault.def"
#undef BUNDLE_FAULT
};

/* Seconds that the clocks of head office, witnesses and auditor may be apart. */
#define BUNDLE_CLOCKS 120

/* What the auditor brings, and wants to hear. */
struct bundle_ask {
	const struct note_key *keys; /* the ledger's; borrowed; none: as the policy says */
	size_t key_count;
	const struct policy *policy; /* of logs and witnesses, borrowed; NULL: none */
	const struct checkpoint
		*since;     /* his own old head, whose signature he trusts; NULL: none */
	int64_t since_time; /* when it was the newest one, seconds; 0: it does not say */
	bool replay;
	uint64_t size; /* of the file; for progress */
	/* Called now and then; false: stop. NULL: nobody wants to know. */
	bool (*progress)(void *context, uint64_t done, uint64_t size);
	/* Called for each item that stands otherwise than the entries say. */
	bundle_differs_cb *differs;
	void *context; /* of both */
};

/* What was found. Filled as far as the check came, also when something is wrong. */
struct bundle_findings {
	enum bundle_fault fault; /* the first; nothing behind it was looked at */
	uint64_t offset;         /* of the record with the fault, in the file */
	uint64_t sequence;       /* the entry that was there, or would be next */

	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t from;
	uint64_t to;
	uint8_t root_from[HASH_LEN];
	uint8_t root_to[HASH_LEN];
	uint64_t full; /* entries by how much there is of them */
	uint64_t erased;
	uint64_t explained; /* of these: by an act of erasure that comes later */
	uint64_t headers;
	uint64_t leaves;
	int64_t first_time; /* of the entries whose time is known; 0: none */
	int64_t last_time;

	uint64_t heads;     /* signed heads that hold */
	uint64_t head_size; /* of the largest */
	uint64_t dated_size;
	int64_t dated;  /* seconds since the epoch when the ledger's key signed dated_size; 0: no
			 * head says when */
	uint64_t times; /* of heads that hold, by the ledger's key or a witness: no entry below
			 * such a head claims a time BUNDLE_CLOCKS later */

	uint64_t
		witnessed_size; /* the largest head with as many witnesses as the policy asks for */
	size_t witnesses;       /* on that */

	bool since_holds; /* his old head is of this past */
	uint64_t items;   /* in the inventory */
	bool whole;       /* these are all in the asker's scope */
	struct bundle_replayed replayed;
};

/* STATUS_OK: all that it can prove holds. STATUS_PROOF: findings->fault says what is wrong.
 * STATUS_CANCELLED: progress() wanted no more. STATUS_INPUT: the file cannot be read, see errno.
 * STATUS_MEMORY. */
MUST_CHECK enum status bundle_check(FILE *from, const struct bundle_ask *ask,
				    struct bundle_findings *findings);

/* When a log of the policy signed this head as its newest one, with the time: seconds, 0: it does
 * not say. STATUS_PROOF when such a signature is wrong, STATUS_INVALID when it is no note,
 * STATUS_MEMORY. */
MUST_CHECK enum status bundle_head_time(const struct policy *policy, const void *note, size_t len,
					int64_t *time);

/* A gettext msgid; static storage. */
const char *bundle_fault_text(enum bundle_fault fault);

/* "CONTENT"; static storage. */
const char *bundle_fault_name(enum bundle_fault fault);

#endif
