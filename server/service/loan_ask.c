#include "server/service/loan_ask.h"

#include <string.h>

#include "server/service/tree.h"

#define SCRATCH_MAX (64 * 1024) /* one row at a time */

/* Adds one of the items that go out. */
static void add_item(struct approval_ask *ask, struct hash *hash, const Pb__Item *item)
{
	struct key key = {.len = 0};

	if (item->secrecy > ask->secrecy)
		ask->secrecy = item->secrecy;
	if (item->authenticity == PB__AUTHENTICITY__ORIGINAL)
		ask->authenticity = PB__AUTHENTICITY__ORIGINAL;
	key_u64(&key, item->id);
	key_u32(&key, (uint32_t)item->secrecy);
	key_u32(&key, (uint32_t)item->authenticity);
	hash_add(hash, key.bytes, key.len);
}

static enum status add_contents(struct call *call, const Pb__Item *item, struct approval_ask *ask,
				struct hash *hash)
{
	const Pb__Item *content;
	struct arena scratch;
	enum status status;
	uint64_t *ids;
	size_t count;

	status = tree_contents(call, item, TREE_CONTENTS_MAX, &ids, &count);
	if (status != STATUS_OK)
		return status;
	arena_init(&scratch, SCRATCH_MAX);
	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		content = item_get(call->txn, ids[i], &scratch);
		if (content == NULL)
			status = STATUS_MEMORY;
		else
			add_item(ask, hash, content);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	return status;
}

enum status loan_ask(struct call *call, const Pb__Item *item, const char *borrower,
		     struct approval_ask *ask, bool *needed)
{
	uint8_t *digest = arena_alloc(call->arena, HASH_LEN);
	struct hash *hash = hash_new();
	enum status status = STATUS_MEMORY;

	*needed = false;
	*ask = (struct approval_ask){
		.kind = APPROVAL_LOAN,
		.office = item->office_id,
		.subject = {.kind = SUBJECT_ITEM, .id = item->id},
		.number = item->number,
		.detail = arena_printf(call->arena, "%s → %s", item->number, borrower),
		.digest = digest,
		.authenticity = PB__AUTHENTICITY__COPY,
	};
	if (digest != NULL && hash != NULL && ask->detail != NULL) {
		hash_begin(hash);
		hash_add(hash, borrower, strlen(borrower) + 1);
		add_item(ask, hash, item);
		status = add_contents(call, item, ask, hash);
		hash_end(hash, digest);
	}
	hash_free(hash);
	if (status != STATUS_OK || ask->authenticity != PB__AUTHENTICITY__ORIGINAL)
		return status;
	return approval_needed(call, ask, needed);
}
