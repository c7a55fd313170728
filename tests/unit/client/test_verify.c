#include "client/cmd/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/cli/run.h"
#include "client/lib/evidence.h"
#include "common/entry.h"
#include "common/file.h"
#include "common/merkle.h"
#include "common/path.h"
#include "common/rpc.h"
#include "common/tlogproof.h"
#include "tests/lib/cosigners.h"
#include "tests/lib/rfc_tree.h"
#include "tests/unit/client/capture.h"
#include "tests/unit/client/folder.h"

#define ENTRIES 9
#define PLACE 5

struct world {
	void *folder;
	struct cosigner log;
	struct cosigner witness;
	char vkey[NOTE_VKEY_MAX + 1];
	struct capture capture;
	struct path files[3];
};

static int open_world(void **state)
{
	static struct world world;

	world = (struct world){0};
	cosigner_init(&world.log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_init(&world.witness, "witness.example/w", NOTE_COSIGNATURE);
	note_key_format(&world.log.key, world.vkey);
	capture_init(&world.capture);
	*state = &world;
	return folder_make(&world.folder);
}

static int close_world(void **state)
{
	struct world *world = *state;

	capture_release(&world->capture);
	cosigner_release(&world->log);
	cosigner_release(&world->witness);
	return folder_drop(&world->folder);
}

static const char *put(struct world *world, size_t i, const void *bytes, size_t len)
{
	static const char *const names[] = {"one", "two", "three"};

	assert_int_equal(path_join(&world->files[i], world->folder, names[i]), STATUS_OK);
	assert_int_equal(file_put(world->files[i].text, bytes, len), STATUS_OK);
	return world->files[i].text;
}

static const char *put_head(struct world *world, size_t i, uint64_t size, uint8_t fork)
{
	struct checkpoint head = cosigners_head(size, fork);
	struct buf note = BUF_EMPTY;
	const char *name;

	cosigner_beat(&world->log, &head, COSIGNERS_TIME, &note);
	name = put(world, i, buf_head(&note), note.len);
	buf_release(&note);
	return name;
}

/* Entries, their head, and the proof of one of them; extra: with the entry in it. */
static const char *put_proof(struct world *world, bool extra, int twist)
{
	uint8_t entries[ENTRIES][ENTRY_FIXED_LEN];
	uint8_t leaves[ENTRIES][HASH_LEN];
	struct hash *hash = hash_new();
	struct tlogproof proof = {.index = PLACE};
	struct checkpoint head = {.origin = COSIGNERS_ORIGIN, .size = ENTRIES};
	struct rfc_tree *tree;
	struct buf note = BUF_EMPTY;
	struct buf text = BUF_EMPTY;
	const char *name;

	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct entry entry = {.class_ = ENTRY_CHANGE, .rpc = RPC_borrow, .sequence = i};

		entry.actor = 77;
		entry_encode(&entry, entries[i]);
		merkle_leaf(hash, entries[i], ENTRY_FIXED_LEN, leaves[i]);
	}
	tree = rfc_tree_new((const uint8_t(*)[HASH_LEN])leaves, ENTRIES);
	proof.proof.count = rfc_tree_path(tree, PLACE, 0, ENTRIES, proof.proof.hashes);
	memcpy(head.root, rfc_tree_hash(tree, 0, ENTRIES), HASH_LEN);
	cosigner_beat(&world->log, &head, COSIGNERS_TIME, &note);
	proof.checkpoint = (const char *)buf_head(&note);
	proof.checkpoint_len = note.len;
	if (extra) {
		entries[PLACE][24] ^= (uint8_t)twist;
		proof.extra = entries[PLACE];
		proof.extra_len = ENTRY_FIXED_LEN;
	}
	assert_int_equal(tlogproof_format(&proof, &text), STATUS_OK);
	name = put(world, 0, buf_head(&text), text.len);
	rfc_tree_free(tree);
	hash_free(hash);
	buf_release(&note);
	buf_release(&text);
	return name;
}

/* ledger verify FILES --key VKEY */
static enum status run(struct world *world, const char *const *words, size_t count)
{
	char ledger[] = "ledger";
	char verb[] = "verify";
	char *argv[12] = {ledger, verb};
	enum status status;

	for (size_t i = 0; i < count; i++)
		argv[2 + i] = (char *)(uintptr_t)words[i];
	status = cli_run(&world->capture.cli, argv, 2 + count);
	capture_flush(&world->capture);
	return status;
}

static enum status verify(struct world *world, const char *one, const char *two)
{
	const char *words[] = {"--key", world->vkey, one, two};

	return run(world, words, two != NULL ? 4 : 3);
}

