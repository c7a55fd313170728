#include "client/lib/bundle_replay.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/message.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

#define SLOTS_FIRST 1024
#define ARENA_MAX (16u * 1024 * 1024) /* one entry's act, unpacked */

/* A table of items by id, open addressing; a slot with id 0 is empty, since ids begin with 1. */
struct replay {
	uint64_t from;
	bool listing;    /* the inventory has begun */
	uint64_t hidden; /* up to here there is an entry of which nothing is known; 0: none */
	bool certain;    /* what the entry at hand says */
	struct replay_item *slots;
	size_t capacity; /* a power of two */
	size_t count;
	struct arena arena; /* of one entry */
	struct bundle_replayed counts;
};

struct replay *replay_new(uint64_t from)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (replay == NULL)
		return NULL;
	replay->slots = calloc(SLOTS_FIRST, sizeof(*replay->slots));
	if (replay->slots == NULL) {
		free(replay);
		return NULL;
	}
	replay->from = from;
	replay->capacity = SLOTS_FIRST;
	arena_init(&replay->arena, ARENA_MAX);
	return replay;
}

void replay_free(struct replay *replay)
{
	if (replay == NULL)
		return;
	arena_release(&replay->arena);
	free(replay->slots);
	free(replay);
}

const struct bundle_replayed *replay_counts(const struct replay *replay)
{
	return &replay->counts;
}

/* ---- the table ---- */

/* Where the id is, or would be. */
static struct replay_item *slot_of(struct replay_item *slots, size_t capacity, uint64_t id)
{
	/* Multiplying spreads ids that follow each other (Fibonacci hashing). */
	size_t at = (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);

	while (slots[at].id != 0 && slots[at].id != id)
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

static enum status widen(struct replay *replay)
{
	size_t capacity = 2 * replay->capacity;
	struct replay_item *slots = calloc(capacity, sizeof(*slots));

	if (slots == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < replay->capacity; i++)
		if (replay->slots[i].id != 0)
			*slot_of(slots, capacity, replay->slots[i].id) = replay->slots[i];
	free(replay->slots);
	replay->slots = slots;
	replay->capacity = capacity;
	return STATUS_OK;
}

/* NULL when nothing is told of it. */
static struct replay_item *find(const struct replay *replay, uint64_t id)
{
	struct replay_item *item = slot_of(replay->slots, replay->capacity, id);

	return id != 0 && item->id == id ? item : NULL;
}

/* The item, made when it is not there. */
static enum status take(struct replay *replay, uint64_t id, uint64_t sequence,
			struct replay_item **item)
{
	enum status status = STATUS_OK;

	if (2 * (replay->count + 1) > replay->capacity)
		status = widen(replay);
	if (status != STATUS_OK)
		return status;
	*item = slot_of(replay->slots, replay->capacity, id);
	if ((*item)->id == 0) {
		**item = (struct replay_item){.id = id, .expected = !replay->listing};
		replay->count++;
	}
	(*item)->sequence = sequence;
	(*item)->certain = replay->certain;
	return STATUS_OK;
}

/* ---- entries ---- */

static bool moves_items(const struct entry *entry)
{
	return entry->class_ == ENTRY_CHANGE &&
	       (entry->rpc == RPC_borrow || entry->rpc == RPC_return || entry->rpc == RPC_renew ||
		entry->rpc == RPC_handover);
}

/* Something happened to these items, and it is not known what. */
static enum status forget(struct replay *replay, const struct entry *entry)
{
	enum status status = STATUS_OK;
	struct replay_item *item;

	replay->counts.unread++;
	for (size_t i = 0; status == STATUS_OK && i < entry->subject_count; i++) {
		if (entry->subjects[i].kind != SUBJECT_ITEM || entry->subjects[i].id == 0)
			continue;
		status = take(replay, entry->subjects[i].id, entry->sequence, &item);
		if (status == STATUS_OK)
			item->known = false;
	}
	return status;
}

static enum status follow_loan(struct replay *replay, const struct entry *entry,
			       const Pb__Loan *loan)
{
	struct replay_item *item;
	enum status status = STATUS_OK;

	if (loan->item_id == 0)
		return STATUS_OK;
	status = take(replay, loan->item_id, entry->sequence, &item);
	if (status != STATUS_OK)
		return status;
	item->known = true;
	item->lent = loan->open != 0;
	item->loan = loan->id;
	item->borrower = loan->borrower_id;
	item->since = loan->lent_at;
	item->due = loan->due;
	return STATUS_OK;
}

static enum status follow_outcomes(struct replay *replay, const struct entry *entry,
				   Pb__ItemOutcome *const *outcomes, size_t count)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < count; i++)
		if (outcomes[i]->loan != NULL)
			status = follow_loan(replay, entry, outcomes[i]->loan);
	return status;
}

