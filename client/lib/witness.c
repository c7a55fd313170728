#include "client/lib/witness.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/addcheckpoint.h"
#include "common/file.h"
#include "common/path.h"

#define KEY_FILE_MAX 4096

/* ---- what it remembers ---- */

static enum status parse_last(const struct witness *witness, const struct buf *bytes,
			      struct checkpoint *checkpoint)
{
	enum status status = checkpoint_verify(checkpoint, NULL, buf_head(bytes), bytes->len,
					       witness->logs, witness->log_count);

	return status == STATUS_INVALID || status == STATUS_PROOF ? STATUS_CORRUPT : status;
}

/* The note that was co-signed last; appended to an empty buffer. */
static enum status read_last(const struct witness *witness, struct checkpoint *checkpoint,
			     struct buf *note)
{
	struct path path;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum status status = path_join(&path, witness->directory, WITNESS_HEAD_FILE);

	if (status == STATUS_OK)
		status = file_get(path.text, NOTE_MAX, &bytes, &len);
	if (status == STATUS_OK)
		status = buf_append(note, bytes, len);
	free(bytes);
	return status == STATUS_OK ? parse_last(witness, note, checkpoint) : status;
}

enum status witness_last(const struct witness *witness, struct checkpoint *checkpoint,
			 struct buf *note)
{
	struct buf bytes = BUF_EMPTY;
	enum status status = read_last(witness, checkpoint, &bytes);

	if (status == STATUS_OK && note != NULL)
		status = buf_append(note, buf_head(&bytes), bytes.len);
	buf_release(&bytes);
	return status;
}

/* Closing it lets go. */
static enum status take_lock(const struct witness *witness, int *fd)
{
	struct path path;
	enum status status = path_join(&path, witness->directory, WITNESS_LOCK_FILE);

	if (status == STATUS_OK)
		status = file_open_locked(path.text, fd);
	return status;
}

static enum status remember(const struct witness *witness, const struct witness_answer *answer)
{
	struct path path;
	enum status status = path_join(&path, witness->directory, WITNESS_HEAD_FILE);

	return status == STATUS_OK ? file_put(path.text, answer->note, answer->note_len) : status;
}

/* ---- judging ---- */

/* When the log says that it signed a head; 0 when it does not. */
static uint64_t time_of(const struct witness *witness, const struct note *note)
{
	struct note_key key;
	uint64_t time;

	for (size_t i = 0; i < witness->log_count; i++)
		if (note_key_make(&key, witness->logs[i].name, NOTE_COSIGNATURE,
				  witness->logs[i].key) == STATUS_OK &&
		    note_verify(note, &key, &time) == STATUS_OK)
			return time;
	return 0;
}

static bool knows_log(const struct witness *witness, const char *origin)
{
	for (size_t i = 0; i < witness->log_count; i++)
		if (strcmp(witness->logs[i].name, origin) == 0)
			return true;
	return false;
}

/* What can be said of the request by itself; DONE: it is a head of the log. */
static enum witness_code judge_request(const struct witness *witness,
				       const struct addcheckpoint *request,
				       struct witness_answer *answer)
{
	struct checkpoint *asked = &answer->asked;
	struct note note;

	if (note_parse(&note, request->note, request->note_len) != STATUS_OK ||
	    checkpoint_parse(asked, note.text, note.text_len) != STATUS_OK)
		return WITNESS_MALFORMED;
	answer->note = request->note;
	answer->note_len = request->note_len;
	if (!knows_log(witness, asked->origin))
		return WITNESS_UNKNOWN;
	if (checkpoint_verify(asked, NULL, request->note, request->note_len, witness->logs,
			      witness->log_count) != STATUS_OK)
		return WITNESS_FORBIDDEN;
	answer->time = time_of(witness, &note);
	return request->old <= asked->size ? WITNESS_DONE : WITNESS_MALFORMED;
}

static enum witness_finding compare(const struct witness *witness,
				    const struct witness_answer *answer)
{
	const struct checkpoint *asked = &answer->asked;
	const struct checkpoint *last = &answer->known;
	struct note note;

	if (asked->size == last->size)
		return memcmp(asked->root, last->root, HASH_LEN) == 0 ? WITNESS_NOTHING
								      : WITNESS_FORK;
	if (asked->size < last->size && answer->time > 0 &&
	    note_parse(&note, buf_head(&answer->last), answer->last.len) == STATUS_OK &&
	    answer->time > time_of(witness, &note))
		return WITNESS_ROLLBACK;
	return WITNESS_NOTHING;
}

