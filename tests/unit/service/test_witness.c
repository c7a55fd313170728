/* Witnesses: whose keys are registered, what they are asked, what counts. */
#include "tests/unit/service/desk.h"

#include <stdio.h>
#include <string.h>

#include "common/addcheckpoint.h"
#include "common/witness.h"
#include "server/ledger/anchors.h"
#include "server/ledger/signer.h"
#include "tests/lib/cosigners.h"

#define SECOND INT64_C(1000000)

struct fixture {
	struct desk desk;
	struct cosigner chen; /* clerk of CD */
	struct cosigner shen; /* of SH */
	uint64_t device;
};

static void open_signer(struct desk *desk)
{
	char why[SIGNER_WHY_LEN];
	char path[96];
	struct buf pem = BUF_EMPTY;
	struct ed25519 *key;

	assert_int_equal(ed25519_new(&key, &pem), STATUS_OK);
	ed25519_free(key);
	(void)snprintf(path, sizeof(path), "%s/signer", desk->directory);
	assert_int_equal(signer_create(path), STATUS_OK);
	assert_int_equal(
		signer_open(&desk->signer, path, COSIGNERS_ORIGIN, buf_head(&pem), pem.len, why),
		STATUS_OK);
	buf_release(&pem);
	(void)snprintf(path, sizeof(path), "%s/anchors", desk->directory);
	assert_int_equal(anchors_open(&desk->anchors, path, why), STATUS_OK);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;

	desk_open(desk);
	open_signer(desk);
	fixture.device = desk_add_person(desk, "dev", "CD", "", PB__ROLE__WITNESS);
	cosigner_init(&fixture.chen, COSIGNERS_ORIGIN "/witness/chen", NOTE_COSIGNATURE);
	cosigner_init(&fixture.shen, COSIGNERS_ORIGIN "/witness/shen", NOTE_COSIGNATURE);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;

	signer_close(desk->signer);
	anchors_close(desk->anchors);
	cosigner_release(&fixture->chen);
	cosigner_release(&fixture->shen);
	desk_close(desk);
	return 0;
}

/* ---- what people do ---- */

static enum status enter(struct desk *desk, uint64_t who, const struct cosigner *key,
			 const struct note_key *claimed, const Pb__WitnessKeyReply **reply)
{
	Pb__WitnessKeyRequest request = PB__WITNESS_KEY_REQUEST__INIT;
	struct buf statement = BUF_EMPTY;
	uint8_t proof[ED25519_SIGNATURE_LEN];
	ProtobufCMessage *decided;
	enum status status;

	assert_int_equal(witness_key_statement(claimed, &statement), STATUS_OK);
	assert_int_equal(ed25519_sign(key->private, buf_head(&statement), statement.len, proof),
			 STATUS_OK);
	request.public_key =
		(ProtobufCBinaryData){ED25519_KEY_LEN, (uint8_t *)(uintptr_t)key->key.key};
	request.proof = (ProtobufCBinaryData){sizeof(proof), proof};
	status = desk_act(desk, who, RPC_witness_key, &request.base, &decided);
	buf_release(&statement);
	if (reply != NULL)
		*reply = (const Pb__WitnessKeyReply *)(void *)decided;
	return status;
}

static enum status register_key(struct desk *desk, uint64_t who, const struct cosigner *key)
{
	return enter(desk, who, key, &key->key, NULL);
}

static void sign_head(struct desk *desk, uint64_t from, uint64_t size)
{
	struct checkpoint head = cosigners_head(size, 0);
	struct merkle_proof proof;

	cosigners_proof(from, size, 0, &proof);
	assert_int_equal(signer_sign(desk->signer, size, head.root, &proof, desk->now), STATUS_OK);
	assert_int_equal(signer_beat(desk->signer, desk->now), STATUS_OK);
}

/* The body that is pulled, appended; nothing when there is none. */
static void pull(struct desk *desk, uint64_t who, uint64_t old, struct buf *body)
{
	Pb__WitnessPullRequest request = PB__WITNESS_PULL_REQUEST__INIT;
	const Pb__WitnessPullReply *reply;
	ProtobufCMessage *answer;

	request.old = old;
	assert_int_equal(desk_look(desk, who, RPC_witness_pull, &request.base, &answer), STATUS_OK);
	reply = (const Pb__WitnessPullReply *)(void *)answer;
	assert_int_equal(buf_append(body, reply->body.data, reply->body.len), STATUS_OK);
}

