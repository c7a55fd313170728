#include "client/lib/past.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/receipts.h"
#include "common/file.h"

#define LOCK_FILE "head.lock"
#define FORM "dossier-head/1\n"
#define GATHER_MAX (PAST_HEADS_MAX - 1) /* one place is left for what others bring */
#define PREFIX_MAX 64                   /* the form and the offset with their line ends */

/* ---- heads ---- */

static bool is_same(const struct checkpoint *one, const struct checkpoint *other)
{
	return one->size == other->size && memcmp(one->root, other->root, HASH_LEN) == 0;
}

static enum status head_set(struct past_head *head, const struct checkpoint *checkpoint,
			    const void *note, size_t len)
{
	head->checkpoint = *checkpoint;
	buf_clear(&head->note);
	return buf_append(&head->note, note, len);
}

static bool is_known(const struct past *past, const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < past->count; i++) {
		if (is_same(&past->heads[i].checkpoint, checkpoint))
			return true;
	}
	return false;
}

static enum status add(struct past *past, const struct checkpoint *checkpoint, const void *note,
		       size_t len)
{
	enum status status = head_set(&past->heads[past->count], checkpoint, note, len);

	past->count += status == STATUS_OK;
	return status;
}

static void heads_forget(struct past *past)
{
	for (size_t i = 0; i < PAST_HEADS_MAX; i++)
		buf_clear(&past->heads[i].note);
	past->count = 0;
}

void past_release(struct past *past)
{
	for (size_t i = 0; i < PAST_HEADS_MAX; i++)
		buf_release(&past->heads[i].note);
	buf_release(&past->shown.note);
	*past = (struct past){0};
}

/* ---- the file ---- */

/* Takes the file's text apart; *note is what follows the offset. */
static enum status parse(char *text, size_t len, uint64_t *joined, char **note, size_t *note_len)
{
	char *end;

	if (len <= sizeof(FORM) - 1 || memcmp(text, FORM, sizeof(FORM) - 1) != 0)
		return STATUS_CORRUPT;
	text += sizeof(FORM) - 1;
	len -= sizeof(FORM) - 1;
	if (*text < '0' || *text > '9')
		return STATUS_CORRUPT;
	errno = 0;
	*joined = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\n')
		return STATUS_CORRUPT;
	*note = end + 1;
	*note_len = len - (size_t)(*note - text);
	return STATUS_OK;
}

/* STATUS_NOT_FOUND when there is none. */
static enum status head_load(const struct past *past, struct past_head *head, uint64_t *joined)
{
	struct checkpoint checkpoint;
	struct path path;
	uint8_t *text = NULL;
	char *note = NULL;
	size_t len = 0;
	size_t note_len = 0;
	enum status status = path_join(&path, past->state.text, PAST_FILE);

	if (status == STATUS_OK)
		status = file_get(path.text, PREFIX_MAX + NOTE_MAX, &text, &len);
	if (status == STATUS_OK)
		status = parse((char *)text, len, joined, &note, &note_len);
	if (status == STATUS_OK)
		status = trust_checkpoint(past->trust, note, note_len, &checkpoint);
	if (status == STATUS_PROOF)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		status = head_set(head, &checkpoint, note, note_len);
	free(text);
	return status;
}

static enum status head_save(const struct past *past)
{
	const struct buf *note = &past->shown.note;
	char text[PREFIX_MAX + NOTE_MAX];
	int len = snprintf(text, sizeof(text), FORM "%" PRIu64 "\n%.*s", past->joined,
			   (int)note->len, (const char *)buf_head(note));
	struct path path;
	enum status status = path_join(&path, past->state.text, PAST_FILE);

	if (len < 0 || (size_t)len >= sizeof(text))
		return STATUS_LIMIT;
	return status == STATUS_OK ? file_put(path.text, text, (size_t)len) : status;
}

/* ---- receipts ---- */

/* A receipt whose head the keys do not vouch for proves nothing and is passed over: `receipt
 * verify` tells of it. */
