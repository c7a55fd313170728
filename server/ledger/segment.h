/*
 * One file of the ledger: its name, its header, its making. Does not know what groups are.
 *
 *   header, 4096 bytes: "DOSLEDG1", u32 version 1, u32 crc32c of the rest, u64 first sequence, 32
 *     bytes SHA-256 of the origin, u64 size of the segment; of the segment before (zeros in the
 *     first): u64 its first sequence, u64 offset behind its last group, i64 time of its last entry,
 *     u32 crc32c of its last group; zeros
 */
#ifndef SERVER_LEDGER_SEGMENT_H
#define SERVER_LEDGER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/path.h"
#include "common/status.h"

#define SEGMENT_HEADER_LEN 4096
#define SEGMENT_NAME_LEN 25 /* 20 digits, ".seg", NUL */
#define SEGMENT_TEMPORARY "segment.new"

/* Zeros are written this far ahead of the groups. The first write to a block that was only reserved
 * makes fdatasync commit the file system's journal as well; a write to a block that holds zeros
 * does not. So much at once delays one commit in hundreds, by less than a millisecond. */
#define SEGMENT_AHEAD (256u * 1024)

/* How a segment ended, as its successor tells; zeros in the first segment. */
struct segment_end {
	uint64_t first;  /* sequence the ended segment begins with */
	uint64_t offset; /* behind its last group */
	int64_t time;    /* of its last entry */
	uint32_t crc;    /* of its last group */
};

struct segment {
	uint64_t first; /* sequence of the first entry */
	uint32_t size;  /* of the file */
	uint8_t origin[HASH_LEN];
	struct segment_end before;
};

/* The file's name in the ledger's directory. */
void segment_name(uint64_t first, char name[static SEGMENT_NAME_LEN]);

/* Whether it is the name of a segment; sets *first. */
bool segment_named(const char *name, uint64_t *first);

/* Makes the file, which lasts under its name or is not there: temporary name, space reserved,
 * header, sync, rename, sync of the directory. *fd is the caller's. STATUS_STORAGE_FULL has left
 * nothing; after STATUS_STORAGE the file may be there. */
MUST_CHECK enum status segment_make(const char *directory, const struct segment *segment, int *fd);

/* Opens the file (flags as of open(2)) and reads its header. STATUS_NOT_FOUND when there is none;
 * STATUS_CORRUPT when it is no segment, or another one than its name says. */
MUST_CHECK enum status segment_open(const char *directory, uint64_t first, int flags,
				    struct segment *segment, int *fd);

#endif
