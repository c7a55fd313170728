/* The reading half of ledger.h. */
#include "server/ledger/ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/ledger/parts.h"
#include "server/ledger/redaction.h"
#include "server/ledger/window.h"

struct ledger_reader {
	const struct ledger *ledger; /* borrowed */
	uint64_t next;               /* sequence to be read */
	int fd;                      /* of the segment in view, or -1; owned */
	struct view view;
	struct place place; /* of a group in the view, at or before the next entry's */
	struct window window;

	uint64_t redactions; /* as of the window */

	/* The group at the place, once it is read. */
	const uint8_t *body; /* in the window; NULL: not read */
	struct group group;
	size_t at;     /* in the body: where the next entry begins */
	uint32_t done; /* entries before that */

	struct subject subjects[ENTRY_SUBJECTS_MAX];
	char why[LEDGER_WHY_LEN];
};

enum status ledger_reader_new(struct ledger_reader **reader, const struct ledger *ledger)
{
	struct ledger_reader *made = calloc(1, sizeof(*made));

	if (!made)
		return STATUS_MEMORY;
	made->ledger = ledger;
	made->fd = -1;
	window_init(&made->window, -1);
	*reader = made;
	return STATUS_OK;
}

void ledger_reader_free(struct ledger_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		(void)close(reader->fd); /* was only read */
	window_release(&reader->window);
	free(reader);
}

void ledger_reader_seek(struct ledger_reader *reader, uint64_t sequence)
{
	reader->next = sequence;
}

const char *ledger_reader_why(const struct ledger_reader *reader)
{
	return reader->why;
}

/* Remembers where and why. */
static void explain(struct ledger_reader *reader, const char *what)
{
	char name[SEGMENT_NAME_LEN];

	segment_name(reader->view.first, name);
	(void)snprintf(reader->why, sizeof(reader->why), "%s: %s at byte %" PRIu64, name, what,
		       reader->place.offset); /* fits */
}

/* The same, and forgets the position: the next call begins with a look-up. */
static enum status fail(struct ledger_reader *reader, enum status status, const char *what)
{
	explain(reader, what);
	reader->body = NULL;
	reader->view = (struct view){0};
	return status;
}

/* Goes over to the segment of a view. */
static enum status enter(struct ledger_reader *reader, const struct view *view)
{
	bool is_crossing = reader->view.next > 0 && reader->place.sequence == view->first &&
			   reader->view.first == view->before.first;
	struct segment segment;
	enum status status;
	int fd;

	if (is_crossing && (reader->place.offset != view->before.offset ||
			    reader->place.before != view->before.crc)) {
		explain(reader, "does not end as the next segment says"); /* and stays there */
		return STATUS_CORRUPT;
	}
	status = segment_open(reader->ledger->directory, view->first, O_RDONLY, &segment, &fd);
	reader->view = *view;
	reader->place = view->from;
	if (status != STATUS_OK)
		return fail(reader, status == STATUS_NOT_FOUND ? STATUS_CORRUPT : status,
			    "cannot be opened");
	if (reader->fd >= 0)
		(void)close(reader->fd); /* was only read */
	reader->fd = fd;
	window_reset(&reader->window, fd);
	return STATUS_OK;
}

/* Moves to the nearest known group at or before the next entry. */
static enum status locate(struct ledger_reader *reader)
{
	struct view view;
	size_t ahead;
	enum status status = chain_find(reader->ledger->chain, reader->next, &view);

	if (status != STATUS_OK)
		return status;
	if (reader->view.next == 0 || reader->view.first != view.first) {
		status = enter(reader, &view);
		if (status != STATUS_OK)
			return status;
	}
	reader->view = view;
	if (reader->place.sequence > reader->next || reader->place.sequence < view.from.sequence)
		reader->place = view.from;
	if (reader->place.sequence == reader->next || reader->place.sequence != view.from.sequence)
		return STATUS_OK;
	/* A jump: the entry is before the next point, so read up to there and no further. */
	ahead = view.until - view.from.offset > WINDOW_CHUNK
			? WINDOW_CHUNK
			: (size_t)(view.until - view.from.offset);
	status = window_load(&reader->window, view.from.offset, ahead);
	return status == STATUS_OK ? status : fail(reader, status, "cannot be read");
}

