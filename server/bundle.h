/*
 * A few small new files that belong together, keys among them: written all or none, never over what
 * is there, each 0600, and wiped from memory. Does not know what they hold.
 */
#ifndef SERVER_BUNDLE_H
#define SERVER_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/status.h"

#define BUNDLE_WHY_LEN 512
#define BUNDLE_FILE_MAX (64u * 1024) /* far above a key or a certificate */

struct bundle_file {
	const char *name; /* in the directory */
	struct buf bytes; /* owned */
};

/* Room for a file's bytes beforehand, so that a growing buffer leaves no copy of a key behind. */
MUST_CHECK enum status bundle_reserve(struct bundle_file *file);

/* Wipes and frees the bytes. */
void bundle_release(struct bundle_file *files, size_t count);

/* Whether one of the files is there; why says which. */
bool bundle_exists(const char *directory, const struct bundle_file *files, size_t count,
		   char why[static BUNDLE_WHY_LEN]);

/* Writes and syncs them and their directory; after a failure those that it wrote are gone.
 * STATUS_CONFLICT when one is there already. A sentence in why. */
MUST_CHECK enum status bundle_write(const char *directory, const struct bundle_file *files,
				    size_t count, char why[static BUNDLE_WHY_LEN]);

#endif
