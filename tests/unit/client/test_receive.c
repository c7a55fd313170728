/* What a client makes of answers, given by a server that may lie: a child process of the test. */
#include "client/lib/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "client/lib/trust.h"
#include "common/bytes.h"
#include "common/entry.h"
#include "tests/lib/cosigners.h"
#include "tests/lib/peer.h"

#define PRINCIPAL 42
#define VERSION 3

/* What is wrong with what the server says. */
enum lie {
	HONEST,
	NO_RECEIPT,
	NO_PROOF,
	OTHER_SIGNER,
	OTHER_PLACE,
	OTHER_TREE,
	OTHER_CLASS,
	OTHER_STATUS,
	OTHER_RPC,
	OTHER_ACTOR,
	OTHER_KEY,
	LIES,
};

/* How it answers. */
enum manner { DONE, REFUSED, REFUSED_UNENTERED, SHOWN, SHOWN_LATE, ENDED };

struct scene {
	enum manner manner;
	enum lie lie;
	uint32_t version;
};

struct world {
	struct certificates certificates;
	struct cosigner log;
	struct cosigner other;
	struct trust trust;
};

/* ---- the server ---- */

struct said {
	uint8_t entry[ENTRY_FIXED_LEN];
	uint8_t hashes[HASH_LEN];
	struct buf note;
	Pb__Receipt receipt;
	Pb__Proof proof;
};

static const struct {
	uint8_t class_;
	uint8_t status;
} told[] = {
	[DONE] = {ENTRY_CHANGE, STATUS_OK},  [REFUSED] = {ENTRY_REFUSAL, STATUS_DENIED},
	[SHOWN] = {ENTRY_ACCESS, STATUS_OK}, [SHOWN_LATE] = {ENTRY_ACCESS, STATUS_OK},
	[ENDED] = {ENTRY_ACCESS, STATUS_OK},
};

static void make_entry(const struct scene *scene, uint16_t rpc, const uint8_t *key, uint8_t *to)
{
	enum lie lie = scene->lie;
	struct entry entry = {
		.class_ = told[scene->manner].class_,
		.status = (uint16_t)(told[scene->manner].status + (lie == OTHER_STATUS)),
		.rpc = (uint16_t)(rpc + (lie == OTHER_RPC)),
		.actor = PRINCIPAL + (lie == OTHER_ACTOR),
	};

	if (lie == OTHER_CLASS)
		entry.class_ = entry.class_ == ENTRY_CHANGE ? ENTRY_REFUSAL : ENTRY_CHANGE;
	if (key != NULL)
		memcpy(entry.key, key, ENTRY_KEY_LEN);
	entry.key[3] ^= lie == OTHER_KEY;
	entry_encode(&entry, to);
}

/* A ledger of that one entry: its leaf is the root, and needs no way there. */
static void make_proof(const struct world *world, const struct scene *scene, struct said *said)
{
	const struct cosigner *log = scene->lie == OTHER_SIGNER ? &world->other : &world->log;
	struct checkpoint head = {.origin = COSIGNERS_ORIGIN, .size = 1};
	struct hash *hash = hash_new();

	merkle_leaf(hash, said->entry, sizeof(said->entry), head.root);
	hash_free(hash);
	head.root[7] ^= scene->lie == OTHER_TREE;
	head.size += scene->lie == OTHER_PLACE;
	cosigner_beat(log, &head, COSIGNERS_TIME, &said->note);
	pb__proof__init(&said->proof);
	said->proof.index = scene->lie == OTHER_PLACE;
	said->proof.checkpoint.data = (uint8_t *)(uintptr_t)buf_head(&said->note);
	said->proof.checkpoint.len = said->note.len;
	pb__receipt__init(&said->receipt);
	said->receipt.entry = (ProtobufCBinaryData){sizeof(said->entry), said->entry};
	said->receipt.proof = scene->lie == NO_PROOF ? NULL : &said->proof;
}

static void send_message(struct peer *peer, enum frame_kind kind, const ProtobufCMessage *message)
{
	static uint8_t body[FRAME_BODY_MAX_REQUEST];
	struct frame frame = peer->frame;

	frame.kind = (uint8_t)kind;
	frame.flags = 0;
	frame.length = (uint32_t)protobuf_c_message_pack(message, body);
	peer_send(peer, frame, body);
}

static void send_done(struct peer *peer, const struct scene *scene, const struct said *said)
{
	static uint8_t body[FRAME_BODY_MAX_REQUEST];
	struct frame frame = peer->frame;
	size_t len = scene->lie == NO_RECEIPT ? 0 : pb__receipt__pack(&said->receipt, body + 4);

	bytes_put32(body, (uint32_t)len);
	frame.kind = FRAME_ANSWER;
	frame.length = (uint32_t)(4 + len);
	peer_send(peer, frame, body);
}