static void says(const struct world *world, const char *words)
{
	if (strstr(world->capture.out, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, world->capture.out);
}

static void an_exported_receipt_is_verified_and_explained(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put_proof(world, true, 0), NULL), STATUS_OK);
	says(world, "signed by the ledger's key archive.example/dossier+");
	says(world, "number 5 of the 9 entries");
	says(world, "by account 77");
	says(world, "only its hash");
	says(world, "\n  Verified, except for what is said to be not known\n");
}

static void a_changed_entry_is_not_verified(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put_proof(world, true, 1), NULL), STATUS_PROOF);
	says(world, "FAILS");
	says(world, "not number 5");
	says(world, "Not verified");
}

static void a_proof_without_its_entry_proves_nothing(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put_proof(world, false, 0), NULL), STATUS_PROOF);
	says(world, "the entry itself is not in the file");
}

static void a_head_of_another_key_is_not_verified(void **state)
{
	struct world *world = *state;
	const char *name = put_head(world, 0, 7, 0);

	assert_int_equal(verify(world, name, NULL), STATUS_OK);
	cosigner_release(&world->log);
	cosigner_init(&world->log, COSIGNERS_ORIGIN, NOTE_ED25519);
	note_key_format(&world->log.key, world->vkey);
	assert_int_equal(verify(world, name, NULL), STATUS_PROOF);
	says(world, "not signed by a key that you gave");
}

static void two_heads_of_one_length_convict_their_signer(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put_head(world, 0, 7, 0), put_head(world, 1, 7, 1)),
			 STATUS_PROOF);
	says(world, "one key has signed two ledgers");
}

static void of_two_heads_it_says_what_is_not_known(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put_head(world, 0, 7, 0), put_head(world, 1, 8, 1)),
			 STATUS_OK);
	says(world, "these files have no proof of that");
}

static void what_is_neither_proof_nor_head_is_not_verified(void **state)
{
	struct world *world = *state;

	assert_int_equal(verify(world, put(world, 0, "nonsense", 8), NULL), STATUS_PROOF);
	assert_int_equal(verify(world, put(world, 0, "", 0), NULL), STATUS_PROOF);
	assert_int_equal(
		verify(world, put(world, 0, "c2sp.org/tlog-proof@v1\nindex 7\n", 31), NULL),
		STATUS_PROOF);
	assert_int_equal(verify(world, "/nowhere/at.all", NULL), STATUS_INPUT);
}

static void a_policy_asks_for_witnesses(void **state)
{
	struct world *world = *state;
	struct checkpoint head = cosigners_head(7, 0);
	char witness[NOTE_VKEY_MAX + 1];
	char policy[2048];
	struct buf note = BUF_EMPTY;
	const char *words[3] = {"--policy"};

	note_key_format(&world->witness.key, witness);
	snprintf(policy, sizeof(policy), "log %s\nwitness w %s\nquorum w\n", world->vkey, witness);
	words[1] = put(world, 1, policy, strlen(policy));
	words[2] = put_head(world, 0, 7, 0);
	assert_int_equal(run(world, words, 3), STATUS_PROOF);
	says(world, "fewer witnesses than the policy asks for");
	cosigner_beat(&world->log, &head, COSIGNERS_TIME, &note);
	cosigner_line(&world->witness, &note, COSIGNERS_TIME + 30, &note);
	words[2] = put(world, 2, buf_head(&note), note.len);
	assert_int_equal(run(world, words, 3), STATUS_OK);
	says(world, "the witness witness.example/w has seen it");
	says(world, "\n  Verified\n");
	buf_release(&note);
}

static void a_key_that_the_policy_has_does_not_hide_the_next_one(void **state)
{
	struct world *world = *state;
	struct cosigner next;
	char keys[2 * (NOTE_VKEY_MAX + 1) + 1];
	char policy[1024];
	struct buf note = BUF_EMPTY;
	struct checkpoint head = cosigners_head(7, 0);
	const char *words[] = {"--policy", NULL, "--key", NULL, NULL};
	char vkey[NOTE_VKEY_MAX + 1];

	cosigner_init(&next, COSIGNERS_ORIGIN, NOTE_ED25519);
	note_key_format(&next.key, vkey);
	snprintf(policy, sizeof(policy), "log %s\nquorum none\n", world->vkey);
	snprintf(keys, sizeof(keys), "%s\n%s\n", world->vkey, vkey);
	words[1] = put(world, 0, policy, strlen(policy));
	words[3] = put(world, 1, keys, strlen(keys));
	cosigner_beat(&next, &head, COSIGNERS_TIME, &note);
	words[4] = put(world, 2, buf_head(&note), note.len);
	assert_int_equal(run(world, words, 5), STATUS_OK);
	buf_release(&note);
	cosigner_release(&next);
}

