/* A new key of the ledger is believed only as an entry under a known key proves it. */
#include "client/lib/succession.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/entry.h"
#include "common/merkle.h"
#include "common/message.h"
#include "common/rpc.h"
#include "common/successor.h"

#define ORIGIN "office.example/log"
#define ARENA_MAX (1024 * 1024)
#define KEYS 3

/* What a ledger of one entry says, and the message that shows it. */
struct fixture {
	struct ed25519 *pairs[KEYS];
	struct note_key keys[KEYS];
	struct trust trust; /* knows the first key */
	struct arena arena;
	struct buf statement;
	struct buf request;
	struct buf reply;
	struct buf payload;
	struct buf note;
	uint8_t salt[ENTRY_SALT_LEN];
	uint8_t header[ENTRY_FIXED_LEN];
	struct entry entry;
	Pb__Proof proof;
	Pb__LogKeysReply shown;
};

static int setup(void **state)
{
	static struct fixture fixture;
	uint8_t public[ED25519_KEY_LEN];
	struct buf pem = BUF_EMPTY;

	fixture = (struct fixture){.entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_log_key_rotate}};
	for (size_t i = 0; i < KEYS; i++) {
		assert_int_equal(ed25519_new(&fixture.pairs[i], &pem), STATUS_OK);
		ed25519_public(fixture.pairs[i], public);
		assert_int_equal(note_key_make(&fixture.keys[i], ORIGIN, NOTE_ED25519, public),
				 STATUS_OK);
	}
	buf_release(&pem);
	trust_init(&fixture.trust);
	fixture.trust.keys.keys[fixture.trust.keys.count++] = fixture.keys[0];
	arena_init(&fixture.arena, ARENA_MAX);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct buf *bufs[] = {&fixture->statement, &fixture->request, &fixture->reply,
			      &fixture->payload, &fixture->note};

	for (size_t i = 0; i < KEYS; i++)
		ed25519_free(fixture->pairs[i]);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_release(bufs[i]);
	trust_release(&fixture->trust);
	arena_release(&fixture->arena);
	return 0;
}

static ProtobufCBinaryData bytes_of(const struct buf *buf)
{
	return (ProtobufCBinaryData){buf->len, (uint8_t *)(uintptr_t)buf_head(buf)};
}

/* Packs the act: asked for, or done. */
static void pack_act(struct fixture *fixture, bool done)
{
	Pb__LogKeyRotateRequest request = PB__LOG_KEY_ROTATE_REQUEST__INIT;
	Pb__LogKeyRotateReply reply = PB__LOG_KEY_ROTATE_REPLY__INIT;
	Pb__LogKey row = PB__LOG_KEY__INIT;
	Pb__Act act = PB__ACT__INIT;

	request.statement = bytes_of(&fixture->statement);
	row.vkey = "the statement says it";
	reply.key = done ? &row : NULL;
	reply.approval = 1;
	assert_int_equal(message_pack(&request.base, &fixture->request), STATUS_OK);
	assert_int_equal(message_pack(&reply.base, &fixture->reply), STATUS_OK);
	act.request = bytes_of(&fixture->request);
	act.reply = bytes_of(&fixture->reply);
	assert_int_equal(message_pack(&act.base, &fixture->payload), STATUS_OK);
}

/* Makes the ledger's one entry of it, under a head that a key signs. */
static void enter(struct fixture *fixture, size_t signer)
{
	struct checkpoint head = {.origin = ORIGIN, .size = 1};
	struct hash *hash = hash_new();
	struct buf text = BUF_EMPTY;

	entry_commit(hash, fixture->salt, buf_head(&fixture->payload), fixture->payload.len,
		     fixture->entry.commitment);
	entry_encode(&fixture->entry, fixture->header);
	merkle_leaf(hash, fixture->header, sizeof(fixture->header), head.root);
	hash_free(hash);
	buf_clear(&fixture->note);
	assert_int_equal(checkpoint_format(&head, &text), STATUS_OK);
	assert_int_equal(buf_append(&fixture->note, buf_head(&text), text.len), STATUS_OK);
	assert_int_equal(buf_append(&fixture->note, "\n", 1), STATUS_OK);
	assert_int_equal(note_sign(&fixture->note, &fixture->keys[signer], fixture->pairs[signer],
				   0, (const char *)buf_head(&text), text.len),
			 STATUS_OK);
	buf_release(&text);
	pb__proof__init(&fixture->proof);
	fixture->proof.checkpoint = bytes_of(&fixture->note);
	pb__log_keys_reply__init(&fixture->shown);
	fixture->shown.entry = (ProtobufCBinaryData){sizeof(fixture->header), fixture->header};
	fixture->shown.salt = (ProtobufCBinaryData){ENTRY_SALT_LEN, fixture->salt};
	fixture->shown.payload = bytes_of(&fixture->payload);
	fixture->shown.proof = &fixture->proof;
}

