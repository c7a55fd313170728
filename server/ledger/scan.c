#include "server/ledger/scan.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scan_init(struct scan *scan, int fd, const struct segment *segment, const struct place *place)
{
	*scan = (struct scan){.first = segment->first, .size = segment->size, .place = *place};
	window_init(&scan->window, fd);
}

void scan_release(struct scan *scan)
{
	window_release(&scan->window);
}

/* Gets the whole group at an offset: its header decoded, its body checked. STATUS_NOT_FOUND when
 * there is none. */
static enum status whole_group(struct scan *scan, uint64_t offset, struct group *group,
			       const uint8_t **body)
{
	const uint8_t *header;
	enum status status;

	status = window_get(&scan->window, offset, GROUP_HEADER_LEN, scan->size, &header);
	if (status != STATUS_OK)
		return status;
	if (group_decode(group, header) != STATUS_OK)
		return STATUS_NOT_FOUND;
	status = window_get(&scan->window, offset + GROUP_HEADER_LEN, group->body_len, scan->size,
			    body);
	if (status == STATUS_OK && !group_has_body(group, *body))
		return STATUS_NOT_FOUND;
	return status;
}

enum status scan_groups(struct scan *scan, struct chain *chain)
{
	struct group group;
	const uint8_t *body;
	enum status status;

	window_reset(&scan->window, scan->window.fd);
	while ((status = whole_group(scan, scan->place.offset, &group, &body)) == STATUS_OK) {
		if (!group_follows(&group, &scan->place))
			return STATUS_OK;
		chain_note(chain, scan->first, &scan->place);
		scan->last = scan->place;
		group_pass(&group, &scan->place);
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static enum status damaged(const struct scan *scan, char why[static LEDGER_WHY_LEN],
			   const char *what, uint64_t where)
{
	char name[SEGMENT_NAME_LEN];

	segment_name(scan->first, name);
	(void)snprintf(why, LEDGER_WHY_LEN,
		       "%s: no whole group at byte %" PRIu64 ", but %s at byte %" PRIu64, name,
		       scan->place.offset, what, where); /* fits */
	return STATUS_CORRUPT;
}

/* What one torn group may have left ends at *end. Where another may begin: from *from to *end. */
static enum status torn_extent(struct scan *scan, uint64_t *from, uint64_t *end,
			       char why[static LEDGER_WHY_LEN])
{
	struct group group;
	const uint8_t *header;
	enum status status;

	*from = scan->place.offset + 1;
	*end = scan->place.offset + GROUP_MAX_LEN;
	if (*end > scan->size)
		*end = scan->size;
	status = window_get(&scan->window, scan->place.offset, GROUP_HEADER_LEN, scan->size,
			    &header);
	if (status == STATUS_NOT_FOUND) /* no room for one */
		return STATUS_OK;
	if (status != STATUS_OK || group_decode(&group, header) != STATUS_OK)
		return status;
	*end = scan->place.offset + GROUP_HEADER_LEN + group.body_len;
	*from = *end;
	if (!group_follows(&group, &scan->place) || *end > scan->size)
		return damaged(scan, why, "the header of one that does not belong there",
			       scan->place.offset);
	return STATUS_OK;
}

/* Looks for whole groups that begin from one offset up to another, that included. */
static enum status look_for_group(struct scan *scan, uint64_t from, uint64_t to,
				  char why[static LEDGER_WHY_LEN])
{
	struct group group;
	const uint8_t *bytes;
	const uint8_t *hit;
	size_t len;
	enum status status;

	while (from <= to && from + GROUP_HEADER_LEN <= scan->size) {
		status =
			window_run(&scan->window, from, GROUP_HEADER_LEN, scan->size, &bytes, &len);
		if (status != STATUS_OK)
			return status;
		hit = memmem(bytes, len, "GRP1", 4);
		if (!hit) {
			from += len - 3; /* these may begin the word */
			continue;
		}
		from += (uint64_t)(hit - bytes);
		status = from <= to ? whole_group(scan, from, &group, &bytes) : STATUS_NOT_FOUND;
		if (status == STATUS_OK && group.first > scan->place.sequence)
			return damaged(scan, why, "a whole one", from);
		if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			return status;
		from++;
	}
	return STATUS_OK;
}

enum status scan_tail(struct scan *scan, char why[static LEDGER_WHY_LEN])
{
	uint64_t from;
	uint64_t end;
	const uint8_t *bytes;
	size_t len;
	enum status status = torn_extent(scan, &from, &end, why);

	if (status == STATUS_OK)
		status = look_for_group(scan, from, end, why);
	while (status == STATUS_OK && end < scan->size) {
		status = window_run(&scan->window, end, 1, scan->size, &bytes, &len);
		if (status == STATUS_OK && !is_zero(bytes, len))
			status = damaged(scan, why, "more than a torn one leaves", end);
		end += len;
	}
	return status;
}

enum status scan_time(struct scan *scan, int64_t *time)
{
	struct ledger_record record = {0};
	struct subject *subjects;
	struct group group;
	const uint8_t *body;
	size_t at = 0;
	enum status status = whole_group(scan, scan->last.offset, &group, &body);

	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status;
	for (uint32_t i = 0; i < group.count && status == STATUS_OK; i++)
		status = group_cut(body, group.body_len, &at, &record);
	if (status != STATUS_OK)
		return status;
	subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	if (!subjects)
		return STATUS_MEMORY;
	status = entry_decode(&record.entry, subjects, record.header, record.header_len);
	*time = record.entry.time;
	free(subjects);
	return status;
}
