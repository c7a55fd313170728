#include "client/lib/receipt_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

struct receipt_name {
	uint64_t sequence;
	uint8_t entry[HASH_LEN]; /* of its header as it was kept, which may have been changed */
};

static enum status make_room(struct receipt_set *set)
{
	size_t capacity = set->capacity == 0 ? 64 : 2 * set->capacity;
	struct receipt_name *grown;

	if (set->count < set->capacity)
		return STATUS_OK;
	grown = reallocarray(set->names, capacity, sizeof(*grown));
	if (grown == NULL)
		return STATUS_MEMORY;
	set->names = grown;
	set->capacity = capacity;
	return STATUS_OK;
}

static int compare(const struct receipt_name *one, const struct receipt_name *other)
{
	if (one->sequence != other->sequence)
		return one->sequence < other->sequence ? -1 : 1;
	return memcmp(one->entry, other->entry, HASH_LEN);
}

enum status receipt_set_add(struct receipt_set *set, const struct receipt *receipt, bool *is_new)
{
	struct receipt_name name = {.sequence = receipt->entry->sequence};
	size_t low = 0;
	size_t high = set->count;
	enum status status;

	hash_of(receipt->bytes.data, receipt->bytes.len, name.entry);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&set->names[middle], &name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*is_new = low == set->count || compare(&set->names[low], &name) != 0;
	if (!*is_new)
		return STATUS_OK;
	status = make_room(set);
	if (status != STATUS_OK)
		return status;
	memmove(&set->names[low + 1], &set->names[low], (set->count - low) * sizeof(name));
	set->names[low] = name;
	set->count++;
	return STATUS_OK;
}

void receipt_set_release(struct receipt_set *set)
{
	free(set->names);
	*set = RECEIPT_SET_EMPTY;
}
