#include "client/cmd/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/json.h"
#include "client/cli/lang.h"
#include "client/cli/safe.h"
#include "client/cli/table.h"
#include "common/base64.h"
#include "common/date.h"
#include "common/entry.h"
#include "common/file.h"
#include "common/rpc.h"
#include "common/tlogproof.h"

#define MARK_WIDTH 12

static const struct {
	const char *word;
	const char *name;
} findings[] = {
	[FINDING_HOLDS] = {N_("holds"), "holds"},
	[FINDING_FAILS] = {N_("FAILS"), "fails"},
	[FINDING_OPEN] = {N_("not known"), "open"},
};

void verify_tell(struct verifying *verifying, enum finding finding, const char *format, ...)
{
	FILE *out = verifying->cli->out;
	va_list arguments;
	char *text = NULL;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	verifying->failed = verifying->failed || finding == FINDING_FAILS || len < 0;
	verifying->open += finding == FINDING_OPEN;
	if (len < 0)
		return;
	if (verifying->cli->format == FORMAT_JSON) {
		/* A failed append shows as a report that cannot be written. */
		(void)json_array_append_new(
			verifying->findings,
			json_pack("{s:s, s:s}", "finding", findings[finding].name, "text", text));
	} else {
		fputs("  ", out);
		table_cell(out, _(findings[finding].word), MARK_WIDTH, false);
		safe_write(out, text);
		fputc('\n', out);
	}
	free(text);
}

/* ---- heads ---- */

static void tell_signatures(struct verifying *verifying, const struct policy_verdict *verdict)
{
	char vkey[NOTE_VKEY_MAX + 1];
	char time[DATE_TIME_TEXT_LEN];

	if (verdict->log == NULL) {
		verify_tell(verifying, FINDING_FAILS,
			    _("the head is not signed by a key that you gave"));
		return;
	}
	note_key_format(verdict->log, vkey);
	verify_tell(verifying, FINDING_HOLDS, _("the head is signed by the ledger's key %s"), vkey);
	for (size_t i = 0; i < verdict->witness_count; i++) {
		const struct policy_witness *witness = &verdict->witnesses[i];

		date_format_time((int64_t)(witness->time * 1000000), FIELD_ZONE_MINUTES, time);
		verify_tell(verifying, FINDING_HOLDS, _("the witness %s has seen it, %s"),
			    witness->key->name, time);
	}
	if (verdict->quorum && verifying->witnessed)
		verify_tell(verifying, FINDING_HOLDS,
			    _("these are as many witnesses as the policy asks for"));
	else if (verifying->witnessed)
		verify_tell(verifying, FINDING_FAILS,
			    _("these are fewer witnesses than the policy asks for"));
	else
		verify_tell(verifying, FINDING_OPEN,
			    _("whether others were shown the same ledger: for that, give a policy "
			      "that names witnesses"));
}

/* Two heads that contradict each other prove more than either alone. */
static void compare(struct verifying *verifying, const struct checkpoint *head)
{
	for (size_t i = 0; i < verifying->count; i++) {
		const struct checkpoint *other = &verifying->heads[i];

		if (strcmp(other->origin, head->origin) != 0)
			continue;
		if (other->size != head->size)
			verify_tell(verifying, FINDING_OPEN,
				    _("whether it grew from the head of %s, or that from it: these "
				      "files have no proof of that"),
				    verifying->names[i]);
		else if (memcmp(other->root, head->root, HASH_LEN) == 0)
			verify_tell(verifying, FINDING_HOLDS, _("it is the head of %s, too"),
				    verifying->names[i]);
		else
			verify_tell(verifying, FINDING_FAILS,
				    _("it contradicts the head of %s: one key has signed two "
				      "ledgers of the same length. Keep both files"),
				    verifying->names[i]);
	}
}

enum status verify_remember(struct verifying *verifying, const struct checkpoint *head)
{
	struct checkpoint *heads =
		realloc(verifying->heads, (verifying->count + 1) * sizeof(*heads));
	const char **names;

	if (heads == NULL)
		return STATUS_MEMORY;
	verifying->heads = heads;
	names = realloc(verifying->names, (verifying->count + 1) * sizeof(*names));
	if (names == NULL)
		return STATUS_MEMORY;
	verifying->names = names;
	heads[verifying->count] = *head;
	names[verifying->count++] = verifying->file;
	return STATUS_OK;
}

enum status verify_head(struct verifying *verifying, const void *note, size_t len,
			struct checkpoint *checkpoint)
{
	char root[BASE64_LEN(HASH_LEN) + 1];
	struct policy_verdict verdict = {0};
	enum status status = policy_judge(verifying->policy, note, len, &verdict);

	if (status == STATUS_INVALID) {
		verify_tell(verifying, FINDING_FAILS, _("what should be a signed head is none"));
		return STATUS_PROOF;
	}
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status;
	*checkpoint = verdict.checkpoint;
	base64_encode(checkpoint->root, HASH_LEN, root);
	tell_signatures(verifying, &verdict);
	if (status == STATUS_PROOF) {
		if (!verifying->failed)
			verify_tell(verifying, FINDING_FAILS, _("a signature is wrong"));
		return status;
	}
	verify_tell(verifying, FINDING_HOLDS, _("ledger %s, %llu entries, root %s"),
		    checkpoint->origin, (unsigned long long)checkpoint->size, root);
	compare(verifying, checkpoint);
	return verify_remember(verifying, checkpoint);
}