static enum status gather_one(void *context, const struct receipt *receipt)
{
	struct past *past = context;
	const Pb__Proof *proof = receipt->proof;
	struct checkpoint checkpoint;
	enum status status;

	status = proof == NULL ? STATUS_PROOF
			       : trust_checkpoint(past->trust, proof->checkpoint.data,
						  proof->checkpoint.len, &checkpoint);
	if (status == STATUS_OK && !is_known(past, &checkpoint)) {
		if (past->count == GATHER_MAX)
			return STATUS_LIMIT;
		status = add(past, &checkpoint, proof->checkpoint.data, proof->checkpoint.len);
	}
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status;
	past->behind = receipt->end;
	return STATUS_OK;
}

/* The heads of the next receipts, as many as can be asked for at once. */
static enum status gather(struct past *past)
{
	struct path path;
	struct stat stat_of;
	size_t damaged;
	enum status status = path_join(&path, past->state.text, RECEIPTS_FILE);

	if (status != STATUS_OK)
		return status;
	/* Who cut the file cannot hide what comes after from being joined. */
	if (stat(path.text, &stat_of) != 0 || (uint64_t)stat_of.st_size < past->joined)
		past->joined = 0;
	past->behind = past->joined;
	status = receipts_each(path.text, past->joined, gather_one, past, &damaged);
	return status == STATUS_LIMIT ? STATUS_OK : status;
}

/* ---- the whole ---- */

enum status past_load(struct past *past, struct trust *trust, const char *state)
{
	enum status status;
	int len;

	*past = (struct past){.trust = trust};
	len = snprintf(past->state.text, sizeof(past->state.text), "%s", state);
	if (len < 0 || (size_t)len >= sizeof(past->state.text))
		return STATUS_LIMIT;
	status = head_load(past, &past->heads[0], &past->joined);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	if (status == STATUS_OK) {
		past->has_filed = true;
		past->filed = past->heads[0].checkpoint;
		past->filed_joined = past->joined;
		past->count = 1;
	}
	return gather(past);
}

size_t past_sizes(const struct past *past, uint64_t sizes[static PAST_HEADS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < past->count; i++) {
		uint64_t size = past->heads[i].checkpoint.size;
		bool known = false;

		for (size_t j = 0; j < count; j++)
			known = known || sizes[j] == size;
		if (!known)
			sizes[count++] = size;
	}
	return count;
}

/* The proof that came for a size; NULL when none did. */
static const ProtobufCBinaryData *proof_for(const struct past_shown *shown, uint64_t size)
{
	for (size_t i = 0; i < shown->count; i++) {
		if (shown->consistency[i]->size == size)
			return &shown->consistency[i]->hashes;
	}
	return NULL;
}

static enum status accuse(struct past *past, enum past_fault fault, size_t guilty)
{
	past->fault = fault;
	past->guilty = guilty;
	return STATUS_PROOF;
}

/* Whether the shown head grew from one of ours. */
static enum status judge_one(struct past *past, const struct past_shown *shown, size_t i)
{
	static const ProtobufCBinaryData nothing;
	const struct checkpoint *ours = &past->heads[i].checkpoint;
	const struct checkpoint *theirs = &past->shown.checkpoint;
	const ProtobufCBinaryData *proof = proof_for(shown, ours->size);
	enum status status;

	if (ours->size > theirs->size)
		return accuse(past, PAST_SHORTER, i);
	/* Needs no proof, and can have none. */
	if (ours->size == theirs->size)
		proof = &nothing;
	if (proof == NULL)
		return accuse(past, PAST_UNPROVEN, i);
	past->proof = *proof;
	status = trust_grown(ours, theirs, proof);
	return status == STATUS_PROOF ? accuse(past, PAST_FORKED, i) : status;
}

/* The head that another process filed meanwhile is joined to ours, which may take its place. */
static void settle_met(struct past *past)
{
	if (!past->has_met)
		return;
	past->has_met = false;
	past->has_filed = true;
	past->filed = past->met;
	past->filed_joined = past->met_joined;
}

