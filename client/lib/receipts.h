/*
 * The receipts of this person's acts, of refusals that were entered, and the marks of what was
 * shown to him, kept in one file that only grows: receipts.log, records of record.h, each: i64
 * time, u16 rpc, then
 *
 *   u8 2, a packed Receipt     since receipts are proven: entry, proof, signed head
 *   the entry's header alone   before that; it begins with its version, 1
 *
 * Several processes may add at once. Never prints; does not judge what it keeps.
 */
#ifndef CLIENT_LIB_RECEIPTS_H
#define CLIENT_LIB_RECEIPTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/status.h"
#include "proto/wire.pb-c.h"

#define RECEIPTS_FILE "receipts.log"

struct receipt {
	int64_t stored_at; /* microseconds since the epoch, UTC, by our own clock */
	uint16_t rpc;
	ProtobufCBinaryData bytes; /* header of the entry as stored; borrowed for the call */
	const struct entry *entry; /* the same decoded; borrowed for the call */
	const Pb__Proof *proof;    /* NULL: kept without one; borrowed for the call */
	uint64_t end;              /* where its record ends in the file */
};

/* Adds one. Does not wait for the disk: the ledger has the entry anyway. STATUS_STORAGE,
 * STATUS_STORAGE_FULL, STATUS_MEMORY, STATUS_LIMIT. */
MUST_CHECK enum status receipts_add(const char *path, uint16_t rpc, const Pb__Receipt *receipt);

/* Gives each receipt whose record begins at from or later to see(), oldest first; stops when that
 * returns anything but STATUS_OK and returns it. What is damaged is stepped over and counted in
 * *damaged. A file that is not there has none. */
MUST_CHECK enum status receipts_each(const char *path, uint64_t from,
				     enum status (*see)(void *context, const struct receipt *),
				     void *context, size_t *damaged);

#endif