/* ---- entries ---- */

static const char *what_of(const struct entry *entry)
{
	const struct rpc *rpc = rpc_find(entry->rpc);

	return rpc == NULL ? "?" : _(rpc->summary);
}

enum status verify_header(struct verifying *verifying, const uint8_t *header, size_t len)
{
	struct subject *subjects = calloc(ENTRY_SUBJECTS_MAX, sizeof(*subjects));
	char time[DATE_TIME_TEXT_LEN];
	struct entry entry;
	enum status status;

	if (subjects == NULL)
		return STATUS_MEMORY;
	status = entry_decode(&entry, subjects, header, len);
	if (status == STATUS_OK) {
		date_format_time(entry.time, FIELD_ZONE_MINUTES, time);
		verify_tell(verifying, FINDING_HOLDS,
			    _("entry %llu says: %s, by account %llu, %s, %s"),
			    (unsigned long long)entry.sequence, what_of(&entry),
			    (unsigned long long)entry.actor, time,
			    _(status_text((enum status)entry.status)));
	}
	free(subjects);
	return status;
}

/* ---- files ---- */

/* STATUS_INPUT and a complaint when it cannot be read. */
static enum status read_file(struct verifying *verifying, size_t max, uint8_t **bytes, size_t *len)
{
	enum status status = file_get(verifying->file, max, bytes, len);

	if (status == STATUS_OK || status == STATUS_MEMORY)
		return status;
	return cli_complain(verifying->cli, STATUS_INPUT, _("%s cannot be read"), verifying->file);
}

enum status verify_checkpoint_file(struct verifying *verifying)
{
	struct checkpoint checkpoint;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = read_file(verifying, NOTE_MAX, &bytes, &len);

	if (status == STATUS_OK)
		status = verify_head(verifying, bytes, len, &checkpoint);
	free(bytes);
	return status == STATUS_PROOF ? STATUS_OK : status;
}

/* The entry is the extra of our proofs; the leaf follows from it. */
static enum status verify_inclusion(struct verifying *verifying, const struct tlogproof *proof,
				    const struct checkpoint *head)
{
	uint8_t leaf[HASH_LEN];
	struct hash *hash;
	enum status status;

	if (proof->extra == NULL) {
		verify_tell(verifying, FINDING_FAILS,
			    _("the entry itself is not in the file, so nothing is proven of it"));
		return STATUS_OK;
	}
	hash = hash_new();
	if (hash == NULL)
		return STATUS_MEMORY;
	merkle_leaf(hash, proof->extra, proof->extra_len, leaf);
	hash_free(hash);
	status = merkle_verify_inclusion(proof->index, head->size, leaf, proof->proof.hashes,
					 proof->proof.count, head->root);
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status;
	if (status == STATUS_OK)
		verify_tell(verifying, FINDING_HOLDS,
			    _("the entry is number %llu of the %llu entries under this head"),
			    (unsigned long long)proof->index, (unsigned long long)head->size);
	else
		verify_tell(verifying, FINDING_FAILS,
			    _("the entry is not number %llu of the %llu entries under this head"),
			    (unsigned long long)proof->index, (unsigned long long)head->size);
	return STATUS_OK;
}

static enum status verify_tlogproof(struct verifying *verifying, const struct tlogproof *proof)
{
	struct checkpoint head;
	enum status status =
		verify_head(verifying, proof->checkpoint, proof->checkpoint_len, &head);

	if (status != STATUS_OK)
		return status == STATUS_PROOF ? STATUS_OK : status;
	status = verify_inclusion(verifying, proof, &head);
	if (status != STATUS_OK || verifying->failed)
		return status;
	status = verify_header(verifying, proof->extra, proof->extra_len);
	if (status == STATUS_CORRUPT)
		verify_tell(verifying, FINDING_OPEN,
			    _("what the entry says: it is not in a form that is known here"));
	else if (status == STATUS_OK)
		verify_tell(verifying, FINDING_OPEN,
			    _("what was asked and answered in detail: the file has only its hash"));
	return status == STATUS_MEMORY ? status : STATUS_OK;
}

enum status verify_proof_file(struct verifying *verifying)
{
	struct buf extra = BUF_EMPTY;
	struct tlogproof proof;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = read_file(verifying, TLOGPROOF_MAX, &bytes, &len);

	if (status == STATUS_OK) {
		status = tlogproof_parse(&proof, bytes, len, &extra);
		if (status == STATUS_OK)
			status = verify_tlogproof(verifying, &proof);
		else if (status == STATUS_INVALID) {
			verify_tell(verifying, FINDING_FAILS, _("it is no whole proof"));
			status = STATUS_OK;
		}
	}
	buf_release(&extra);
	free(bytes);
	return status;
}