/* Decodes the header of the group at the place, which must be there. */
static enum status read_group_header(struct ledger_reader *reader)
{
	const uint8_t *bytes;
	enum status status = window_get(&reader->window, reader->place.offset, GROUP_HEADER_LEN,
					reader->view.end, &bytes);

	if (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT)
		return fail(reader, STATUS_CORRUPT, "a group is missing");
	if (status != STATUS_OK)
		return fail(reader, status, "cannot be read");
	if (group_decode(&reader->group, bytes) != STATUS_OK ||
	    !group_follows(&reader->group, &reader->place) ||
	    reader->group.first + reader->group.count > reader->view.next)
		return fail(reader, STATUS_CORRUPT, "a group's header is damaged");
	return STATUS_OK;
}

/* Reads the group that holds the next entry. */
static enum status read_group(struct ledger_reader *reader)
{
	enum status status;

	for (;;) {
		status = read_group_header(reader);
		if (status != STATUS_OK)
			return status;
		chain_note(reader->ledger->chain, reader->view.first, &reader->place);
		if (reader->next < reader->group.first + reader->group.count)
			break;
		group_pass(&reader->group, &reader->place);
	}
	status = window_get(&reader->window, reader->place.offset + GROUP_HEADER_LEN,
			    reader->group.body_len, reader->view.end, &reader->body);
	if (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT ||
	    (status == STATUS_OK && !group_has_body(&reader->group, reader->body)))
		return fail(reader, STATUS_CORRUPT, "a group is damaged");
	if (status != STATUS_OK)
		return fail(reader, status, "cannot be read");
	reader->at = 0;
	reader->done = 0;
	return STATUS_OK;
}

/* Makes the group with the next entry the one that is read, and stands at or before that entry. */
static enum status reach_group(struct ledger_reader *reader)
{
	enum status status = STATUS_OK;

	if (reader->body && reader->next >= reader->group.first + reader->done) {
		if (reader->next - reader->group.first < reader->group.count)
			return STATUS_OK;
		group_pass(&reader->group, &reader->place);
	}
	reader->body = NULL;
	if (reader->next != reader->place.sequence || reader->next >= reader->view.next)
		status = locate(reader);
	return status == STATUS_OK ? read_group(reader) : status;
}

/* What was redacted since is read anew. */
static void forget_stale(struct ledger_reader *reader)
{
	uint64_t redactions = chain_redactions(reader->ledger->chain);

	if (reader->redactions == redactions)
		return;
	reader->redactions = redactions;
	reader->body = NULL;
	window_reset(&reader->window, reader->fd);
}

enum status ledger_reader_next(struct ledger_reader *reader, struct ledger_record *record)
{
	struct group *group = &reader->group;
	enum status status;

	forget_stale(reader);
	status = reach_group(reader);

	if (status != STATUS_OK)
		return status;
	do {
		status = group_cut(reader->body, group->body_len, &reader->at, record);
		reader->done++;
	} while (status == STATUS_OK && group->first + reader->done <= reader->next);
	if (status == STATUS_OK)
		status = entry_decode(&record->entry, reader->subjects, record->header,
				      record->header_len);
	if (status == STATUS_OK)
		status = redaction_see(record);
	if (status != STATUS_OK || record->entry.sequence != reader->next)
		return fail(reader, STATUS_CORRUPT, "an entry is not well formed in the group");
	if (reader->done == group->count && reader->at != group->body_len)
		return fail(reader, STATUS_CORRUPT, "more than its entries is in the group");
	reader->next++;
	return STATUS_OK;
}

void ledger_reader_where(const struct ledger_reader *reader, const struct ledger_record *record,
			 uint64_t *segment, uint64_t *offset)
{
	*segment = reader->view.first;
	*offset = reader->place.offset + GROUP_HEADER_LEN + (uint64_t)(record->salt - reader->body);
}