static enum status submit(struct desk *desk, uint64_t who, const struct cosigner *key,
			  uint64_t size, int64_t late, const Pb__WitnessSubmitReply **reply)
{
	Pb__WitnessSubmitRequest request = PB__WITNESS_SUBMIT_REQUEST__INIT;
	struct addcheckpoint asked;
	struct buf body = BUF_EMPTY;
	struct buf note = BUF_EMPTY;
	struct buf line = BUF_EMPTY;
	ProtobufCMessage *answer;
	enum status status;

	pull(desk, who, 0, &body);
	assert_int_equal(addcheckpoint_parse(&asked, buf_head(&body), body.len), STATUS_OK);
	assert_int_equal(buf_append(&note, asked.note, asked.note_len), STATUS_OK);
	cosigner_line(key, &note, (uint64_t)(desk->now / SECOND + late), &line);
	request.size = size;
	request.lines = (ProtobufCBinaryData){line.len, line.bytes};
	status = desk_look(desk, who, RPC_witness_submit, &request.base, &answer);
	if (reply != NULL)
		*reply = (const Pb__WitnessSubmitReply *)(void *)answer;
	buf_release(&body);
	buf_release(&note);
	buf_release(&line);
	return status;
}

static void set_state(struct desk *desk, const char *login, Pb__PrincipalState to)
{
	Pb__PrincipalStateRequest request = PB__PRINCIPAL_STATE_REQUEST__INIT;

	request.login = login;
	request.state = to;
	request.reason = "x";
	assert_int_equal(desk_act(desk, DESK_OFFICER, RPC_principal_state, &request.base, NULL),
			 STATUS_OK);
}

/* ---- registering ---- */

static void a_witness_registers_the_key_that_it_has(void **state)
{
	struct fixture *fixture = *state;
	const Pb__WitnessKeyReply *reply;

	assert_int_equal(
		enter(&fixture->desk, DESK_CLERK_CD, &fixture->chen, &fixture->chen.key, &reply),
		STATUS_OK);
	assert_string_equal(reply->witness->name, COSIGNERS_ORIGIN "/witness/chen");
	assert_int_equal(reply->witness->id, DESK_CLERK_CD);
	assert_false(reply->replaced);
}

static void who_does_not_show_that_the_key_is_his_registers_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;

	/* A statement that Chen made is no use to Shen, nor is one of another key to Chen. */
	assert_int_equal(enter(desk, DESK_CLERK_SH, &fixture->chen, &fixture->chen.key, NULL),
			 STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "witness_proof");
	assert_int_equal(enter(desk, DESK_CLERK_CD, &fixture->chen, &fixture->shen.key, NULL),
			 STATUS_INVALID);
}

static void a_key_of_another_length_is_malformed(void **state)
{
	struct fixture *fixture = *state;
	Pb__WitnessKeyRequest request = PB__WITNESS_KEY_REQUEST__INIT;
	uint8_t bytes[ED25519_SIGNATURE_LEN] = {0};

	request.public_key = (ProtobufCBinaryData){ED25519_KEY_LEN - 1, bytes};
	request.proof = (ProtobufCBinaryData){sizeof(bytes), bytes};
	assert_int_equal(
		desk_act(&fixture->desk, DESK_CLERK_CD, RPC_witness_key, &request.base, NULL),
		STATUS_INVALID);
	request.public_key.len++;
	request.proof.len--;
	assert_int_equal(
		desk_act(&fixture->desk, DESK_CLERK_CD, RPC_witness_key, &request.base, NULL),
		STATUS_INVALID);
}

static void one_key_is_never_two_witnesses(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	struct note_key as_shen;

	assert_int_equal(register_key(desk, DESK_CLERK_CD, &fixture->chen), STATUS_OK);
	assert_int_equal(note_key_make(&as_shen, fixture->shen.key.name, NOTE_COSIGNATURE,
				       fixture->chen.key.key),
			 STATUS_OK);
	assert_int_equal(enter(desk, DESK_CLERK_SH, &fixture->chen, &as_shen, NULL),
			 STATUS_CONFLICT);
	assert_string_equal(desk_reason(desk), "witness_key_taken");
}

static void a_new_key_takes_the_place_of_the_old_one(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	const Pb__WitnessKeyReply *reply;
	struct cosigner next;

	cosigner_init(&next, fixture->chen.key.name, NOTE_COSIGNATURE);
	sign_head(desk, 0, 5);
	assert_int_equal(register_key(desk, DESK_CLERK_CD, &fixture->chen), STATUS_OK);
	assert_int_equal(enter(desk, DESK_CLERK_CD, &next, &next.key, &reply), STATUS_OK);
	assert_true(reply->replaced);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 5, 0, NULL), STATUS_INVALID);
	assert_string_equal(desk_reason(desk), "cosignature_wrong");
	assert_int_equal(submit(desk, DESK_CLERK_CD, &next, 5, 0, NULL), STATUS_OK);
	cosigner_release(&next);
}

/* ---- pulling and bringing ---- */

static void before_the_first_heartbeat_there_is_nothing_to_pull(void **state)
{
	struct fixture *fixture = *state;
	struct buf body = BUF_EMPTY;

	pull(&fixture->desk, DESK_CLERK_CD, 0, &body);
	assert_int_equal(body.len, 0);
	buf_release(&body);
}

