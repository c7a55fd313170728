/*
 * The receipts of this person's acts, and the marks of what was shown to him, kept in one file that
 * only grows: receipts.log, records of record.h, each: i64 time, u16 rpc, the entry's header as the
 * ledger has it. Several processes may add at once. Never prints.
 */
#ifndef CLIENT_LIB_RECEIPTS_H
#define CLIENT_LIB_RECEIPTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/status.h"

#define RECEIPTS_FILE "receipts.log"

struct receipt {
	int64_t stored_at; /* microseconds since the epoch, UTC, by our own clock */
	uint16_t rpc;
	const uint8_t *bytes; /* header of the entry as stored; borrowed for the call */
	size_t len;
	const struct entry *entry; /* the same decoded; borrowed for the call */
};

/* Adds one. Does not wait for the disk: the ledger has the entry anyway. STATUS_STORAGE,
 * STATUS_STORAGE_FULL, STATUS_MEMORY. */
MUST_CHECK enum status receipts_add(const char *path, uint16_t rpc, const uint8_t *entry,
				    size_t len);

/* Gives each receipt to see(), oldest first; stops when that returns anything but STATUS_OK and
 * returns it. What is damaged is stepped over and counted in *damaged. A file that is not there has
 * none. */
MUST_CHECK enum status receipts_each(const char *path,
				     enum status (*see)(void *context, const struct receipt *),
				     void *context, size_t *damaged);

#endif
