#include "server/dispatch/erased.h"

#include <stdlib.h>
#include <string.h>

#include "common/rpc.h"
#include "server/ledger/redaction.h"
#include "server/service/redact.h"

#define ARENA_MAX ((size_t)1 << 30)    /* of all erasures there ever were */
#define SCRATCH_MAX ((size_t)16 << 20) /* one act, as the writer's */

void erased_init(struct erased_list *list)
{
	*list = (struct erased_list){0};
	arena_init(&list->arena, ARENA_MAX);
}

void erased_release(struct erased_list *list)
{
	arena_release(&list->arena);
	free(list->listed);
	free(list->seen);
	*list = (struct erased_list){0};
}

static enum status make_room(struct erased_list *list, size_t more)
{
	size_t wanted = 2 * list->capacity + more;
	struct listed *listed;
	if (list->count + more <= list->capacity)
		return STATUS_OK;
	listed = reallocarray(list->listed, wanted, sizeof(*listed));
	if (listed == NULL)
		return STATUS_MEMORY;
	list->listed = listed;
	list->capacity = wanted;
	return STATUS_OK;
}

enum status erased_add(struct erased_list *list, const struct ledger_record *record)
{
	ProtobufCAllocator *memory = &list->arena.allocator;
	const Pb__Act *act = NULL;
	const Pb__EraseReply *erased = NULL;
	if (record->entry.rpc == RPC_erase && record->entry.class_ == ENTRY_CHANGE)
		act = pb__act__unpack(memory, record->payload_len, record->payload);
	if (act != NULL)
		erased = pb__erase_reply__unpack(memory, act->reply.len, act->reply.data);
	if (erased == NULL)
		return STATUS_CORRUPT;
	if (make_room(list, erased->n_redacted) != STATUS_OK)
		return STATUS_MEMORY;
	for (size_t i = 0; i < erased->n_redacted; i++) {
		const Pb__Redacted *redacted = erased->redacted[i];
		if (redacted->digest.len != HASH_LEN)
			return STATUS_CORRUPT;
		list->listed[list->count++] = (struct listed){redacted->sequence, list->erasures,
							      erased, redacted->digest.data};
	}
	list->erasures++;
	return STATUS_OK;
}

static int compare(const void *left, const void *right)
{
	const struct listed *a = left;
	const struct listed *b = right;
	int first = (a->sequence > b->sequence) - (a->sequence < b->sequence);
	return first != 0 ? first : (a->order > b->order) - (a->order < b->order);
}

void erased_sort(struct erased_list *list)
{
	if (list->count > 0)
		qsort(list->listed, list->count, sizeof(*list->listed), compare);
}

size_t erased_run(const struct erased_list *list, size_t from)
{
	size_t count = 1;
	while (from + count < list->count &&
	       list->listed[from + count].sequence == list->listed[from].sequence)
		count++;
	return count;
}

enum listed_state erased_judge(const struct erased_list *list, size_t *from, size_t count,
			       const struct ledger_record *record, struct hash *hash)
{
	uint8_t digest[HASH_LEN];
	size_t first = *from;
	if (!record->redacted)
		return LISTED_DUE;
	redaction_digest_of(hash, record, digest);
	for (size_t i = first + count; i > first; i--) {
		if (memcmp(list->listed[i - 1].digest, digest, HASH_LEN) != 0)
			continue;
		*from = i;
		return i == first + count ? LISTED_DONE : LISTED_DUE;
	}
	return LISTED_WRONG;
}

/* What one erasure after the other leaves of a payload; *left is the last that changed something.
 */
static enum status redact(const struct listed *listed, size_t count,
			  const struct ledger_record *record, struct arena *scratch,
			  struct buf *left)
{
	enum status status = buf_append(left, record->payload, record->payload_len);
	struct buf next = BUF_EMPTY;
	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		bool changed = false;
		arena_reset(scratch);
		buf_clear(&next);
		status = redact_payload(listed[i].erased, &record->entry, buf_head(left), left->len,
					record->stored_len - 1, scratch, &next, &changed);
		if (status == STATUS_OK && changed) {
			buf_clear(left);
			status = buf_append(left, buf_head(&next), next.len);
		}
	}
	buf_release(&next);
	return status;
}

