/*
 * The journal of unfinished acts: a WRITE's key and packed request are on disk before it is sent,
 * so that a cut line or a killed client leaves nobody guessing. What a process leaves behind is
 * settled at the next start by repeating each unfinished request with its own key, which executes
 * once.
 *
 * One file a process, locked while it lives: <directory>/<pid>-<random>.journal, records of
 * record.h: OWNER (whose acts these are) first, then BEGIN and DONE. A torn end was never synced,
 * so what it was about was never sent. Never prints. One thread at a time.
 */
#ifndef CLIENT_LIB_JOURNAL_H
#define CLIENT_LIB_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"
#include "common/status.h"

#define JOURNAL_SUFFIX ".journal"
#define JOURNAL_FILE_MAX ((size_t)64 * 1024 * 1024)

struct journal;

/* Keys mean something only for one principal at one ledger. */
struct journal_owner {
	const char *origin; /* name of the ledger */
	uint64_t principal;
};

/* An act whose outcome is not known. */
struct journal_act {
	uint8_t key[FRAME_KEY_LEN];
	uint16_t rpc;
	const uint8_t *request; /* packed; borrowed for the call */
	size_t len;
};

/* Repeats one act. STATUS_OK: its outcome is known now, whatever it is. */
typedef enum status journal_repeat(void *context, const struct journal_act *act);

/* A new journal in the directory (made when it is not there). STATUS_STORAGE, STATUS_STORAGE_FULL,
 * STATUS_LIMIT for a name too long, STATUS_MEMORY. */
MUST_CHECK enum status journal_open(struct journal **journal, const char *directory,
				    const struct journal_owner *owner);

/* Removes the file when nothing is unfinished, else leaves it to be settled. NULL is fine. */
void journal_close(struct journal *journal);

/* Notes an act that is about to be sent; durable only after journal_sync(). */
MUST_CHECK enum status journal_begin(struct journal *journal, const struct journal_act *act);

/* Makes last all that was begun since the last time: one fsync, or nothing when there is nothing.
 */
MUST_CHECK enum status journal_sync(struct journal *journal);

/* The outcome of an act is known. Need not last: repeating it does no harm. */
MUST_CHECK enum status journal_done(struct journal *journal,
				    const uint8_t key[static FRAME_KEY_LEN]);

/* Acts begun and not done, and the bytes that the journal has on disk. */
size_t journal_unfinished(const struct journal *journal);
uint64_t journal_size(const struct journal *journal);

/* Repeats what dead processes of this owner left unfinished, oldest first within a file, and
 * removes the files that are settled. Files of the living and of other owners are left alone;
 * *foreign counts the latter. Stops at the first failure of repeat and returns it. */
MUST_CHECK enum status journal_settle(const char *directory, const struct journal_owner *owner,
				      journal_repeat *repeat, void *context, size_t *foreign);

#endif
