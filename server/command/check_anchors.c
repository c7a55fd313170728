#include "server/command/check_anchors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/checkpoint.h"

/* Whether the key signed it, on a line of either kind. STATUS_NOT_FOUND: it did not. */
static enum status judge_log(const struct note *note, const struct note_key *key)
{
	struct note_key dated;
	uint64_t time;
	enum status status = note_key_make(&dated, key->name, NOTE_COSIGNATURE, key->key);
	if (status == STATUS_OK)
		status = note_verify(note, &dated, &time);
	return status == STATUS_OK || status == STATUS_NOT_FOUND ? note_verify(note, key, NULL)
								 : status;
}

/* STATUS_PROOF: a signature is wrong; STATUS_NOT_FOUND: the ledger's is missing. */
static enum status judge_signatures(const struct note *note, const struct check_keys *keys)
{
	bool is_signed = false;
	enum status status = STATUS_NOT_FOUND;
	uint64_t time;
	for (size_t i = 0; i < keys->log_count; i++) {
		status = judge_log(note, &keys->logs[i]);
		if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			return status;
		is_signed = is_signed || status == STATUS_OK;
	}
	for (size_t i = 0; i < keys->witness_count; i++) {
		status = note_verify(note, &keys->witnesses[i], &time);
		if (status != STATUS_OK && status != STATUS_NOT_FOUND)
			return status;
	}
	return is_signed ? STATUS_OK : STATUS_NOT_FOUND;
}

/* What is wrong with it; NULL: nothing. */
static const char *judge_note(const struct buf *bytes, uint64_t size, const struct ledger *ledger,
			      const struct check_keys *keys, enum status *status)
{
	struct checkpoint head;
	struct merkle_edge edge;
	struct note note;
	if (note_parse(&note, buf_head(bytes), bytes->len) != STATUS_OK ||
	    checkpoint_parse(&head, note.text, note.text_len) != STATUS_OK || head.size != size ||
	    strcmp(head.origin, keys->origin) != 0)
		return "is no head of this ledger of that size";
	if (size == 0 || size > ledger_size(ledger))
		return "is of more entries than there are";
	*status = judge_signatures(&note, keys);
	if (*status == STATUS_PROOF)
		return "has a signature that is wrong";
	if (*status == STATUS_NOT_FOUND && size > keys->gone_until)
		return "is not signed by the ledger's key";
	if (*status == STATUS_OK || *status == STATUS_NOT_FOUND)
		*status = ledger_edge(ledger, size, &edge);
	if (*status == STATUS_OK && memcmp(merkle_edge_root(&edge), head.root, HASH_LEN) != 0)
		return "has another root than the ledger";
	return NULL;
}

static enum status check_one(const struct anchors_file *file, const struct anchor *anchor,
			     const struct ledger *ledger, const struct check_keys *keys,
			     uint64_t *wrong)
{
	struct buf note = BUF_EMPTY;
	const char *what = NULL;
	enum status status = anchors_file_read(file, anchor, &note);
	if (status == STATUS_CORRUPT)
		what = "is damaged";
	else if (status == STATUS_OK)
		what = judge_note(&note, anchor->size, ledger, keys, &status);
	buf_release(&note);
	if (what == NULL)
		return status;
	printf("WRONG  anchors: the head of %" PRIu64 " entries %s\n", anchor->size, what);
	(*wrong)++;
	return STATUS_OK;
}

enum status check_anchors(const struct anchors_file *file, const struct ledger *ledger,
			  const struct check_keys *keys, uint64_t *wrong)
{
	enum status status = STATUS_OK;
	if (file->damaged > 0)
		printf("WRONG  anchors: %zu records are damaged\n", file->damaged);
	*wrong += file->damaged;
	for (size_t i = 0; i < file->count && status == STATUS_OK; i++)
		status = check_one(file, &file->anchors[i], ledger, keys, wrong);
	if (status == STATUS_OK && file->count > 0)
		printf("anchors: %zu heads were co-signed\n", file->count);
	return status;
}
