#include "client/lib/bundle_erasures.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/rpc.h"

#define ROOM_FIRST 16

/* One subject of an entry with something erased. */
struct left {
	struct subject subject;
	uint64_t sequence;
	bool explained; /* an act of erasure about the subject came */
};

struct erasures {
	struct left *all; /* owned; in order of sequence */
	size_t count;
	size_t room;
};

struct erasures *erasures_new(void)
{
	return calloc(1, sizeof(struct erasures));
}

void erasures_free(struct erasures *erasures)
{
	if (erasures == NULL)
		return;
	free(erasures->all);
	free(erasures);
}

/* An erasure is of a customer or of items. */
static bool is_erasable(const struct subject *subject)
{
	return subject->kind == SUBJECT_CUSTOMER || subject->kind == SUBJECT_ITEM;
}

static enum status keep(struct erasures *erasures, const struct subject *subject, uint64_t sequence)
{
	size_t room = erasures->room == 0 ? ROOM_FIRST : 2 * erasures->room;
	struct left *all;

	if (erasures->count == ERASURES_MAX)
		return STATUS_OK;
	if (erasures->count == erasures->room) {
		all = realloc(erasures->all, room * sizeof(*all));
		if (all == NULL)
			return STATUS_MEMORY;
		erasures->all = all;
		erasures->room = room;
	}
	erasures->all[erasures->count++] = (struct left){*subject, sequence, false};
	return STATUS_OK;
}

enum status erasures_left(struct erasures *erasures, const struct entry *entry)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < entry->subject_count; i++)
		if (is_erasable(&entry->subjects[i]))
			status = keep(erasures, &entry->subjects[i], entry->sequence);
	return status;
}

static bool is_about(const struct entry *entry, const struct subject *subject)
{
	for (size_t i = 0; i < entry->subject_count; i++)
		if (entry->subjects[i].kind == subject->kind &&
		    entry->subjects[i].id == subject->id)
			return true;
	return false;
}

void erasures_entry(struct erasures *erasures, const struct entry *entry)
{
	if (entry->rpc != RPC_erase || entry->class_ != ENTRY_CHANGE)
		return;
	for (size_t i = 0; i < erasures->count; i++) {
		struct left *left = &erasures->all[i];

		left->explained = left->explained || is_about(entry, &left->subject);
	}
}

uint64_t erasures_explained(const struct erasures *erasures)
{
	uint64_t explained = 0;
	uint64_t last = UINT64_MAX; /* counted: one subject is enough */

	for (size_t i = 0; i < erasures->count; i++) {
		const struct left *left = &erasures->all[i];

		if (!left->explained || left->sequence == last)
			continue;
		last = left->sequence;
		explained++;
	}
	return explained;
}