static void answer(struct peer *peer, const struct world *world, const struct scene *scene)
{
	static struct said said;
	Pb__Refusal refusal = PB__REFUSAL__INIT;
	Pb__Mark mark = PB__MARK__INIT;
	Pb__StatusReply reply = PB__STATUS_REPLY__INIT;

	make_entry(scene, peer->frame.rpc,
		   told[scene->manner].class_ == ENTRY_ACCESS ? NULL : peer->body, said.entry);
	make_proof(world, scene, &said);
	if (scene->manner == DONE) {
		send_done(peer, scene, &said);
	} else if (scene->manner == ENDED) {
		refusal.status = STATUS_NOT_FOUND;
		peer->frame.request_id = 0;
		send_message(peer, FRAME_ERROR, &refusal.base);
	} else if (scene->manner == SHOWN || scene->manner == SHOWN_LATE) {
		mark.entry = said.receipt.entry;
		mark.proof = said.receipt.proof;
		send_message(peer, FRAME_MARK, &mark.base);
		send_message(peer, FRAME_ANSWER, &reply.base);
	} else {
		refusal.status = STATUS_DENIED;
		refusal.entered = scene->manner == REFUSED;
		refusal.receipt =
			refusal.entered && scene->lie != NO_RECEIPT ? &said.receipt : NULL;
		send_message(peer, FRAME_ERROR, &refusal.base);
	}
	buf_release(&said.note);
}

static void serve(int listener, struct world *world, const struct scene *scene)
{
	struct peer peer = {.fd = accept(listener, NULL, NULL)};
	Pb__Welcome welcome = PB__WELCOME__INIT;
	struct checkpoint head = cosigners_head(1, 0);
	struct buf note = BUF_EMPTY;

	fcntl(peer.fd, F_SETFL, O_NONBLOCK);
	peer.context = peer_context(&world->certificates, TLS_SERVER, "server");
	peer.tls = tls_new(peer.context, peer.fd, NULL);
	framer_init(&peer.in, FRAME_BODY_MAX_ANSWER);
	if (peer_shake(&peer) != TLS_DONE)
		return;
	peer_expect(&peer, FRAME_HELLO, 0);
	welcome.version = scene->version;
	welcome.principal_id = PRINCIPAL;
	welcome.request_max = FRAME_BODY_MAX_REQUEST;
	welcome.in_flight_max = 4;
	/* The ledger had the entry before he came. */
	if (scene->manner == SHOWN_LATE) {
		cosigner_beat(&world->log, &head, COSIGNERS_TIME, &note);
		welcome.checkpoint.data = (uint8_t *)(uintptr_t)buf_head(&note);
		welcome.checkpoint.len = note.len;
	}
	send_message(&peer, FRAME_WELCOME, &welcome.base);
	buf_release(&note);
	if (scene->version == VERSION) {
		peer_receive(&peer);
		answer(&peer, world, scene);
	}
	peer_leave(&peer);
}

/* Returns where it listens; it serves one connection. */
static uint16_t start(struct world *world, const struct scene *scene)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	if (fork() == 0) {
		serve(listener, world, scene);
		_exit(0);
	}
	close(listener);
	return ntohs(address.sin_port);
}

/* ---- the client ---- */

static enum status connect_to(struct world *world, const struct scene *scene,
			      struct client **client)
{
	struct client_options options = {
		.host = "127.0.0.1",
		.port = start(world, scene),
		.certificate = certificates_path(&world->certificates, "client", "pem"),
		.key = certificates_path(&world->certificates, "client", "key"),
		.ca = certificates_path(&world->certificates, "ca", "pem"),
		.name = "test/1",
		.trust = &world->trust,
		.timeout_ms = PEER_WAIT_MS,
	};
	char why[CLIENT_WHY_LEN];

	return client_connect(client, &options, why);
}

/* Asks once and says what the answer is to the client, or how the connection ended. */
static enum status ask_as(struct world *world, const struct scene *scene, enum frame_flags flags,
			  void (*look)(const struct client_answer *))
{
	Pb__StatusRequest status_request = PB__STATUS_REQUEST__INIT;
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	bool looks = told[scene->manner].class_ == ENTRY_ACCESS;
	uint8_t key[FRAME_KEY_LEN];
	struct client *client;
	struct client_answer answer_;
	enum status status;

	client_new_key(key);
	assert_int_equal(connect_to(world, scene, &client), STATUS_OK);
	status = client_call(client, looks ? RPC_status : RPC_borrow,
			     looks ? &status_request.base : &borrow.base, looks ? NULL : key, flags,
			     &answer_);
	if (status == STATUS_OK && look != NULL)
		look(&answer_);
	client_close(client);
	assert_true(wait(NULL) > 0);
	return status == STATUS_OK ? answer_.status : status;
}

