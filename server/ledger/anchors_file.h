/*
 * The records of DATA/anchors (see anchors.h) and where each is. Knows nothing of witnesses. One
 * thread at a time; for anchors.c, and to be looked at by who checks.
 */
#ifndef SERVER_LEDGER_ANCHORS_FILE_H
#define SERVER_LEDGER_ANCHORS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/status.h"

struct anchor {
	uint64_t size;
	uint64_t offset; /* of the note in the file */
	uint32_t len;    /* of the note */
	uint32_t crc;
	uint32_t cosignatures;
};

struct anchors_file {
	int fd;
	uint64_t end; /* where the next record goes */
	size_t count;
	size_t capacity;
	size_t damaged; /* records, or stretches without one, that are not what was written */
	struct anchor *anchors; /* by size, one for each */
};

/* Opens or makes the file and finds its records; gives the note of each to see(). A torn end is cut
 * off. */
MUST_CHECK enum status anchors_file_open(struct anchors_file *file, const char *path,
					 void (*see)(void *context, uint64_t size,
						     const struct buf *note),
					 void *context);
/* Opens it for reading only, beside one who appends. STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status anchors_file_look(struct anchors_file *file, const char *path);
/* Fine also when opening failed. */
void anchors_file_close(struct anchors_file *file);

/* Appends a record, which takes the place of an earlier one of that size. */
MUST_CHECK enum status anchors_file_add(struct anchors_file *file, uint64_t size,
					uint32_t cosignatures, const struct buf *note);

/* The first of at least that size; NULL when there is none. Valid until the next is added. */
const struct anchor *anchors_file_find(const struct anchors_file *file, uint64_t size);

/* Appends its note. STATUS_CORRUPT when it is no longer what was written. */
MUST_CHECK enum status anchors_file_read(const struct anchors_file *file,
					 const struct anchor *anchor, struct buf *note);

#endif
