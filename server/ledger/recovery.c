#include "server/ledger/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "server/ledger/listing.h"
#include "server/ledger/parts.h"
#include "server/ledger/scan.h"

static const char *reason_of(enum status status)
{
	const char *error = strerrordesc_np(errno);

	switch (status) {
	case STATUS_MEMORY:
		return "memory is out";
	case STATUS_NOT_FOUND:
		return "has vanished";
	case STATUS_CORRUPT:
		return "is damaged, or no segment of this ledger";
	default:
		return error ? error : "input or output failed";
	}
}

/* A sentence for a failure with a segment, unless there is one already. */
static enum status failed(enum status status, uint64_t first, char why[static LEDGER_WHY_LEN])
{
	char name[SEGMENT_NAME_LEN];

	segment_name(first, name);
	if (why[0] == '\0')
		(void)snprintf(why, LEDGER_WHY_LEN, "%s: %s", name, reason_of(status)); /* fits */
	return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
}

/* Reads the headers of all segments into the chain; the last one stays open. */
static enum status read_headers(struct ledger *ledger, const struct listing *listing,
				char why[static LEDGER_WHY_LEN])
{
	int flags = ledger->is_readonly ? O_RDONLY : O_RDWR;
	enum status status;
	int fd;

	if (listing->count == 0 || listing->segments[0] != 0) {
		(void)snprintf(why, LEDGER_WHY_LEN, "%s: the first segment is missing",
			       ledger->directory); /* a long name may be cut */
		return STATUS_CORRUPT;
	}
	for (size_t i = 0; i < listing->count; i++) {
		uint64_t first = listing->segments[i];

		status = segment_open(ledger->directory, first, flags, &ledger->segment, &fd);
		if (status != STATUS_OK)
			return failed(status, first, why);
		if (ledger->fd >= 0)
			(void)close(ledger->fd); /* nothing was written */
		ledger->fd = fd;
		status = chain_add(ledger->chain, &ledger->segment);
		if (status == STATUS_CORRUPT)
			(void)snprintf(why, LEDGER_WHY_LEN,
				       "%020" PRIu64
				       ".seg: is not the successor of the segment before; one "
				       "is missing, or from another ledger",
				       first);
		if (status != STATUS_OK)
			return failed(status, first, why);
	}
	ledger->tail =
		(struct place){.offset = SEGMENT_HEADER_LEN, .sequence = ledger->segment.first};
	return STATUS_OK;
}

/* Passes what is there behind the tail and publishes it. */
static enum status catch_up(struct ledger *ledger, struct scan *scan)
{
	enum status status = scan_groups(scan, ledger->chain);
	int64_t time;

	if (status != STATUS_OK || scan->place.offset == ledger->tail.offset)
		return status;
	status = scan_time(scan, &time);
	if (status != STATUS_OK)
		return status;
	ledger->tail = scan->place;
	chain_advance(ledger->chain, &ledger->tail, time);
	return STATUS_OK;
}

/* Finds the end. Beside a running server the end may move while we look: what seems broken may only
 * have been unfinished. */
static enum status find_end(struct ledger *ledger, struct scan *scan,
			    char why[static LEDGER_WHY_LEN])
{
	enum status status;
	uint64_t judged;

	status = catch_up(ledger, scan);
	do {
		if (status != STATUS_OK)
			return status;
		judged = ledger->tail.offset;
		why[0] = '\0';
		status = scan_tail(scan, why);
		if (status != STATUS_CORRUPT || !ledger->is_readonly)
			return status;
		status = catch_up(ledger, scan);
	} while (ledger->tail.offset > judged);
	return status == STATUS_OK ? STATUS_CORRUPT : status;
}

/* Makes what was found last. A sync that failed in an earlier process may have left pages that the
 * kernel takes for written: so the last group, and zeros where a torn one may be, are written. */
static enum status make_last(struct ledger *ledger, struct scan *scan)
{
	uint64_t end = ledger->tail.offset + GROUP_MAX_LEN;
	uint64_t last_len = ledger->tail.offset - scan->last.offset;
	const uint8_t *bytes;
	enum status status;

	if (end > ledger->segment.size)
		end = ledger->segment.size;
	if (scan->last.offset > 0) {
		status = window_get(&scan->window, scan->last.offset, (size_t)last_len,
				    ledger->segment.size, &bytes);
		if (status == STATUS_OK)
			status = file_write_at(ledger->fd, bytes, (size_t)last_len,
					       scan->last.offset);
		if (status != STATUS_OK)
			return status;
	}
	for (uint64_t at = ledger->tail.offset; at < end; at += SEGMENT_AHEAD) {
		size_t len = end - at < SEGMENT_AHEAD ? (size_t)(end - at) : SEGMENT_AHEAD;

		status = file_write_at(ledger->fd, ledger->zeros, len, at);
		if (status != STATUS_OK)
			return status;
	}
	ledger->zeroed = end;
	status = file_sync(ledger->fd);
	return status == STATUS_OK ? directory_sync(ledger->directory) : status;
}

static enum status remove_temporary(const struct ledger *ledger)
{
	struct path path;
	enum status status = path_join(&path, ledger->directory, SEGMENT_TEMPORARY);

	return status == STATUS_OK ? file_remove(path.text) : status;
}

static enum status read_segments(struct ledger *ledger, char why[static LEDGER_WHY_LEN])
{
	struct listing listing;
	enum status status = listing_read(&listing, ledger->directory);

	if (status == STATUS_OK && listing.has_temporary && !ledger->is_readonly)
		status = remove_temporary(ledger);
	if (status != STATUS_OK)
		(void)snprintf(why, LEDGER_WHY_LEN, "%s: %s", ledger->directory,
			       reason_of(status)); /* a long name may be cut */
	else
		status = read_headers(ledger, &listing, why);
	listing_release(&listing);
	return status;
}

enum status recovery_run(struct ledger *ledger, char why[static LEDGER_WHY_LEN])
{
	struct scan scan;
	enum status status = read_segments(ledger, why);

	if (status != STATUS_OK)
		return status;
	scan_init(&scan, ledger->fd, &ledger->segment, &ledger->tail);
	status = find_end(ledger, &scan, why);
	if (status == STATUS_OK && !ledger->is_readonly)
		status = make_last(ledger, &scan);
	scan_release(&scan);
	return status == STATUS_OK ? status : failed(status, ledger->segment.first, why);
}

enum status recovery_follow(struct ledger *ledger)
{
	struct scan scan;
	enum status status;

	scan_init(&scan, ledger->fd, &ledger->segment, &ledger->tail);
	status = catch_up(ledger, &scan);
	scan_release(&scan);
	return status;
}