static bool is_handed(const Pb__HandoverReply *reply, uint64_t loan)
{
	for (size_t i = 0; i < reply->n_loans; i++)
		if (reply->loans[i]->id == loan)
			return true;
	return false;
}

/* The loans are named by their ids, the items by the header. */
static enum status follow_handover(struct replay *replay, const struct entry *entry,
				   const Pb__HandoverReply *reply)
{
	for (size_t i = 0; i < entry->subject_count; i++) {
		struct replay_item *item = entry->subjects[i].kind == SUBJECT_ITEM
						   ? find(replay, entry->subjects[i].id)
						   : NULL;

		if (item == NULL || !item->known || !is_handed(reply, item->loan))
			continue;
		item->borrower = reply->to_id;
		item->sequence = entry->sequence;
		item->certain = item->certain && replay->certain;
	}
	return STATUS_OK;
}

/* NULL when it is none: then it says nothing. */
static const ProtobufCMessage *unpack(struct replay *replay,
				      const ProtobufCMessageDescriptor *descriptor,
				      const uint8_t *bytes, size_t len)
{
	struct message_fault fault;
	ProtobufCMessage *message;

	return message_unpack(descriptor, bytes, len, &replay->arena, &message, &fault) == STATUS_OK
		       ? message
		       : NULL;
}

static enum status follow_reply(struct replay *replay, const struct entry *entry,
				const ProtobufCMessage *reply)
{
	const Pb__BorrowReply *borrow = (const Pb__BorrowReply *)(const void *)reply;
	const Pb__ReturnReply *back = (const Pb__ReturnReply *)(const void *)reply;
	const Pb__RenewReply *renew = (const Pb__RenewReply *)(const void *)reply;

	switch ((enum rpc_number)entry->rpc) {
	case RPC_borrow:
		return follow_outcomes(replay, entry, borrow->outcomes, borrow->n_outcomes);
	case RPC_return:
		return follow_outcomes(replay, entry, back->outcomes, back->n_outcomes);
	case RPC_renew:
		return follow_outcomes(replay, entry, renew->outcomes, renew->n_outcomes);
	case RPC_handover:
		return follow_handover(replay, entry,
				       (const Pb__HandoverReply *)(const void *)reply);
	default:
		return STATUS_OK;
	}
}

enum status replay_entry(struct replay *replay, const struct entry *entry, const uint8_t *payload,
			 size_t len, bool certain)
{
	const ProtobufCMessage *message = NULL;
	const Pb__Act *act = NULL;

	if (!moves_items(entry))
		return STATUS_OK;
	if (payload == NULL)
		return forget(replay, entry);
	arena_reset(&replay->arena);
	act = (const Pb__Act *)(const void *)unpack(replay, &pb__act__descriptor, payload, len);
	if (act != NULL)
		message = unpack(replay, rpc_find(entry->rpc)->reply, act->reply.data,
				 act->reply.len);
	if (message == NULL)
		return forget(replay, entry);
	replay->counts.acts++;
	replay->certain = certain;
	return follow_reply(replay, entry, message);
}

void replay_leaf(struct replay *replay, uint64_t sequence)
{
	replay->hidden = sequence + 1;
}

/* ---- comparing ---- */

/* Whether it stands as said unless the file is wrong: nothing that came later is hidden. */
static bool is_certain(const struct replay *replay, const struct replay_item *item)
{
	return item->certain && item->sequence >= replay->hidden;
}

static bool agrees(const struct bundle_item *item, const struct replay_item *replayed)
{
	if ((item->standing == BUNDLE_LENT) != replayed->lent)
		return false;
	return !replayed->lent ||
	       (item->loan == replayed->loan && item->borrower == replayed->borrower &&
		item->since == replayed->since && item->due == replayed->due);
}

void replay_compare(struct replay *replay, const struct bundle_item *item,
		    bundle_differs_cb *differs, void *context)
{
	struct replay_item untold = {.id = item->id, .known = replay->from == 0, .certain = true};
	struct replay_item *replayed = find(replay, item->id);

	replay->listing = true;
	if (replayed == NULL)
		replayed = &untold;
	replayed->listed = true;
	if (item->standing == BUNDLE_SEALED || !replayed->known) {
		replay->counts.unknown++;
	} else if (agrees(item, replayed)) {
		replay->counts.agree++;
	} else if (!is_certain(replay, replayed)) {
		replay->counts.unknown++;
	} else {
		replay->counts.differ++;
		if (differs != NULL)
			differs(context, item, replayed);
	}
}

void replay_end(struct replay *replay, bool whole, bundle_differs_cb *differs, void *context)
{
	for (size_t i = 0; whole && i < replay->capacity; i++) {
		const struct replay_item *item = &replay->slots[i];

		if (item->id == 0 || !item->known || !is_certain(replay, item) || !item->lent ||
		    !item->expected || item->listed)
			continue;
		replay->counts.differ++;
		if (differs != NULL)
			differs(context, NULL, item);
	}
}