static void a_policy_that_asks_for_nobody_proves_nothing_of_witnesses(void **state)
{
	struct world *world = *state;
	char policy[2048];
	const char *words[] = {"--policy", NULL, put_head(world, 0, 7, 0)};

	snprintf(policy, sizeof(policy), "log %s\nquorum none\n", world->vkey);
	words[1] = put(world, 1, policy, strlen(policy));
	assert_int_equal(run(world, words, 3), STATUS_OK);
	assert_null(strstr(world->capture.out, "as many witnesses as"));
	says(world, "whether others were shown the same ledger");
}

static void heads_are_compared_with_the_auditors_own_old_one(void **state)
{
	struct world *world = *state;
	const char *words[] = {"--key", world->vkey, "--since", put_head(world, 0, 7, 0),
			       put_head(world, 1, 7, 1)};

	assert_int_equal(run(world, words, 5), STATUS_PROOF);
	says(world, "one key has signed two ledgers");
	words[4] = put_head(world, 1, 9, 0);
	assert_int_equal(run(world, words, 5), STATUS_OK);
	says(world, "these files have no proof of that");
}

static void without_a_key_it_asks_for_one(void **state)
{
	struct world *world = *state;
	const char *words[] = {"--profile", world->folder, put_head(world, 0, 7, 0)};

	assert_int_equal(run(world, words, 3), STATUS_USAGE);
	assert_non_null(strstr(world->capture.err, "--key"));
}

static void json_has_every_finding(void **state)
{
	struct world *world = *state;
	const char *words[] = {"--key", world->vkey, "-o", "json", put_head(world, 0, 7, 0)};
	json_t *report;
	json_t *file;

	assert_int_equal(run(world, words, 5), STATUS_OK);
	report = json_loads(world->capture.out, 0, NULL);
	file = json_array_get(report, 0);
	assert_true(json_is_true(json_object_get(file, "verified")));
	assert_string_equal(json_string_value(json_object_get(file, "kind")), "checkpoint");
	assert_int_equal(json_array_size(json_object_get(file, "findings")), 3);
	json_decref(report);
}

/* What a client keeps when it was lied to is of use to whoever has no more than these files. */
static void evidence_can_be_verified_by_the_files_alone(void **state)
{
	struct world *world = *state;
	struct checkpoint heads[] = {cosigners_head(7, 0), cosigners_head(7, 1)};
	struct buf notes[2] = {BUF_EMPTY, BUF_EMPTY};
	struct evidence evidence = {.what = "two histories", .server = "head.example"};
	static uint8_t hashes[2 * HASH_LEN];
	struct path folder;
	struct path again;
	struct path kept;
	struct path shown;

	for (size_t i = 0; i < 2; i++)
		cosigner_beat(&world->log, &heads[i], COSIGNERS_TIME, &notes[i]);
	evidence.kept.data = (uint8_t *)(uintptr_t)buf_head(&notes[0]);
	evidence.kept.len = notes[0].len;
	evidence.shown.data = (uint8_t *)(uintptr_t)buf_head(&notes[1]);
	evidence.shown.len = notes[1].len;
	evidence.hashes = (ProtobufCBinaryData){sizeof(hashes), hashes};
	evidence.old_size = 7;
	assert_int_equal(evidence_save(&evidence, world->folder, &folder), STATUS_OK);
	assert_int_equal(evidence_save(&evidence, world->folder, &again), STATUS_OK);
	assert_string_not_equal(folder.text, again.text);
	assert_int_equal(path_join(&kept, folder.text, "kept.checkpoint"), STATUS_OK);
	assert_int_equal(path_join(&shown, folder.text, "shown.checkpoint"), STATUS_OK);
	assert_int_equal(verify(world, kept.text, shown.text), STATUS_PROOF);
	says(world, "one key has signed two ledgers");
	buf_release(&notes[0]);
	buf_release(&notes[1]);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(an_exported_receipt_is_verified_and_explained),
		in_world(a_changed_entry_is_not_verified),
		in_world(a_proof_without_its_entry_proves_nothing),
		in_world(a_head_of_another_key_is_not_verified),
		in_world(two_heads_of_one_length_convict_their_signer),
		in_world(of_two_heads_it_says_what_is_not_known),
		in_world(what_is_neither_proof_nor_head_is_not_verified),
		in_world(a_policy_asks_for_witnesses),
		in_world(a_key_that_the_policy_has_does_not_hide_the_next_one),
		in_world(a_policy_that_asks_for_nobody_proves_nothing_of_witnesses),
		in_world(heads_are_compared_with_the_auditors_own_old_one),
		in_world(without_a_key_it_asks_for_one),
		in_world(json_has_every_finding),
		in_world(evidence_can_be_verified_by_the_files_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
