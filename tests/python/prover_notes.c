/* Notes, proofs as text, policies and bundles, as the product reads and writes them. */
#include "tests/python/prover.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/bundle_check.h"
#include "common/bytes.h"
#include "common/ed25519.h"
#include "common/note.h"
#include "common/policy.h"
#include "common/tlogproof.h"

enum status serve_sign(struct prover *prover, struct body *body, struct buf *answer)
{
	struct body pem = take_run(body);
	uint64_t time = bytes_get64(take(body, 8));
	enum note_type type = *take(body, 1);
	struct body name = take_run(body);
	char text[NOTE_NAME_MAX + 1] = {0}, vkey[NOTE_VKEY_MAX + 1];
	uint8_t public[ED25519_KEY_LEN];
	struct ed25519 *private;
	struct note_key key;

	(void)prover;
	if (name.left > NOTE_NAME_MAX ||
	    ed25519_load(&private, (const char *)pem.at, pem.left) != STATUS_OK)
		return STATUS_INVALID;
	memcpy(text, name.at, name.left);
	ed25519_public(private, public);
	enum status status = note_key_make(&key, text, type, public);
	if (status == STATUS_OK) {
		note_key_format(&key, vkey);
		add(answer, vkey, strlen(vkey));
		add(answer, "\n", 1);
		status = note_sign(answer, &key, private, time, (const char *)body->at, body->left);
	}
	ed25519_free(private);
	return status;
}

/* Of a run. */
static enum status take_key(struct body *body, struct note_key *key)
{
	struct body vkey = take_run(body);

	return note_key_parse(key, (const char *)vkey.at, vkey.left);
}

enum status serve_verify_note(struct prover *prover, struct body *body, struct buf *answer)
{
	struct note_key key;
	struct note note;
	uint64_t time;
	enum status status = take_key(body, &key);

	(void)prover;
	if (status == STATUS_OK)
		status = note_parse(&note, body->at, body->left);
	if (status == STATUS_OK)
		status = note_verify(&note, &key, &time);
	if (status == STATUS_OK)
		add64(answer, time);
	return status;
}

enum status serve_verify_checkpoint(struct prover *prover, struct body *body, struct buf *answer)
{
	struct note_key key;
	struct checkpoint checkpoint;
	enum status status = take_key(body, &key);

	(void)prover;
	if (status == STATUS_OK)
		status = checkpoint_verify(&checkpoint, NULL, body->at, body->left, &key, 1);
	if (status == STATUS_OK) {
		add64(answer, checkpoint.size);
		add(answer, checkpoint.root, HASH_LEN);
	}
	return status;
}

enum status serve_tlogproof(struct prover *prover, struct body *body, struct buf *answer)
{
	struct tlogproof proof = {.index = bytes_get64(take(body, 8))};
	const struct merkle_edge *edge = edge_of(prover, bytes_get64(take(body, 8)));
	struct body extra = take_run(body);

	proof.extra = extra.left > 0 ? extra.at : NULL;
	proof.extra_len = extra.left;
	proof.checkpoint = (const char *)body->at;
	proof.checkpoint_len = body->left;
	enum status status = merkle_prove_inclusion(edge, proof.index, &proof.proof);
	return status == STATUS_OK ? tlogproof_format(&proof, answer) : status;
}

enum status serve_verify_tlogproof(struct prover *prover, struct body *body, struct buf *answer)
{
	struct note_key key;
	enum status status = take_key(body, &key);
	const uint8_t *leaf = take(body, HASH_LEN);
	struct tlogproof proof;
	struct checkpoint checkpoint;

	(void)prover;
	if (status == STATUS_OK)
		status = tlogproof_parse(&proof, body->at, body->left, answer);
	if (status == STATUS_OK)
		status = checkpoint_verify(&checkpoint, NULL, proof.checkpoint,
					   proof.checkpoint_len, &key, 1);
	if (status == STATUS_OK)
		status = merkle_verify_inclusion(proof.index, checkpoint.size, leaf,
						 (const uint8_t(*)[HASH_LEN])proof.proof.hashes,
						 proof.proof.count, checkpoint.root);
	return status;
}

enum status serve_judge(struct prover *prover, struct body *body, struct buf *answer)
{
	struct body text = take_run(body);
	struct policy_verdict verdict;
	struct policy *policy;
	size_t line;
	enum status status = policy_parse(&policy, (const char *)text.at, text.left, &line);

	(void)prover;
	(void)answer;
	if (status == STATUS_OK) {
		status = policy_judge(policy, body->at, body->left, &verdict);
		policy_free(policy);
	}
	return status;
}

/* A policy that trusts this key and wants no witness. */
static enum status trust(const struct note_key *key, struct policy **policy)
{
	static const char nobody[] = "quorum none\n";
	size_t line;
	enum status status = policy_parse(policy, nobody, sizeof(nobody) - 1, &line);

	return status == STATUS_OK ? policy_add_log(*policy, key) : status;
}

static enum status check_bundle(const struct body *body, const struct bundle_ask *ask,
				struct bundle_findings *findings)
{
	FILE *from = fmemopen((void *)(uintptr_t)body->at, body->left, "r");

	if (from == NULL)
		die("no stream");
	enum status status = bundle_check(from, ask, findings);
	(void)fclose(from);
	return status;
}

enum status serve_verify_bundle(struct prover *prover, struct body *body, struct buf *answer)
{
	struct note_key key;
	enum status status = take_key(body, &key);
	struct body old = take_run(body);
	struct checkpoint since;
	struct policy *policy = NULL;
	struct bundle_findings findings = {0};

	(void)prover;
	if (status == STATUS_OK && old.left > 0)
		status = checkpoint_parse(&since, (const char *)old.at, old.left);
	if (status == STATUS_OK)
		status = trust(&key, &policy);
	struct bundle_ask ask = {
		.policy = policy, .since = old.left > 0 ? &since : NULL, .size = body->left};
	if (status == STATUS_OK)
		status = check_bundle(body, &ask, &findings);
	policy_free(policy);
	const char *fault = bundle_fault_name(findings.fault);
	add(answer, fault, strlen(fault));
	return status;
}
