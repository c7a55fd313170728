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

static enum status check_signature(struct check *check, const struct bundle_head *head,
				   struct checkpoint *checkpoint, struct note *note)
{
	struct bundle_findings *findings = check->findings;
	enum status status = checkpoint_verify(checkpoint, note, head->note, head->note_len,
					       check->ask->keys, check->ask->key_count);

	if (status == STATUS_INVALID)
		return check_fault(check, BUNDLE_FAULT_HEAD);
	if (status == STATUS_PROOF)
		return check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (status != STATUS_OK)
		return status;
	if (findings->origin[0] != '\0' && strcmp(findings->origin, checkpoint->origin) != 0)
		return check_fault(check, BUNDLE_FAULT_ORIGIN);
	memcpy(findings->origin, checkpoint->origin, sizeof(findings->origin));
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
static enum status find_time(struct check *check, const struct checkpoint *checkpoint,
			     const struct note *note)
{
	struct bundle_findings *findings = check->findings;
	enum status status = STATUS_OK;
	struct note_key dated;
	uint64_t time;

	for (size_t i = 0; status == STATUS_OK && i < check->ask->key_count; i++) {
		const struct note_key *key = &check->ask->keys[i];

		status = note_key_make(&dated, key->name, NOTE_COSIGNATURE, key->key);
		if (status == STATUS_OK)
			status = note_verify(note, &dated, &time);
		if (status == STATUS_OK && time <= INT64_MAX && (int64_t)time > findings->dated) {
			findings->dated = (int64_t)time;
			findings->dated_size = checkpoint->size;
		}
		if (status == STATUS_NOT_FOUND)
			status = STATUS_OK;
	}
	return status == STATUS_PROOF ? check_fault(check, BUNDLE_FAULT_SIGNATURE) : status;
}

enum status check_head(struct check *check, const struct bundle_head *head)
{
	struct bundle_findings *findings = check->findings;
	struct checkpoint checkpoint;
	struct note note;
	enum status status = check_signature(check, head, &checkpoint, &note);

	if (status == STATUS_OK)
		status = check_growth(check, &checkpoint, &head->proof);
	if (status == STATUS_OK)
		status = compare_since(check, &checkpoint);
	if (status == STATUS_OK)
		status = find_time(check, &checkpoint, &note);
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
	if (since != NULL && !check->since_met)
		return check_fault(check, since->size < check->findings->from
						  ? BUNDLE_FAULT_SINCE_EARLY
						  : BUNDLE_FAULT_SINCE_LATE);
	return STATUS_OK;
}
