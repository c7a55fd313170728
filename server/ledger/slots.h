/*
 * The signer's memory: which head was signed last, in a file of two slots that are written in turn,
 * so that a write that was cut off leaves the head before. Used by signer.c, and slots_check() by
 * who checks. One thread.
 */
#ifndef SERVER_LEDGER_SLOTS_H
#define SERVER_LEDGER_SLOTS_H

#include <stdint.h>

#include "common/hash.h"
#include "common/status.h"

struct head {
	uint64_t turn; /* counts the writes */
	uint64_t size; /* of the ledger; 0: nothing was signed */
	uint8_t root[HASH_LEN];
	int64_t time; /* when it was signed, microseconds since the epoch */
};

/* Makes the file, of an empty head, so that it lasts when its directory is synced.
 * STATUS_STORAGE, STATUS_STORAGE_FULL. */
MUST_CHECK enum status slots_create(const char *path);

/* Opens the file and reads the newest whole slot; *fd is the caller's. STATUS_NOT_FOUND when there
 * is no file, STATUS_CORRUPT when no slot is whole. */
MUST_CHECK enum status slots_open(const char *path, int flags, int *fd, struct head *head);

/* Writes the head as the next turn, durably; *head gets its turn. After a failure the file has the
 * head before, or this one. */
MUST_CHECK enum status slots_write(int fd, struct head *head);

/* Reads each slot, also beside one who writes them: *damaged has a bit for each that is not whole,
 * bit 0 for the first. The next write heals one of them. STATUS_NOT_FOUND, STATUS_STORAGE. */
MUST_CHECK enum status slots_check(const char *path, unsigned *damaged);

#endif