static void the_newest_heartbeat_is_pulled_whatever_was_seen(void **state)
{
	struct fixture *fixture = *state;
	struct addcheckpoint asked;
	struct checkpoint head;
	struct note_key log;
	struct buf body = BUF_EMPTY;

	sign_head(&fixture->desk, 0, 7);
	signer_key(fixture->desk.signer, &log);
	for (uint64_t old = 0; old < 20; old += 7) {
		buf_clear(&body);
		pull(&fixture->desk, fixture->device, old, &body);
		assert_int_equal(addcheckpoint_parse(&asked, buf_head(&body), body.len), STATUS_OK);
		assert_int_equal(asked.old, old < 7 ? old : 7);
		assert_int_equal(
			checkpoint_verify(&head, NULL, asked.note, asked.note_len, &log, 1),
			STATUS_OK);
		assert_int_equal(head.size, 7);
	}
	buf_release(&body);
}

static void enough_witnesses_anchor_a_head(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	const Pb__WitnessSubmitReply *reply;
	struct buf note = BUF_EMPTY;
	uint64_t size = 0;

	sign_head(desk, 0, 7);
	assert_int_equal(register_key(desk, DESK_CLERK_CD, &fixture->chen), STATUS_OK);
	assert_int_equal(register_key(desk, DESK_CLERK_SH, &fixture->shen), STATUS_OK);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 7, 0, &reply), STATUS_OK);
	assert_int_equal(reply->count, 1);
	assert_int_equal(reply->needed, 2);
	assert_false(reply->anchored);
	assert_int_equal(submit(desk, DESK_CLERK_SH, &fixture->shen, 7, 0, &reply), STATUS_OK);
	assert_int_equal(reply->count, 2);
	assert_true(reply->anchored);
	assert_int_equal(anchors_newest(desk->anchors, &note, &size), STATUS_OK);
	assert_int_equal(size, 7);
	buf_release(&note);
}

static void a_suspended_witness_counts_no_more(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	const Pb__WitnessSubmitReply *reply;

	sign_head(desk, 0, 7);
	assert_int_equal(register_key(desk, DESK_CLERK_CD, &fixture->chen), STATUS_OK);
	assert_int_equal(register_key(desk, DESK_CLERK_SH, &fixture->shen), STATUS_OK);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 7, 0, NULL), STATUS_OK);
	set_state(desk, "chen", PB__PRINCIPAL_STATE__SUSPENDED);
	assert_int_equal(submit(desk, DESK_CLERK_SH, &fixture->shen, 7, 0, &reply), STATUS_OK);
	assert_int_equal(reply->count, 1);
	assert_false(reply->anchored);
}

static void what_is_brought_must_be_ones_own_over_a_head_that_is_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__WitnessSubmitRequest request = PB__WITNESS_SUBMIT_REQUEST__INIT;
	ProtobufCMessage *answer;

	sign_head(desk, 0, 7);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 7, 0, NULL), STATUS_NOT_FOUND);
	assert_string_equal(desk_reason(desk), "witness_unknown");
	assert_int_equal(register_key(desk, DESK_CLERK_CD, &fixture->chen), STATUS_OK);
	assert_int_equal(register_key(desk, DESK_CLERK_SH, &fixture->shen), STATUS_OK);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->shen, 7, 0, NULL), STATUS_INVALID);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 7, ANCHORS_AHEAD + 5, NULL),
			 STATUS_INVALID);
	assert_int_equal(submit(desk, DESK_CLERK_CD, &fixture->chen, 6, 0, NULL), STATUS_STALE);
	assert_string_equal(desk_reason(desk), "head_not_asked");
	request.size = 7;
	assert_int_equal(desk_look(desk, DESK_CLERK_CD, RPC_witness_submit, &request.base, &answer),
			 STATUS_INVALID);
}

static void who_comes_from_outside_is_no_witness(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	uint64_t lawyer = desk_add_person(desk, "law", "HQ", "", PB__ROLE__LAWYER);

	assert_int_equal(register_key(desk, lawyer, &fixture->chen), STATUS_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_witness_registers_the_key_that_it_has),
		TEST(who_does_not_show_that_the_key_is_his_registers_nothing),
		TEST(a_key_of_another_length_is_malformed),
		TEST(one_key_is_never_two_witnesses),
		TEST(a_new_key_takes_the_place_of_the_old_one),
		TEST(before_the_first_heartbeat_there_is_nothing_to_pull),
		TEST(the_newest_heartbeat_is_pulled_whatever_was_seen),
		TEST(enough_witnesses_anchor_a_head),
		TEST(a_suspended_witness_counts_no_more),
		TEST(what_is_brought_must_be_ones_own_over_a_head_that_is_asked_for),
		TEST(who_comes_from_outside_is_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
