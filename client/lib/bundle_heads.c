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

static void take_witnesses(struct check *check, const struct policy_verdict *verdict)
{
	struct bundle_findings *findings = check->findings;

	if (check->witnessed && verdict->checkpoint.size <= findings->witnessed_size)
		return;
	check->witnessed = true;
	findings->witnessed_size = verdict->checkpoint.size;
	findings->witnesses = verdict->witness_count;
}

/* That a log of the policy signed it; not every head need have its witnesses. */
static enum status check_signature(struct check *check, const struct bundle_head *head,
				   struct checkpoint *checkpoint)
{
	struct bundle_findings *findings = check->findings;
	struct policy_verdict verdict = {.log = NULL};
	enum status status = policy_judge(check->ask->policy, head->note, head->note_len, &verdict);

	if (status == STATUS_INVALID)
		return check_fault(check, BUNDLE_FAULT_HEAD);
	if (status == STATUS_PROOF && (verdict.log == NULL || verdict.quorum))
		return check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status;
	*checkpoint = verdict.checkpoint;
	if (findings->origin[0] != '\0' && strcmp(findings->origin, checkpoint->origin) != 0)
		return check_fault(check, BUNDLE_FAULT_ORIGIN);
	memcpy(findings->origin, checkpoint->origin, sizeof(findings->origin));
	if (status == STATUS_OK)
		take_witnesses(check, &verdict);
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
			     const struct bundle_head *head)
{
	const struct note_key *key;
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && (key = policy_log(check->ask->policy, i)) != NULL;
	     i++)
		status = find_time_by(check, checkpoint, head, key);
	return status;
}

enum status check_head(struct check *check, const struct bundle_head *head)
{
	struct bundle_findings *findings = check->findings;
	struct checkpoint checkpoint;
	enum status status = check_signature(check, head, &checkpoint);

	if (status == STATUS_OK)
		status = check_growth(check, &checkpoint, &head->proof);
	if (status == STATUS_OK)
		status = compare_since(check, &checkpoint);
	if (status == STATUS_OK)
		status = find_time(check, &checkpoint, head);
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
	if (!check->witnessed)
		return check_fault(check, BUNDLE_FAULT_WITNESSES);
	if (since != NULL && !check->since_met)
		return check_fault(check, since->size < check->findings->from
						  ? BUNDLE_FAULT_SINCE_EARLY
						  : BUNDLE_FAULT_SINCE_LATE);
	return STATUS_OK;
}
