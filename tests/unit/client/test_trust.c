#include "client/lib/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/entry.h"
#include "common/merkle.h"
#include "common/rpc.h"
#include "tests/lib/cosigners.h"
#include "tests/lib/rfc_tree.h"

#define ENTRIES 11
#define PLACE 6 /* of the entry that is proven */

/* A ledger of a few entries with its head, and the proof of one of them as a server sends it. */
struct world {
	struct cosigner log;
	struct cosigner stranger;
	struct trust trust;
	uint8_t entries[ENTRIES][ENTRY_FIXED_LEN];
	uint8_t hashes[MERKLE_PROOF_MAX * HASH_LEN];
	struct buf note;
	Pb__Proof proof;
	ProtobufCBinaryData entry;
};

static void sign(const struct cosigner *log, uint64_t size, const uint8_t *root, struct buf *note)
{
	struct checkpoint head = {.origin = COSIGNERS_ORIGIN, .size = size};
	struct buf text = BUF_EMPTY;

	memcpy(head.root, root, HASH_LEN);
	assert_int_equal(checkpoint_format(&head, &text), STATUS_OK);
	buf_clear(note);
	assert_int_equal(buf_append(note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(buf_append(note, "\n", 1), STATUS_OK);
	assert_int_equal(note_sign(note, &log->key, log->private, 0, (const char *)buf_head(&text),
				   text.len),
			 STATUS_OK);
	buf_release(&text);
}

static void show(struct world *world)
{
	world->proof.checkpoint = (ProtobufCBinaryData){
		world->note.len, (uint8_t *)(uintptr_t)buf_head(&world->note)};
}

static void fill(struct world *world)
{
	uint8_t leaves[ENTRIES][HASH_LEN];
	uint8_t path[MERKLE_PROOF_MAX][HASH_LEN];
	struct hash *hash = hash_new();
	struct rfc_tree *tree;
	size_t count;

	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = i};

		entry_encode(&entry, world->entries[i]);
		merkle_leaf(hash, world->entries[i], ENTRY_FIXED_LEN, leaves[i]);
	}
	tree = rfc_tree_new((const uint8_t(*)[HASH_LEN])leaves, ENTRIES);
	count = rfc_tree_path(tree, PLACE, 0, ENTRIES, path);
	memcpy(world->hashes, path, count * HASH_LEN);
	sign(&world->log, ENTRIES, rfc_tree_hash(tree, 0, ENTRIES), &world->note);
	rfc_tree_free(tree);
	hash_free(hash);
	pb__proof__init(&world->proof);
	world->proof.index = PLACE;
	world->proof.hashes = (ProtobufCBinaryData){count * HASH_LEN, world->hashes};
	world->entry = (ProtobufCBinaryData){ENTRY_FIXED_LEN, world->entries[PLACE]};
	show(world);
}

static int open_world(void **state)
{
	static struct world world;

	world = (struct world){0};
	cosigner_init(&world.log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&world.stranger, COSIGNERS_ORIGIN, NOTE_ED25519);
	trust_init(&world.trust);
	world.trust.keys.keys[0] = world.log.key;
	world.trust.keys.count = 1;
	fill(&world);
	*state = &world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	cosigner_release(&world->log);
	cosigner_release(&world->stranger);
	trust_release(&world->trust);
	buf_release(&world->note);
	return 0;
}

static enum status judge(struct world *world)
{
	struct checkpoint checkpoint;

	return trust_entry(&world->trust, &world->entry, &world->proof, &checkpoint);
}

static void an_entry_in_the_signed_ledger_is_proven(void **state)
{
	struct world *world = *state;
	struct checkpoint checkpoint = {0};

	for (int again = 0; again < 2; again++) {
		assert_int_equal(
			trust_entry(&world->trust, &world->entry, &world->proof, &checkpoint),
			STATUS_OK);
		assert_int_equal(checkpoint.size, ENTRIES);
		assert_string_equal(checkpoint.origin, COSIGNERS_ORIGIN);
	}
}