static void make(struct fixture *fixture, size_t from, size_t to, bool done, size_t signer)
{
	assert_int_equal(successor_format(ORIGIN, fixture->pairs[from], fixture->pairs[to],
					  &fixture->statement),
			 STATUS_OK);
	pack_act(fixture, done);
	enter(fixture, signer);
}

static enum status take(struct fixture *fixture)
{
	return succession_take(&fixture->trust, &fixture->shown, &fixture->arena);
}

static void refused(struct fixture *fixture)
{
	assert_int_equal(take(fixture), STATUS_PROOF);
	assert_true(fixture->trust.why[0] != '\0');
	assert_int_equal(fixture->trust.keys.count, 1);
}

static void a_proven_key_is_taken_once(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 1, true, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take(fixture), STATUS_OK);
		assert_int_equal(fixture->trust.keys.count, 2);
		assert_memory_equal(&fixture->trust.keys.keys[1], &fixture->keys[1],
				    sizeof(struct note_key));
	}
}

static void what_was_only_asked_for_names_no_key(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 1, false, 0);
	refused(fixture);
}

static void an_entry_under_a_strange_key_s_head_proves_nothing(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 1, true, 1);
	refused(fixture);
}

static void a_strange_key_names_nobody(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 2, 1, true, 0);
	assert_int_equal(take(fixture), STATUS_OK); /* history, of keys that we never knew */
	assert_int_equal(fixture->trust.keys.count, 1);
}

static void another_act_or_a_refused_one_names_no_key(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 1, true, 0);
	fixture->entry.rpc = RPC_principal_add;
	enter(fixture, 0);
	refused(fixture);
	fixture->entry.rpc = RPC_log_key_rotate;
	fixture->entry.class_ = ENTRY_REFUSAL;
	enter(fixture, 0);
	refused(fixture);
	fixture->entry.class_ = ENTRY_CHANGE;
	fixture->entry.status = STATUS_BLOCKED;
	enter(fixture, 0);
	refused(fixture);
}

static void what_the_entry_does_not_commit_to_is_not_believed(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, 0, 1, true, 0);
	fixture->salt[0] ^= 1;
	refused(fixture);
	fixture->salt[0] ^= 1;
	fixture->shown.payload.len--;
	refused(fixture);
	fixture->shown.payload.len++;
	fixture->shown.salt.len--;
	refused(fixture);
	fixture->shown.salt.len++;
	fixture->header[24] ^= 1;
	refused(fixture);
	fixture->header[24] ^= 1;
	fixture->shown.proof = NULL;
	refused(fixture);
}

static void a_head_says_that_there_is_a_key_to_be_learned(void **state)
{
	struct fixture *fixture = *state;
	const struct trust *trust = &fixture->trust;

	make(fixture, 0, 1, true, 0);
	const struct buf *note = &fixture->note;
	assert_false(succession_is_due(trust, buf_head(note), note->len));
	enter(fixture, 1);
	assert_true(succession_is_due(trust, buf_head(note), note->len));
	assert_false(succession_is_due(trust, "x", 1));
	/* A line of another name is a witness's. */
	assert_int_equal(
		note_key_make(&fixture->keys[1], "a/witness", NOTE_ED25519, fixture->keys[1].key),
		STATUS_OK);
	enter(fixture, 1);
	assert_false(succession_is_due(trust, buf_head(note), note->len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_proven_key_is_taken_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_only_asked_for_names_no_key, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_entry_under_a_strange_key_s_head_proves_nothing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_strange_key_names_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(another_act_or_a_refused_one_names_no_key, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_the_entry_does_not_commit_to_is_not_believed,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_head_says_that_there_is_a_key_to_be_learned,
						setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
