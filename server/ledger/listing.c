#include "server/ledger/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/ledger/segment.h"

static enum status add(struct listing *listing, uint64_t first)
{
	if (listing->count == listing->capacity) {
		size_t wanted = listing->capacity ? listing->capacity * 2 : 64;
		uint64_t *segments = reallocarray(listing->segments, wanted, sizeof(*segments));

		if (!segments)
			return STATUS_MEMORY;
		listing->segments = segments;
		listing->capacity = wanted;
	}
	listing->segments[listing->count++] = first;
	return STATUS_OK;
}

static int compare_first(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

enum status listing_read(struct listing *listing, const char *directory)
{
	enum status status = STATUS_OK;
	struct dirent *name;
	uint64_t first;
	DIR *names;

	*listing = (struct listing){0};
	names = opendir(directory);
	if (!names)
		return STATUS_STORAGE;
	errno = 0;
	while (status == STATUS_OK && (name = readdir(names))) {
		if (segment_named(name->d_name, &first))
			status = add(listing, first);
		else if (strcmp(name->d_name, SEGMENT_TEMPORARY) == 0)
			listing->has_temporary = true;
		errno = 0;
	}
	if (status == STATUS_OK && errno != 0)
		status = STATUS_STORAGE;
	(void)closedir(names); /* was only read */
	if (listing->count > 0)
		qsort(listing->segments, listing->count, sizeof(uint64_t), compare_first);
	return status;
}

void listing_release(struct listing *listing)
{
	free(listing->segments);
	*listing = (struct listing){0};
}