static void without_a_proof_nothing_is_proven(void **state)
{
	struct world *world = *state;
	struct checkpoint checkpoint;

	assert_int_equal(trust_entry(&world->trust, &world->entry, NULL, &checkpoint),
			 STATUS_PROOF);
	world->proof.checkpoint = (ProtobufCBinaryData){0};
	assert_int_equal(judge(world), STATUS_PROOF);
	world->entry.len = 0;
	assert_int_equal(judge(world), STATUS_PROOF);
}

static void every_changed_byte_of_entry_or_proof_is_seen(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < ENTRY_FIXED_LEN; i++) {
		world->entry.data[i] ^= 1;
		assert_int_equal(judge(world), STATUS_PROOF);
		world->entry.data[i] ^= 1;
	}
	for (size_t i = 0; i < world->proof.hashes.len; i++) {
		world->hashes[i] ^= 0x80;
		assert_int_equal(judge(world), STATUS_PROOF);
		world->hashes[i] ^= 0x80;
	}
	for (size_t i = 0; i < world->note.len; i++) {
		world->proof.checkpoint.data[i] ^= 2;
		assert_int_equal(judge(world), STATUS_PROOF);
		world->proof.checkpoint.data[i] ^= 2;
	}
	assert_int_equal(judge(world), STATUS_OK);
}

static void a_proof_of_another_length_or_place_is_none(void **state)
{
	struct world *world = *state;

	world->proof.hashes.len -= HASH_LEN;
	assert_int_equal(judge(world), STATUS_PROOF);
	world->proof.hashes.len += HASH_LEN - 1;
	assert_int_equal(judge(world), STATUS_PROOF);
	world->proof.hashes.len = sizeof(world->hashes) + HASH_LEN;
	assert_int_equal(judge(world), STATUS_PROOF);
	fill(world);
	world->proof.index = PLACE + 1;
	assert_int_equal(judge(world), STATUS_PROOF);
	world->entry.data = world->entries[PLACE + 1];
	assert_int_equal(judge(world), STATUS_PROOF);
}

static void only_a_key_that_is_pinned_counts(void **state)
{
	struct world *world = *state;
	uint8_t root[HASH_LEN] = {1};

	world->trust.keys.keys[0] = world->stranger.key;
	assert_int_equal(judge(world), STATUS_PROOF);
	world->trust.keys.keys[1] = world->log.key;
	world->trust.keys.count = 2;
	assert_int_equal(judge(world), STATUS_OK);
	world->trust.keys.count = 0;
	sign(&world->log, 1, root, &world->note);
	show(world);
	assert_int_equal(judge(world), STATUS_PROOF);
}

static void a_heartbeat_says_when_and_a_head_alone_does_not(void **state)
{
	struct world *world = *state;
	struct checkpoint head = cosigners_head(5, 0);
	struct checkpoint found = {0};
	struct buf beat = BUF_EMPTY;
	uint64_t time = 0;

	cosigner_beat(&world->log, &head, 1771000000, &beat);
	assert_int_equal(trust_heartbeat(&world->trust, buf_head(&beat), beat.len, &found, &time),
			 STATUS_OK);
	assert_int_equal(time, 1771000000);
	assert_int_equal(found.size, 5);
	assert_int_equal(trust_heartbeat(&world->trust, buf_head(&world->note), world->note.len,
					 &found, &time),
			 STATUS_PROOF);
	buf_clear(&beat);
	cosigner_beat(&world->stranger, &head, 1771000000, &beat);
	assert_int_equal(trust_heartbeat(&world->trust, buf_head(&beat), beat.len, &found, &time),
			 STATUS_PROOF);
	buf_release(&beat);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(an_entry_in_the_signed_ledger_is_proven),
		in_world(without_a_proof_nothing_is_proven),
		in_world(every_changed_byte_of_entry_or_proof_is_seen),
		in_world(a_proof_of_another_length_or_place_is_none),
		in_world(only_a_key_that_is_pinned_counts),
		in_world(a_heartbeat_says_when_and_a_head_alone_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
