/* The writing half of ledger.h: stage, commit, discard. */
#include "server/ledger/ledger.h"

#include <unistd.h>

#include "common/file.h"
#include "server/ledger/parts.h"

enum status ledger_stage(struct ledger *ledger, struct entry *entry, const uint8_t *payload,
			 size_t len, uint8_t leaf[static HASH_LEN], const uint8_t **header,
			 size_t *header_len)
{
	if (ledger->is_readonly)
		return STATUS_DENIED;
	return draft_add(&ledger->draft, entry, payload, len, leaf, header, header_len);
}

size_t ledger_staged(const struct ledger *ledger)
{
	return ledger->draft.count;
}

uint64_t ledger_next(const struct ledger *ledger)
{
	return ledger->tail.sequence + ledger->draft.count;
}

const struct merkle *ledger_peaks(const struct ledger *ledger)
{
	return nodes_tree(ledger->nodes);
}

void ledger_discard(struct ledger *ledger)
{
	draft_clear(&ledger->draft, ledger->tail.sequence);
}

/* Goes on in a new segment. STATUS_STORAGE_FULL has changed nothing. */
static enum status roll(struct ledger *ledger)
{
	struct segment next = ledger->segment;
	enum status status;
	int fd;

	next.first = ledger->tail.sequence;
	next.before = (struct segment_end){
		.first = ledger->segment.first,
		.offset = ledger->tail.offset,
		.time = chain_time(ledger->chain),
		.crc = ledger->tail.before,
	};
	status = segment_make(ledger->directory, &next, &fd);
	if (status != STATUS_OK)
		return status;
	status = chain_add(ledger->chain, &next);
	if (status != STATUS_OK) {
		(void)close(fd); /* synced */
		return status;
	}
	(void)close(ledger->fd); /* synced */
	ledger->fd = fd;
	ledger->segment = next;
	ledger->tail = (struct place){.offset = SEGMENT_HEADER_LEN, .sequence = next.first};
	ledger->zeroed = SEGMENT_HEADER_LEN + SEGMENT_AHEAD;
	return STATUS_OK;
}

/* Writes zeros ahead when the group reaches what was never written (see SEGMENT_AHEAD). */
static enum status zero_ahead(struct ledger *ledger, uint64_t end)
{
	uint64_t room = ledger->segment.size - end;
	size_t len = room < SEGMENT_AHEAD ? (size_t)room : SEGMENT_AHEAD;
	enum status status;

	if (end <= ledger->zeroed || len == 0)
		return STATUS_OK;
	status = file_write_at(ledger->fd, ledger->zeros, len, end);
	if (status == STATUS_OK)
		ledger->zeroed = end + len;
	return status;
}

/* Writes the group at the tail and makes it last. */
static enum status append(struct ledger *ledger)
{
	const struct draft *draft = &ledger->draft;
	enum status status = zero_ahead(ledger, ledger->tail.offset + draft->len);

	if (status == STATUS_OK)
		status = file_write_at(ledger->fd, draft->bytes, draft->len, ledger->tail.offset);
	return status == STATUS_OK ? file_sync(ledger->fd) : status;
}

/* From now on nothing is written: what is on disk is not known. */
static enum status fence(struct ledger *ledger, enum status status)
{
	ledger->fence = status == STATUS_STORAGE_FULL ? STATUS_STORAGE : status;
	return ledger->fence;
}

enum status ledger_commit(struct ledger *ledger)
{
	struct draft *draft = &ledger->draft;
	struct group group;
	enum status status;

	if (ledger->fence != STATUS_OK || draft->count == 0)
		return ledger->fence;
	status = nodes_reserve(ledger->nodes, draft->count);
	if (status == STATUS_STORAGE_FULL)
		return status;
	if (status != STATUS_OK)
		return fence(ledger, status);
	if (draft->len > ledger->segment.size - ledger->tail.offset) {
		status = roll(ledger);
		if (status == STATUS_STORAGE_FULL)
			return status;
		if (status != STATUS_OK)
			return fence(ledger, status);
	}
	draft_seal(draft, ledger->tail.before, &group);
	status = append(ledger);
	if (status != STATUS_OK)
		return fence(ledger, status);
	status = nodes_append(ledger->nodes, (const uint8_t(*)[HASH_LEN])draft->leaves,
			      draft->count);
	if (status != STATUS_OK)
		return fence(ledger, status);

	chain_note(ledger->chain, ledger->segment.first, &ledger->tail);
	group_pass(&group, &ledger->tail);
	chain_advance(ledger->chain, &ledger->tail, draft->time);
	draft_clear(draft, ledger->tail.sequence);
	return STATUS_OK;
}