static enum witness_code judge_growth(const struct witness *witness,
				      const struct addcheckpoint *request,
				      struct witness_answer *answer)
{
	const struct checkpoint *asked = &answer->asked;
	const struct checkpoint *last = &answer->known;

	answer->finding = compare(witness, answer);
	if (answer->finding != WITNESS_NOTHING || request->old != last->size)
		return WITNESS_CONFLICT;
	if (merkle_verify_consistency(last->size, asked->size, request->proof.hashes,
				      request->proof.count, last->root, asked->root) == STATUS_OK)
		return WITNESS_DONE;
	answer->finding = WITNESS_FORK;
	return WITNESS_UNPROVEN;
}

/* ---- answering ---- */

static enum status answer_size(struct witness_answer *answer, uint64_t size)
{
	char line[24];
	int len = snprintf(line, sizeof(line), "%" PRIu64 "\n", size);

	return buf_append(&answer->body, line, (size_t)len);
}

/* Compares with the last and takes its place, under the lock. */
static enum status advance(const struct witness *witness, const struct addcheckpoint *request,
			   struct witness_answer *answer)
{
	struct checkpoint *known = &answer->known;
	enum status status = read_last(witness, known, &answer->last);

	if (status == STATUS_NOT_FOUND) { /* nothing yet: the tree before the first entry */
		known->size = 0;
		hash_of(NULL, 0, known->root);
	} else if (status != STATUS_OK) {
		return status;
	}
	answer->code = judge_growth(witness, request, answer);
	if (answer->code == WITNESS_DONE)
		return remember(witness, answer);
	return answer->code == WITNESS_CONFLICT ? answer_size(answer, known->size) : STATUS_OK;
}

static enum status cosign(const struct witness *witness, const struct witness_answer *asked,
			  uint64_t now, struct buf *to)
{
	struct note note;
	enum status status = note_parse(&note, asked->note, asked->note_len);

	if (status != STATUS_OK)
		return status;
	return note_sign(to, &witness->as, witness->key, now, note.text, note.text_len);
}

enum status witness_add_checkpoint(const struct witness *witness, const void *body, size_t len,
				   uint64_t now, struct witness_answer *answer)
{
	struct addcheckpoint request;
	enum status status;
	int lock;

	*answer = (struct witness_answer){.code = WITNESS_MALFORMED};
	if (addcheckpoint_parse(&request, body, len) != STATUS_OK)
		return STATUS_OK;
	answer->code = judge_request(witness, &request, answer);
	if (answer->code != WITNESS_DONE)
		return STATUS_OK;
	status = take_lock(witness, &lock);
	if (status != STATUS_OK)
		return status;
	status = advance(witness, &request, answer);
	if (status == STATUS_OK && answer->code == WITNESS_DONE)
		status = cosign(witness, answer, now, &answer->body);
	close(lock);
	return status;
}

void witness_answer_release(struct witness_answer *answer)
{
	buf_release(&answer->body);
	buf_release(&answer->last);
}

/* ---- its key ---- */

enum status witness_key_load(struct ed25519 **key, const char *path)
{
	uint8_t *pem = NULL;
	size_t len = 0;
	enum status status = file_get(path, KEY_FILE_MAX, &pem, &len);

	if (status != STATUS_OK)
		return status;
	status = ed25519_load(key, (const char *)pem, len);
	explicit_bzero(pem, len);
	free(pem);
	return status;
}

enum status witness_key_create(struct ed25519 **key, const char *path)
{
	struct buf pem = BUF_EMPTY;
	enum status status = ed25519_new(key, &pem);

	if (status == STATUS_OK) {
		status = file_put(path, buf_head(&pem), pem.len);
		if (status != STATUS_OK) {
			ed25519_free(*key);
			*key = NULL;
		}
	}
	if (pem.bytes != NULL)
		explicit_bzero(pem.bytes, pem.capacity);
	buf_release(&pem);
	return status;
}
