/* That somebody is a witness is believed to the ledger's entry, not to the server. */
#include "client/cmd/witness_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/entry.h"
#include "common/message.h"
#include "common/rpc.h"
#include "common/witness.h"
#include "proto/wire.pb-c.h"
#include "tests/lib/cosigners.h"

#define ARENA (4u * 1024 * 1024)
#define LOGIN "chen"
#define WHO 7
#define NUMBER 12

struct fixture {
	struct arena arena;
	struct cosigner own;
	Pb__Witness row;
	Pb__WitnessView view;
	uint8_t salt[ENTRY_SALT_LEN];
	uint8_t header[ENTRY_FIXED_LEN];
	struct entry entry;
	struct buf payload;
	struct note_key key; /* that was believed */
};

static void pack(const ProtobufCMessage *message, struct arena *arena, ProtobufCBinaryData *to)
{
	to->len = protobuf_c_message_get_packed_size(message);
	to->data = arena_alloc(arena, to->len + 1);
	assert_non_null(to->data);
	protobuf_c_message_pack(message, to->data);
}

/* The payload of the act by which the key was registered, shown to be its owner's by who signs. */
static void make_payload(struct fixture *fixture, const struct cosigner *by)
{
	Pb__WitnessKeyRequest request = PB__WITNESS_KEY_REQUEST__INIT;
	Pb__WitnessKeyReply reply = PB__WITNESS_KEY_REPLY__INIT;
	Pb__Act act = PB__ACT__INIT;
	struct buf statement = BUF_EMPTY;
	uint8_t proof[ED25519_SIGNATURE_LEN];

	assert_int_equal(witness_key_statement(&fixture->own.key, &statement), STATUS_OK);
	assert_int_equal(ed25519_sign(by->private, buf_head(&statement), statement.len, proof),
			 STATUS_OK);
	request.public_key = (ProtobufCBinaryData){ED25519_KEY_LEN, fixture->own.key.key};
	request.proof = (ProtobufCBinaryData){sizeof(proof), proof};
	reply.witness = &fixture->row;
	pack(&request.base, &fixture->arena, &act.request);
	pack(&reply.base, &fixture->arena, &act.reply);
	buf_clear(&fixture->payload);
	assert_int_equal(message_pack(&act.base, &fixture->payload), STATUS_OK);
	buf_release(&statement);
}

/* The header that commits to the payload. */
static void make_entry(struct fixture *fixture)
{
	struct hash *hash = hash_new();

	entry_commit(hash, fixture->salt, buf_head(&fixture->payload), fixture->payload.len,
		     fixture->entry.commitment);
	hash_free(hash);
	entry_encode(&fixture->entry, fixture->header);
	fixture->view.entry = (ProtobufCBinaryData){sizeof(fixture->header), fixture->header};
	fixture->view.salt = (ProtobufCBinaryData){sizeof(fixture->salt), fixture->salt};
	fixture->view.payload = (ProtobufCBinaryData){fixture->payload.len, fixture->payload.bytes};
}

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	arena_init(&fixture.arena, ARENA);
	cosigner_init(&fixture.own, COSIGNERS_ORIGIN "/witness/" LOGIN, NOTE_COSIGNATURE);
	pb__witness__init(&fixture.row);
	fixture.row.id = WHO;
	fixture.row.entry = NUMBER;
	fixture.row.name = fixture.own.key.name;
	fixture.row.key = (ProtobufCBinaryData){ED25519_KEY_LEN, fixture.own.key.key};
	pb__witness_view__init(&fixture.view);
	fixture.view.witness = &fixture.row;
	fixture.view.login = LOGIN;
	fixture.entry = (struct entry){
		.class_ = ENTRY_CHANGE, .rpc = RPC_witness_key, .sequence = NUMBER, .actor = WHO};
	make_payload(&fixture, &fixture.own);
	make_entry(&fixture);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	cosigner_release(&fixture->own);
	buf_release(&fixture->payload);
	arena_release(&fixture->arena);
	return 0;
}

static enum status judge(struct fixture *fixture)
{
	return witness_policy_judge(&fixture->view, COSIGNERS_ORIGIN, &fixture->arena,
				    &fixture->key);
}

static void a_witness_is_who_registered_his_own_key(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(judge(fixture), STATUS_OK);
	assert_memory_equal(&fixture->key, &fixture->own.key, sizeof(fixture->key));
}

static void what_the_entry_does_not_commit_to_is_not_believed(void **state)
{
	struct fixture *fixture = *state;

	fixture->salt[0] ^= 1;
	assert_int_equal(judge(fixture), STATUS_PROOF);
	fixture->salt[0] ^= 1;
	fixture->payload.bytes[fixture->payload.len / 2] ^= 1;
	assert_int_equal(judge(fixture), STATUS_PROOF);
	fixture->view.salt.len--;
	assert_int_equal(judge(fixture), STATUS_PROOF);
}

static void an_entry_of_something_else_makes_no_witness(void **state)
{
	struct fixture *fixture = *state;
	static const struct entry others[] = {
		{.class_ = ENTRY_REFUSAL, .rpc = RPC_witness_key, .sequence = NUMBER, .actor = WHO},
		{.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = NUMBER, .actor = WHO},
		{.class_ = ENTRY_CHANGE, .rpc = RPC_witness_key, .sequence = 1, .actor = WHO},
		{.class_ = ENTRY_CHANGE, .rpc = RPC_witness_key, .sequence = NUMBER, .actor = 1},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fixture->entry = others[i];
		make_entry(fixture);
		assert_int_equal(judge(fixture), STATUS_PROOF);
	}
}

static void another_key_or_name_than_the_entrys_is_not_believed(void **state)
{
	struct fixture *fixture = *state;
	uint8_t other[ED25519_KEY_LEN] = {1};

	fixture->view.login = "shen";
	assert_int_equal(judge(fixture), STATUS_PROOF);
	fixture->view.login = LOGIN;
	fixture->row.key.data = other;
	assert_int_equal(judge(fixture), STATUS_PROOF);
	fixture->view.witness = NULL;
	assert_int_equal(judge(fixture), STATUS_PROOF);
}

static void a_key_that_its_owner_did_not_register_is_not_believed(void **state)
{
	struct fixture *fixture = *state;
	struct cosigner thief;

	cosigner_init(&thief, COSIGNERS_ORIGIN "/witness/" LOGIN, NOTE_COSIGNATURE);
	make_payload(fixture, &thief);
	make_entry(fixture);
	assert_int_equal(judge(fixture), STATUS_PROOF);
	cosigner_release(&thief);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_witness_is_who_registered_his_own_key),
		TEST(what_the_entry_does_not_commit_to_is_not_believed),
		TEST(an_entry_of_something_else_makes_no_witness),
		TEST(another_key_or_name_than_the_entrys_is_not_believed),
		TEST(a_key_that_its_owner_did_not_register_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
