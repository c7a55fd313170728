/* One key of the ledger following another, as the signer does it. */
#include "server/ledger/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/path.h"

#define ORIGIN "archive.example/dossier"
#define TIME INT64_C(1700000000000000)

struct fixture {
	char parent[64];
	struct signer *signer;
	struct note_key keys[2]; /* the first one's, the next one's */
	struct buf pem;          /* of the next one */
};

static struct ed25519 *pair_of(const struct buf *pem)
{
	struct ed25519 *pair = NULL;

	assert_int_equal(ed25519_load(&pair, (const char *)buf_head(pem), pem->len), STATUS_OK);
	return pair;
}

static void key_of(const struct ed25519 *pair, struct note_key *key)
{
	uint8_t public[ED25519_KEY_LEN];

	ed25519_public(pair, public);
	assert_int_equal(note_key_make(key, ORIGIN, NOTE_ED25519, public), STATUS_OK);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct buf pem = BUF_EMPTY;
	struct ed25519 *pair;
	char why[SIGNER_WHY_LEN];
	struct path directory;

	assert_non_null(fixture);
	(void)snprintf(fixture->parent, sizeof(fixture->parent), "/tmp/dossier-signer-XXXXXX");
	assert_non_null(mkdtemp(fixture->parent));
	assert_int_equal(path_join(&directory, fixture->parent, "signer"), STATUS_OK);
	assert_int_equal(ed25519_new(&pair, &pem), STATUS_OK);
	key_of(pair, &fixture->keys[0]);
	ed25519_free(pair);
	assert_int_equal(ed25519_new(&pair, &fixture->pem), STATUS_OK);
	key_of(pair, &fixture->keys[1]);
	ed25519_free(pair);
	assert_int_equal(signer_create(directory.text), STATUS_OK);
	assert_int_equal(
		signer_open(&fixture->signer, directory.text, ORIGIN, buf_head(&pem), pem.len, why),
		STATUS_OK);
	buf_release(&pem);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char command[96];

	signer_close(fixture->signer);
	buf_release(&fixture->pem);
	(void)snprintf(command, sizeof(command), "rm -r %s", fixture->parent);
	int left = system(command);
	free(fixture);
	return left;
}

/* Signs a next head and tells which of the keys signed it and its heartbeat: bits. */
static unsigned signed_by(struct fixture *fixture)
{
	struct signed_head head;
	struct merkle_proof none = {.count = 0};
	struct checkpoint checkpoint;
	unsigned found = 0;

	/* From the second head on the root stays: a head of the same size is not signed anew. */
	signer_last(fixture->signer, &checkpoint.size, checkpoint.root);
	if (checkpoint.size == 0) {
		memset(checkpoint.root, 1, HASH_LEN);
		assert_int_equal(signer_sign(fixture->signer, 1, checkpoint.root, &none, TIME),
				 STATUS_OK);
	}
	assert_int_equal(signer_beat(fixture->signer, TIME), STATUS_OK);
	signer_head(fixture->signer, &head);
	for (unsigned i = 0; i < 2; i++) {
		struct note_key dated;
		struct note note;
		uint64_t time;
		assert_int_equal(
			note_key_make(&dated, ORIGIN, NOTE_COSIGNATURE, fixture->keys[i].key),
			STATUS_OK);
		assert_int_equal(note_parse(&note, head.heartbeat, head.heartbeat_len), STATUS_OK);
		bool plain = note_verify(&note, &fixture->keys[i], NULL) == STATUS_OK;
		bool beat = note_verify(&note, &dated, &time) == STATUS_OK;
		assert_int_equal(plain, beat);
		found |= (unsigned)plain << i;
	}
	return found;
}

static void a_next_key_signs_nothing_until_it_follows(void **state)
{
	struct fixture *fixture = *state;
	struct note_key key;

	assert_int_equal(signer_next(fixture->signer, &key), STATUS_NOT_FOUND);
	assert_int_equal(signer_companions(fixture->signer, NULL, pair_of(&fixture->pem)),
			 STATUS_OK);
	assert_int_equal(signer_next(fixture->signer, &key), STATUS_OK);
	assert_memory_equal(&key, &fixture->keys[1], sizeof(key));
	assert_int_equal(signed_by(fixture), 1);
	signer_key(fixture->signer, &key);
	assert_memory_equal(&key, &fixture->keys[0], sizeof(key));
}

static void both_sign_once_it_follows(void **state)
{
	struct fixture *fixture = *state;
	struct note_key key;

	assert_int_equal(signer_companions(fixture->signer, NULL, pair_of(&fixture->pem)),
			 STATUS_OK);
	signer_succeed(fixture->signer);
	assert_int_equal(signed_by(fixture), 3);
	signer_key(fixture->signer, &key);
	assert_memory_equal(&key, &fixture->keys[1], sizeof(key));
	assert_int_equal(signer_next(fixture->signer, &key), STATUS_NOT_FOUND);
	/* The operator took the old one away. */
	assert_int_equal(signer_companions(fixture->signer, NULL, NULL), STATUS_OK);
	assert_int_equal(signed_by(fixture), 2);
}

static void an_old_key_signs_beside_the_one_that_signs(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(signer_companions(fixture->signer, pair_of(&fixture->pem), NULL),
			 STATUS_OK);
	assert_int_equal(signed_by(fixture), 3);
}

static void a_key_does_not_follow_itself(void **state)
{
	struct fixture *fixture = *state;
	struct note_key key;

	assert_int_equal(signer_companions(fixture->signer, NULL, pair_of(&fixture->pem)),
			 STATUS_OK);
	signer_succeed(fixture->signer);
	assert_int_equal(signer_companions(fixture->signer, NULL, pair_of(&fixture->pem)),
			 STATUS_INVALID);
	assert_int_equal(signer_next(fixture->signer, &key), STATUS_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_next_key_signs_nothing_until_it_follows, setup,
						teardown),
		cmocka_unit_test_setup_teardown(both_sign_once_it_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(an_old_key_signs_beside_the_one_that_signs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_key_does_not_follow_itself, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
