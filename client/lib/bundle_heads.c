/* The signed heads of a bundle, and the auditor's own old one. */
#include <string.h>

#include "client/lib/bundle_inside.h"

enum status check_since(struct check *check)
{
	const struct checkpoint *since = check->ask->since;
	uint8_t root[HASH_LEN];

	if (since == NULL || since->size != check->tree.size)
		return STATUS_OK;
	check->since_met = true;
	merkle_root(&check->tree, check->hash, root);
	check->findings->since_holds = memcmp(root, since->root, HASH_LEN) == 0;
	return check->findings->since_holds ? STATUS_OK : check_fault(check, BUNDLE_FAULT_FORKED);
}

/* A head beyond the last entry may be as old as the auditor's. */
static enum status compare_since(struct check *check, const struct checkpoint *head)
{
	const struct checkpoint *since = check->ask->since;

	if (since == NULL || check->since_met || since->size != head->size)
		return STATUS_OK;
	check->since_met = true;
	check->findings->since_holds = memcmp(head->root, since->root, HASH_LEN) == 0;
	return check->findings->since_holds ? STATUS_OK : check_fault(check, BUNDLE_FAULT_FORKED);
}

/* By one of the keys; which one it was does not matter to the head, but to its time. */
static enum status signed_by_key(const struct bundle_ask *ask, const void *note, size_t len,
				 struct checkpoint *checkpoint, struct note_key *by)
{
	enum status status = STATUS_PROOF;

	for (size_t i = 0; status == STATUS_PROOF && i < ask->key_count; i++) {
		status = checkpoint_verify(checkpoint, NULL, note, len, &ask->keys[i], 1);
		*by = ask->keys[i];
	}
	return status;
}

enum status bundle_verify_head(const struct bundle_ask *ask, const void *note, size_t len,
			       struct checkpoint *checkpoint, struct note_key *by,
			       struct policy_verdict *verdict)
{
	struct policy_verdict judged = {.log = NULL};
	enum status status = STATUS_PROOF;

	if (ask->key_count > 0)
		status = signed_by_key(ask, note, len, checkpoint, by);
	if (ask->policy == NULL || (ask->key_count > 0 && status != STATUS_OK))
		return status;
	enum status by_policy = policy_judge(ask->policy, note, len, &judged);
	if (by_policy != STATUS_OK && by_policy != STATUS_PROOF)
		return by_policy;
	if (ask->key_count == 0 && judged.log != NULL) {
		*checkpoint = judged.checkpoint;
		*by = *judged.log;
		status = STATUS_OK;
	}
	if (verdict != NULL)
		*verdict = judged;
	return status;
}

static enum status check_signature(struct check *check, const struct bundle_head *head,
				   struct checkpoint *checkpoint, struct note_key *by)
{
	struct bundle_findings *findings = check->findings;
	struct policy_verdict verdict = {.quorum = false};
	enum status status = bundle_verify_head(check->ask, head->note, head->note_len, checkpoint,
						by, &verdict);

	if (status == STATUS_INVALID)
		return check_fault(check, BUNDLE_FAULT_HEAD);
	if (status == STATUS_PROOF)
		return check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (status != STATUS_OK)
		return status;
	if (findings->origin[0] != '\0' && strcmp(findings->origin, checkpoint->origin) != 0)
		return check_fault(check, BUNDLE_FAULT_ORIGIN);
	memcpy(findings->origin, checkpoint->origin, sizeof(findings->origin));
	if (verdict.quorum && (!check->witnessed || checkpoint->size > findings->witnessed_size)) {
		check->witnessed = true;
		findings->witnessed_size = checkpoint->size;
		findings->witnesses = verdict.witness_count;
	}
	return STATUS_OK;
}

/* Between the bundle's end and the head, from the smaller to the larger. */
static enum status check_growth(struct check *check, const struct checkpoint *checkpoint,
				const struct merkle_proof *proof)
{
	uint64_t to = check->findings->to;
	const uint8_t *root = check->findings->root_to;
	enum status status;

	if (checkpoint->size >= to)
		status = merkle_verify_consistency(to, checkpoint->size, proof->hashes,
						   proof->count, root, checkpoint->root);
	else
		status = merkle_verify_consistency(checkpoint->size, to, proof->hashes,
						   proof->count, checkpoint->root, root);
	return status == STATUS_PROOF ? check_fault(check, BUNDLE_FAULT_HEAD_GROWTH) : status;
}

/* The log's own key signs with the time in a heartbeat. */
static enum status find_time_by(struct check *check, const struct checkpoint *checkpoint,
				const struct bundle_head *head, const struct note_key *by)
{
	struct bundle_findings *findings = check->findings;
	struct note_key dated;
	struct note note;
	uint64_t time;
	enum status status = note_parse(&note, head->note, head->note_len);

	if (status == STATUS_OK)
		status = note_key_make(&dated, by->name, NOTE_COSIGNATURE, by->key);
	if (status == STATUS_OK)
		status = note_verify(&note, &dated, &time);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status != STATUS_OK)
		return status == STATUS_MEMORY ? status
					       : check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (time <= INT64_MAX && (int64_t)time > findings->dated) {
		findings->dated = (int64_t)time;
		findings->dated_size = checkpoint->size;
	}
	return STATUS_OK;
}

/* While a new key follows an old one a head is signed by both, and dated by one. */
static enum status find_time(struct check *check, const struct checkpoint *checkpoint,
			     const struct bundle_head *head, const struct note_key *by)
{
	const struct bundle_ask *ask = check->ask;
	enum status status = STATUS_OK;

	if (ask->key_count == 0)
		return find_time_by(check, checkpoint, head, by);
	for (size_t i = 0; status == STATUS_OK && i < ask->key_count; i++)
		status = find_time_by(check, checkpoint, head, &ask->keys[i]);
	return status;
}

enum status check_head(struct check *check, const struct bundle_head *head)
{
	struct bundle_findings *findings = check->findings;
	struct checkpoint checkpoint;
	struct note_key by;
	enum status status = check_signature(check, head, &checkpoint, &by);

	if (status == STATUS_OK)
		status = check_growth(check, &checkpoint, &head->proof);
	if (status == STATUS_OK)
		status = compare_since(check, &checkpoint);
	if (status == STATUS_OK)
		status = find_time(check, &checkpoint, head, &by);
	if (status != STATUS_OK)
		return status;
	findings->heads++;
	if (checkpoint.size >= findings->head_size)
		findings->head_size = checkpoint.size;
	check->reaches = check->reaches || checkpoint.size >= findings->to;
	return STATUS_OK;
}

enum status check_heads_end(struct check *check)
{
	const struct checkpoint *since = check->ask->since;

	if (!check->reaches)
		return check_fault(check, BUNDLE_FAULT_NO_HEAD);
	if (check->ask->policy != NULL && !check->witnessed)
		return check_fault(check, BUNDLE_FAULT_WITNESSES);
	if (since != NULL && !check->since_met)
		return check_fault(check, since->size < check->findings->from
						  ? BUNDLE_FAULT_SINCE_EARLY
						  : BUNDLE_FAULT_SINCE_LATE);
	return STATUS_OK;
}