static enum status ask(struct world *world, enum manner manner, enum lie lie,
		       void (*look)(const struct client_answer *))
{
	return ask_as(world, &(struct scene){manner, lie, VERSION}, 0, look);
}

/* Of a lie nothing may be left that looks like an answer. */
static void is_worth_nothing(const struct client_answer *answer_)
{
	assert_non_null(answer_->why);
	assert_null(answer_->refusal);
}

static void no_lie_but(struct world *world, enum manner manner, unsigned excused)
{
	for (enum lie lie = HONEST + 1; lie < LIES; lie++) {
		if (excused & 1u << lie)
			continue;
		if (ask(world, manner, lie, is_worth_nothing) != STATUS_PROOF)
			fail_msg("lie %d was believed", (int)lie);
	}
}

static void has_receipt(const struct client_answer *answer_)
{
	assert_non_null(answer_->receipt);
	assert_non_null(answer_->receipt->proof);
}

static void has_mark(const struct client_answer *answer_)
{
	assert_non_null(answer_->mark);
}

static void has_refusal_without_receipt(const struct client_answer *answer_)
{
	assert_non_null(answer_->refusal);
	assert_null(answer_->receipt);
}

static void an_act_is_done_when_it_is_proven(void **state)
{
	assert_int_equal(ask(*state, DONE, HONEST, has_receipt), STATUS_OK);
	no_lie_but(*state, DONE, 0);
}

static void a_refusal_that_was_entered_is_proven(void **state)
{
	assert_int_equal(ask(*state, REFUSED, HONEST, has_receipt), STATUS_DENIED);
	no_lie_but(*state, REFUSED, 0);
}

static void a_refusal_that_was_not_entered_needs_no_proof(void **state)
{
	assert_int_equal(ask(*state, REFUSED_UNENTERED, HONEST, has_refusal_without_receipt),
			 STATUS_DENIED);
}

static void what_is_shown_under_an_entry_is_proven(void **state)
{
	assert_int_equal(ask(*state, SHOWN, HONEST, has_mark), STATUS_OK);
	no_lie_but(*state, SHOWN, 1u << NO_RECEIPT | 1u << OTHER_KEY);
}

static void the_mark_of_an_earlier_look_is_not_that_of_this_one(void **state)
{
	assert_int_equal(ask(*state, SHOWN_LATE, HONEST, is_worth_nothing), STATUS_PROOF);
}

static void what_was_done_is_not_told_as_a_dry_run(void **state)
{
	struct scene scene = {DONE, HONEST, VERSION};

	assert_int_equal(ask_as(*state, &scene, FRAME_DRY_RUN, is_worth_nothing), STATUS_PROOF);
}

/* "There is none" of the connection itself must not be taken for "no answer yet". */
static void an_end_with_any_status_is_an_end(void **state)
{
	assert_int_equal(ask(*state, ENDED, HONEST, NULL), STATUS_FRAME_INVALID);
}

static void a_version_without_proofs_is_not_spoken(void **state)
{
	struct client *client;

	for (uint32_t version = 0; version < VERSION; version++) {
		struct scene scene = {DONE, HONEST, version};

		assert_int_equal(connect_to(*state, &scene, &client), STATUS_PROOF);
		assert_true(wait(NULL) > 0);
	}
}

static int open_world(void **state)
{
	static struct world world;

	certificates_usual(&world.certificates);
	cosigner_init(&world.log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&world.other, COSIGNERS_ORIGIN, NOTE_ED25519);
	trust_init(&world.trust);
	world.trust.keys.keys[0] = world.log.key;
	world.trust.keys.count = 1;
	*state = &world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	trust_release(&world->trust);
	cosigner_release(&world->log);
	cosigner_release(&world->other);
	certificates_end(&world->certificates);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_is_done_when_it_is_proven),
		cmocka_unit_test(a_refusal_that_was_entered_is_proven),
		cmocka_unit_test(a_refusal_that_was_not_entered_needs_no_proof),
		cmocka_unit_test(what_is_shown_under_an_entry_is_proven),
		cmocka_unit_test(the_mark_of_an_earlier_look_is_not_that_of_this_one),
		cmocka_unit_test(what_was_done_is_not_told_as_a_dry_run),
		cmocka_unit_test(an_end_with_any_status_is_an_end),
		cmocka_unit_test(a_version_without_proofs_is_not_spoken),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
