/* The signed heads of a bundle, and the auditor's own old one. */
#include <string.h>

#include "client/lib/bundle_inside.h"

#define SECOND 1000000 /* microseconds */

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
				   struct policy_verdict *verdict)
{
	struct bundle_findings *findings = check->findings;
	const struct checkpoint *checkpoint = &verdict->checkpoint;
	enum status status = policy_judge(check->ask->policy, head->note, head->note_len, verdict);

	if (status == STATUS_INVALID)
		return check_fault(check, BUNDLE_FAULT_HEAD);
	if (status == STATUS_PROOF && (verdict->log == NULL || verdict->quorum))
		return check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status;
	if (findings->origin[0] != '\0' && strcmp(findings->origin, checkpoint->origin) != 0)
		return check_fault(check, BUNDLE_FAULT_ORIGIN);
	memcpy(findings->origin, checkpoint->origin, sizeof(findings->origin));
	if (status == STATUS_OK)
		take_witnesses(check, verdict);
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

/* ---- when heads were signed ---- */

/* The later one of *time and when that key of the log signed. */
static enum status read_time(const struct note *note, const struct note_key *by, int64_t *time)
{
	struct note_key dated;
	uint64_t found;
	enum status status = note_key_make(&dated, by->name, NOTE_COSIGNATURE, by->key);

	if (status == STATUS_OK)
		status = note_verify(note, &dated, &found);
	if (status == STATUS_OK && found <= INT64_MAX && (int64_t)found > *time)
		*time = (int64_t)found;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* While a new key follows an old one a head is signed by both, and dated by one. */
enum status bundle_head_time(const struct policy *policy, const void *bytes, size_t len,
			     int64_t *time)
{
	const struct note_key *key;
	struct note note;
	enum status status = note_parse(&note, bytes, len);

	*time = 0;
	for (size_t i = 0; status == STATUS_OK && (key = policy_log(policy, i)) != NULL; i++)
		status = read_time(&note, key, time);
	return status;
}

/* Nothing that was there at that time (seconds) can be later. */
static enum status compare_time(struct check *check, uint64_t size, uint64_t time)
{
	struct rung rung;

	check->findings->times++;
	if (!ladder_below(&check->ladder, size, &rung) || rung.time < 0 ||
	    (uint64_t)rung.time / SECOND <= time ||
	    (uint64_t)rung.time / SECOND - time <= BUNDLE_CLOCKS)
		return STATUS_OK;
	(void)check_fault(check, BUNDLE_FAULT_FORWARD);
	check->findings->sequence = rung.sequence;
	return STATUS_PROOF;
}

/* The log's own key signs with the time in a heartbeat, and every witness does. */
static enum status check_times(struct check *check, const struct bundle_head *head,
			       const struct policy_verdict *verdict)
{
	struct bundle_findings *findings = check->findings;
	uint64_t size = verdict->checkpoint.size;
	int64_t time;
	enum status status =
		bundle_head_time(check->ask->policy, head->note, head->note_len, &time);

	if (status != STATUS_OK)
		return status == STATUS_MEMORY ? status
					       : check_fault(check, BUNDLE_FAULT_SIGNATURE);
	if (time > findings->dated) {
		findings->dated = time;
		findings->dated_size = size;
	}
	if (time > 0)
		status = compare_time(check, size, (uint64_t)time);
	for (size_t i = 0; status == STATUS_OK && i < verdict->witness_count; i++)
		status = compare_time(check, size, verdict->witnesses[i].time);
	return status;
}

enum status check_head(struct check *check, const struct bundle_head *head)
{
	struct bundle_findings *findings = check->findings;
	struct policy_verdict verdict = {.log = NULL};
	const struct checkpoint *checkpoint = &verdict.checkpoint;
	enum status status = check_signature(check, head, &verdict);

	if (status == STATUS_OK)
		status = check_growth(check, checkpoint, &head->proof);
	if (status == STATUS_OK)
		status = compare_since(check, checkpoint);
	if (status == STATUS_OK)
		status = check_times(check, head, &verdict);
	if (status != STATUS_OK)
		return status;
	findings->heads++;
	if (checkpoint->size >= findings->head_size)
		findings->head_size = checkpoint->size;
	check->reaches = check->reaches || checkpoint->size >= findings->to;
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