/* The shown head is the kept one; what comes next is joined to it. */
static enum status move_on(struct past *past)
{
	const struct buf *note = &past->shown.note;
	enum status status;

	settle_met(past);
	heads_forget(past);
	past->joined = past->behind;
	status = head_set(&past->heads[0], &past->shown.checkpoint, buf_head(note), note->len);
	if (status != STATUS_OK)
		return status;
	past->count = 1;
	return gather(past);
}

enum status past_judge(struct past *past, const struct past_shown *shown)
{
	struct checkpoint checkpoint = {0};
	enum status status;

	past->proof = (ProtobufCBinaryData){0};
	buf_clear(&past->shown.note);
	/* Before the first entry there is no head. */
	if (shown->checkpoint.len == 0)
		return past->count == 0 ? STATUS_OK : accuse(past, PAST_SHORTER, 0);
	status = trust_checkpoint(past->trust, shown->checkpoint.data, shown->checkpoint.len,
				  &checkpoint);
	if (status == STATUS_OK || status == STATUS_PROOF) {
		enum status kept = head_set(&past->shown, &checkpoint, shown->checkpoint.data,
					    shown->checkpoint.len);
		if (kept != STATUS_OK)
			return kept;
	}
	if (status == STATUS_PROOF)
		return accuse(past, PAST_UNSIGNED, 0);
	for (size_t i = 0; status == STATUS_OK && i < past->count; i++)
		status = judge_one(past, shown, i);
	return status == STATUS_OK ? move_on(past) : status;
}

bool past_is_open(const struct past *past)
{
	return past->count > 1;
}

enum status past_add(struct past *past, const void *note, size_t len)
{
	struct checkpoint checkpoint;
	enum status status = trust_checkpoint(past->trust, note, len, &checkpoint);

	if (status != STATUS_OK || is_known(past, &checkpoint))
		return status;
	if (past->count == PAST_HEADS_MAX)
		return STATUS_LIMIT;
	return add(past, &checkpoint, note, len);
}

/* ---- saving ---- */

static enum status lock(const struct past *past, int *fd)
{
	struct path path;
	enum status status = path_join(&path, past->state.text, LOCK_FILE);

	if (status == STATUS_OK)
		status = file_open_locked(path.text, fd);
	return status;
}

/* Another process was faster: its head is to be joined to ours, too, before ours takes its place.
 */
static enum status meet(struct past *past, const struct past_head *other, uint64_t joined)
{
	const struct buf *note = &other->note;
	enum status status = STATUS_OK;

	past->has_met = true;
	past->met = other->checkpoint;
	past->met_joined = joined;
	if (is_same(&other->checkpoint, &past->shown.checkpoint)) {
		settle_met(past);
		return STATUS_OK;
	}
	if (!is_known(past, &other->checkpoint))
		status = add(past, &other->checkpoint, buf_head(note), note->len);
	return status == STATUS_OK ? STATUS_STALE : status;
}

static enum status save_locked(struct past *past)
{
	struct past_head other = {0};
	uint64_t joined = 0;
	enum status status = head_load(past, &other, &joined);

	if (status == STATUS_OK && past->count == PAST_HEADS_MAX)
		status = STATUS_STALE;
	else if (status == STATUS_OK &&
		 !(past->has_filed && is_same(&other.checkpoint, &past->filed)))
		status = meet(past, &other, joined);
	else if (status == STATUS_OK)
		past->filed_joined = joined;
	else if (status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	buf_release(&other.note);
	if (status != STATUS_OK)
		return status;
	if (past->joined < past->filed_joined)
		past->joined = past->filed_joined;
	return head_save(past);
}

enum status past_save(struct past *past)
{
	int fd;
	enum status status;

	if (past->shown.note.len == 0 ||
	    (past->has_filed && is_same(&past->shown.checkpoint, &past->filed) &&
	     past->joined == past->filed_joined))
		return STATUS_OK;
	status = lock(past, &fd);
	if (status != STATUS_OK)
		return status;
	status = save_locked(past);
	close(fd);
	return status;
}
