/*
 * Verifying files that anybody may have, with no server, no network and no profile: what was found
 * is told in words, line by line, and what these files cannot show is told as well. One file a kind
 * of file: ledger_verify.c has the table.
 */
#ifndef CLIENT_CMD_VERIFY_H
#define CLIENT_CMD_VERIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/checkpoint.h"
#include "common/policy.h"
#include "common/status.h"

struct cli;

enum finding {
	FINDING_HOLDS, /* it was checked and is right */
	FINDING_FAILS, /* it was checked and is wrong: the file is not verified */
	FINDING_OPEN,  /* this cannot be known from what is here */
};

struct verifying {
	struct cli *cli;          /* borrowed */
	struct policy *policy;    /* owned; whose signatures are enough */
	bool witnessed;           /* the policy asks for witnesses */
	bool has_since;           /* the auditor gave ... */
	struct checkpoint since;  /* ... his own old head, which is signed */
	int64_t since_time;       /* when it was the newest one, seconds; 0: it does not say */
	bool replay;              /* of bundles: rebuild the loans, compare with the inventory */
	const char *file;         /* that is being verified; borrowed */
	bool failed;              /* something of it is wrong */
	size_t open;              /* what cannot be known of it */
	struct checkpoint *heads; /* owned; that were verified, of all files so far, and since */
	const char **names;       /* owned; the files that they are of */
	size_t count;
	json_t *report;   /* owned; of all files, with -o json */
	json_t *findings; /* borrowed; of this file */
};

/* Tells one finding, a sentence without its end. */
__attribute__((format(printf, 3, 4))) void verify_tell(struct verifying *verifying,
						       enum finding finding, const char *format,
						       ...);

/* Verifies a signed head by the policy, telling who signed it; keeps it to be compared with others.
 * STATUS_PROOF when it does not hold, STATUS_MEMORY. */
MUST_CHECK enum status verify_head(struct verifying *verifying, const void *note, size_t len,
				   struct checkpoint *checkpoint);

/* Keeps a head that is verified, of verifying->file, to be compared with later ones.
 * STATUS_MEMORY. */
MUST_CHECK enum status verify_remember(struct verifying *verifying, const struct checkpoint *head);

/* Tells what an entry's header says: what was done, when, by whom. STATUS_CORRUPT when it is none.
 */
MUST_CHECK enum status verify_header(struct verifying *verifying, const uint8_t *header,
				     size_t len);

/* The kinds of files. Each tells its findings; STATUS_OK also when they are bad. */
MUST_CHECK enum status verify_proof_file(struct verifying *verifying);
MUST_CHECK enum status verify_checkpoint_file(struct verifying *verifying);
MUST_CHECK enum status verify_bundle_file(struct verifying *verifying);

#endif
