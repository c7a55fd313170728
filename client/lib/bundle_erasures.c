#include "client/lib/bundle_erasures.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/message.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"

#define ROOM_FIRST 16
#define ARENA_MAX (16u * 1024 * 1024) /* one act, unpacked */

struct left {
	uint64_t sequence;
	uint8_t digest[HASH_LEN];
	bool confirmed;
};

struct erasures {
	struct left *all; /* owned; in order of sequence */
	size_t count;
	size_t room;
	struct arena arena; /* of one act */
};

struct erasures *erasures_new(void)
{
	struct erasures *erasures = calloc(1, sizeof(*erasures));

	if (erasures != NULL)
		arena_init(&erasures->arena, ARENA_MAX);
	return erasures;
}

void erasures_free(struct erasures *erasures)
{
	if (erasures == NULL)
		return;
	arena_release(&erasures->arena);
	free(erasures->all);
	free(erasures);
}

enum status erasures_left(struct erasures *erasures, uint64_t sequence,
			  const uint8_t digest[static HASH_LEN])
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
	erasures->all[erasures->count] = (struct left){.sequence = sequence};
	memcpy(erasures->all[erasures->count++].digest, digest, HASH_LEN);
	return STATUS_OK;
}

static int by_sequence(const void *one, const void *other)
{
	uint64_t left = ((const struct left *)one)->sequence;
	uint64_t right = ((const struct left *)other)->sequence;

	return (left > right) - (left < right);
}

/* An entry may be erased from more than once: what was said last counts. */
static void confirm(struct erasures *erasures, const Pb__Redacted *redacted)
{
	struct left key = {.sequence = redacted->sequence};
	struct left *left = erasures->count == 0 ? NULL
						 : bsearch(&key, erasures->all, erasures->count,
							   sizeof(*erasures->all), by_sequence);

	if (left != NULL)
		left->confirmed = redacted->digest.len == HASH_LEN &&
				  memcmp(redacted->digest.data, left->digest, HASH_LEN) == 0;
}

void erasures_entry(struct erasures *erasures, const struct entry *entry, const uint8_t *payload,
		    size_t len)
{
	const Pb__EraseReply *reply;
	struct message_fault fault;
	ProtobufCMessage *message;

	if (entry->rpc != RPC_erase || entry->class_ != ENTRY_CHANGE)
		return;
	arena_reset(&erasures->arena);
	if (message_unpack(&pb__act__descriptor, payload, len, &erasures->arena, &message,
			   &fault) != STATUS_OK)
		return; /* then it confirms nothing */
	const Pb__Act *act = (const Pb__Act *)(const void *)message;
	if (message_unpack(&pb__erase_reply__descriptor, act->reply.data, act->reply.len,
			   &erasures->arena, &message, &fault) != STATUS_OK)
		return;
	reply = (const Pb__EraseReply *)(const void *)message;
	for (size_t i = 0; i < reply->n_redacted; i++)
		confirm(erasures, reply->redacted[i]);
}

uint64_t erasures_confirmed(const struct erasures *erasures)
{
	uint64_t confirmed = 0;

	for (size_t i = 0; i < erasures->count; i++)
		confirmed += erasures->all[i].confirmed;
	return confirmed;
}
