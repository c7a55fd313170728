#include "tests/unit/client/pastworld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/lib/receipts.h"
#include "common/entry.h"
#include "common/path.h"
#include "common/rpc.h"
#include "tests/unit/client/folder.h"

int pastworld_open(void **state)
{
	static struct world world;

	world = (struct world){0};
	cosigner_init(&world.log, COSIGNERS_ORIGIN, NOTE_ED25519);
	trust_init(&world.trust);
	world.trust.keys.keys[0] = world.log.key;
	world.trust.keys.count = 1;
	*state = &world;
	return folder_make(&world.folder);
}

int pastworld_close(void **state)
{
	struct world *world = *state;

	past_release(&world->past);
	trust_release(&world->trust);
	cosigner_release(&world->log);
	buf_release(&world->showing.note);
	return folder_drop(&world->folder);
}

static void sign(const struct world *world, uint64_t size, uint8_t fork, struct buf *note)
{
	struct checkpoint head = cosigners_head(size, fork);

	buf_clear(note);
	cosigner_beat(&world->log, &head, COSIGNERS_TIME, note);
}

void load(struct world *world)
{
	past_release(&world->past);
	assert_int_equal(past_load(&world->past, &world->trust, world->folder), STATUS_OK);
}

enum status meet_past(struct world *world, struct past *past, uint64_t size, uint8_t fork)
{
	struct showing *showing = &world->showing;
	uint64_t sizes[PAST_HEADS_MAX];
	size_t count = past_sizes(past, sizes);

	sign(world, size, fork, &showing->note);
	showing->shown.count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t at = showing->shown.count;

		if (sizes[i] > size)
			continue;
		cosigners_proof(sizes[i], size, fork, &showing->proofs[at]);
		pb__consistency__init(&showing->consistency[at]);
		showing->consistency[at].size = sizes[i];
		showing->consistency[at].hashes = (ProtobufCBinaryData){
			showing->proofs[at].count * HASH_LEN, showing->proofs[at].hashes[0]};
		showing->list[at] = &showing->consistency[at];
		showing->shown.count++;
	}
	showing->shown.consistency = showing->list;
	showing->shown.checkpoint.data = (uint8_t *)(uintptr_t)buf_head(&showing->note);
	showing->shown.checkpoint.len = showing->note.len;
	return past_judge(past, &showing->shown);
}

enum status meet(struct world *world, uint64_t size, uint8_t fork)
{
	return meet_past(world, &world->past, size, fork);
}

void file_receipt(const struct world *world, uint64_t size, uint8_t fork)
{
	struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = size - 1};
	uint8_t header[ENTRY_FIXED_LEN];
	Pb__Receipt receipt = PB__RECEIPT__INIT;
	Pb__Proof proof = PB__PROOF__INIT;
	struct buf note = BUF_EMPTY;
	struct path path;

	entry_encode(&entry, header);
	sign(world, size, fork, &note);
	receipt.entry = (ProtobufCBinaryData){sizeof(header), header};
	receipt.proof = &proof;
	proof.checkpoint = (ProtobufCBinaryData){note.len, (uint8_t *)(uintptr_t)buf_head(&note)};
	assert_int_equal(path_join(&path, world->folder, RECEIPTS_FILE), STATUS_OK);
	assert_int_equal(receipts_add(path.text, RPC_borrow, &receipt), STATUS_OK);
	buf_release(&note);
}

uint64_t kept_size(struct world *world)
{
	load(world);
	return world->past.has_filed ? world->past.filed.size : 0;
}

void keep(struct world *world, uint64_t size)
{
	load(world);
	assert_int_equal(meet(world, size, 0), STATUS_OK);
	assert_int_equal(past_save(&world->past), STATUS_OK);
}