enum status erased_make(const struct erased_list *list, size_t from, size_t count,
			const struct ledger_record *record, struct hash *hash, struct buf *bytes)
{
	const struct listed *listed = &list->listed[from];
	size_t len = redaction_len(record);
	uint8_t digest[HASH_LEN];
	struct buf left = BUF_EMPTY;
	struct arena scratch;
	uint8_t *to = NULL;
	arena_init(&scratch, SCRATCH_MAX);
	enum status status = record->stored_len == 0
				     ? STATUS_CORRUPT
				     : redact(listed, count, record, &scratch, &left);
	if (status == STATUS_OK) {
		to = buf_reserve(bytes, len);
		status = to == NULL ? STATUS_MEMORY
				    : redaction_make(record, buf_head(&left), left.len, to);
	}
	if (status == STATUS_OK) {
		redaction_digest(hash, to, len, digest);
		if (memcmp(digest, listed[count - 1].digest, HASH_LEN) != 0)
			status = STATUS_CORRUPT;
	}
	if (status == STATUS_OK)
		buf_added(bytes, len);
	buf_release(&left);
	arena_release(&scratch);
	return status == STATUS_LIMIT || status == STATUS_INVALID ? STATUS_CORRUPT : status;
}

/* ---- a whole ledger ---- */

static enum status note_redacted(struct erased_list *list, const struct ledger_record *record,
				 struct hash *hash)
{
	size_t wanted = list->seen_capacity == 0 ? 64 : 2 * list->seen_capacity;
	if (list->seen_count == list->seen_capacity) {
		struct seen_redacted *seen = reallocarray(list->seen, wanted, sizeof(*seen));
		if (seen == NULL)
			return STATUS_MEMORY;
		list->seen = seen;
		list->seen_capacity = wanted;
	}
	struct seen_redacted *one = &list->seen[list->seen_count++];
	one->sequence = record->entry.sequence;
	redaction_digest_of(hash, record, one->digest);
	return STATUS_OK;
}

enum status erased_note(struct erased_list *list, const struct ledger_record *record,
			struct hash *hash)
{
	if (record->redacted)
		return note_redacted(list, record, hash);
	if (record->entry.rpc == RPC_erase && record->entry.class_ == ENTRY_CHANGE)
		return erased_add(list, record);
	return STATUS_OK;
}

static int compare_listed(const void *sequence, const void *listed)
{
	uint64_t wanted = *(const uint64_t *)sequence;
	uint64_t found = ((const struct listed *)listed)->sequence;
	return (wanted > found) - (wanted < found);
}

/* Whether some erasure says so of the entry. */
static bool is_listed(const struct erased_list *list, const struct seen_redacted *seen)
{
	const struct listed *found = list->count == 0
					     ? NULL
					     : bsearch(&seen->sequence, list->listed, list->count,
						       sizeof(*found), compare_listed);
	size_t at = found == NULL ? list->count : (size_t)(found - list->listed);
	while (at > 0 && at < list->count && list->listed[at - 1].sequence == seen->sequence)
		at--;
	for (; at < list->count && list->listed[at].sequence == seen->sequence; at++)
		if (memcmp(list->listed[at].digest, seen->digest, HASH_LEN) == 0)
			return true;
	return false;
}

bool erased_unlisted(const struct erased_list *list, size_t *at, uint64_t *sequence)
{
	for (; *at < list->seen_count; ++*at) {
		if (is_listed(list, &list->seen[*at]))
			continue;
		*sequence = list->seen[(*at)++].sequence;
		return true;
	}
	return false;
}

static int compare_seen(const void *sequence, const void *seen)
{
	uint64_t wanted = *(const uint64_t *)sequence;
	uint64_t found = ((const struct seen_redacted *)seen)->sequence;
	return (wanted > found) - (wanted < found);
}

static bool is_done(const struct erased_list *list, const struct listed *listed)
{
	const struct seen_redacted *seen =
		list->seen_count == 0 ? NULL
				      : bsearch(&listed->sequence, list->seen, list->seen_count,
						sizeof(*seen), compare_seen);
	return seen != NULL && memcmp(seen->digest, listed->digest, HASH_LEN) == 0;
}

bool erased_undone(const struct erased_list *list, size_t *at, uint64_t *sequence)
{
	while (*at < list->count) {
		size_t last = *at + erased_run(list, *at) - 1;
		*at = last + 1;
		if (is_done(list, &list->listed[last]))
			continue;
		*sequence = list->listed[last].sequence;
		return true;
	}
	return false;
}
