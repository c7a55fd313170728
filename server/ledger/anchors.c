#include "server/ledger/anchors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/bytes.h"
#include "common/checkpoint.h"
#include "server/ledger/anchors_file.h"

#define LINE_MAX_LEN (NOTE_NAME_MAX + 160) /* dash, name, base64 of id, time and signature */
#define DASH_LEN 4                         /* of the em dash and the blank behind it */
#define TIME_LEN 8

/* The signature line of one witness. */
struct cosignature {
	struct note_key key;
	size_t len;
	char text[LINE_MAX_LEN];
};

struct candidate {
	uint64_t size;
	struct buf heartbeat; /* the signed note; empty: this place is free */
	size_t text_len;      /* of the checkpoint in it */
	unsigned count;
	unsigned kept; /* cosignatures in its newest record */
	struct cosignature lines[ANCHORS_WITNESSES_MAX];
};

/* What a key was seen to co-sign last. */
struct sight {
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[NOTE_ID_LEN];
	struct anchors_sight last;
};

struct anchors {
	pthread_mutex_t lock; /* of all below */
	struct anchors_file file;
	unsigned newest; /* of the candidates, a ring */
	struct candidate candidates[ANCHORS_CANDIDATES];
	size_t sight_count;
	struct sight sights[2 * ANCHORS_WITNESSES_MAX];
};

/* ---- who was seen ---- */

static struct sight *sight_of(struct anchors *anchors, const char *name, size_t len,
			      const uint8_t id[static NOTE_ID_LEN])
{
	for (size_t i = 0; i < anchors->sight_count; i++) {
		struct sight *sight = &anchors->sights[i];

		if (strlen(sight->name) == len && memcmp(sight->name, name, len) == 0 &&
		    memcmp(sight->id, id, NOTE_ID_LEN) == 0)
			return sight;
	}
	return NULL;
}

/* Whom there is no room for was seen longest ago. */
static struct sight *new_sight(struct anchors *anchors)
{
	const size_t most = sizeof(anchors->sights) / sizeof(anchors->sights[0]);
	struct sight *oldest = &anchors->sights[0];

	if (anchors->sight_count < most)
		return &anchors->sights[anchors->sight_count++];
	for (size_t i = 1; i < most; i++)
		if (anchors->sights[i].last.time < oldest->last.time)
			oldest = &anchors->sights[i];
	return oldest;
}

/* Notes a line that was verified when it came. Of other kinds than a cosignature is no time. */
static void note_sight(struct anchors *anchors, uint64_t size,
		       const struct note_signature *signature)
{
	uint8_t bytes[NOTE_ID_LEN + NOTE_SIGNATURE_MAX];
	size_t len = 0;
	struct sight *sight;
	uint64_t time;

	if (signature->name_len > NOTE_NAME_MAX ||
	    base64_decode(signature->base64, signature->base64_len, bytes, sizeof(bytes), &len) !=
		    STATUS_OK ||
	    len != NOTE_ID_LEN + TIME_LEN + ED25519_SIGNATURE_LEN)
		return;
	time = bytes_get64(bytes + NOTE_ID_LEN);
	sight = sight_of(anchors, signature->name, signature->name_len, signature->id);
	if (sight == NULL) {
		sight = new_sight(anchors);
		*sight = (struct sight){0};
		memcpy(sight->name, signature->name, signature->name_len);
		memcpy(sight->id, signature->id, NOTE_ID_LEN);
	}
	if (time >= sight->last.time)
		sight->last = (struct anchors_sight){size, time};
}

static void see_record(void *context, uint64_t size, const struct buf *bytes)
{
	struct note note;

	if (note_parse(&note, buf_head(bytes), bytes->len) != STATUS_OK)
		return;
	for (size_t i = 0; i < note.count; i++)
		note_sight(context, size, &note.signatures[i]);
}

void anchors_seen(struct anchors *anchors, const struct note_key *key, struct anchors_sight *sight)
{
	const struct sight *found;

	pthread_mutex_lock(&anchors->lock);
	found = sight_of(anchors, key->name, strlen(key->name), key->id);
	*sight = found == NULL ? (struct anchors_sight){0, 0} : found->last;
	pthread_mutex_unlock(&anchors->lock);
}

/* ---- life ---- */

enum status anchors_open(struct anchors **out, const char *path, char why[static ANCHORS_WHY_LEN])
{
	struct anchors *anchors = calloc(1, sizeof(*anchors));
	enum status status = STATUS_MEMORY;

	if (anchors != NULL)
		status = anchors_file_open(&anchors->file, path, see_record, anchors);
	if (status == STATUS_OK && pthread_mutex_init(&anchors->lock, NULL) != 0) {
		anchors_file_close(&anchors->file);
		status = STATUS_MEMORY;
	}
	if (status != STATUS_OK) {
		snprintf(why, ANCHORS_WHY_LEN, "the file of anchored heads cannot be opened");
		free(anchors);
		return status;
	}
	*out = anchors;
	return STATUS_OK;
}

void anchors_close(struct anchors *anchors)
{
	if (anchors == NULL)
		return;
	for (unsigned i = 0; i < ANCHORS_CANDIDATES; i++)
		buf_release(&anchors->candidates[i].heartbeat);
	anchors_file_close(&anchors->file);
	pthread_mutex_destroy(&anchors->lock);
	free(anchors);
}

/* ---- candidates ---- */

static struct candidate *newest(struct anchors *anchors)
{
	return &anchors->candidates[anchors->newest];
}

static struct candidate *candidate_of(struct anchors *anchors, uint64_t size)
{
	for (unsigned i = 0; i < ANCHORS_CANDIDATES; i++) {
		struct candidate *candidate = &anchors->candidates[i];

		if (candidate->heartbeat.len > 0 && candidate->size == size)
			return candidate;
	}
	return NULL;
}

static enum status offer(struct anchors *anchors, const struct checkpoint *head,
			 const struct note *note, const void *heartbeat, size_t len)
{
	struct candidate *candidate = newest(anchors);
	struct buf copy = BUF_EMPTY;
	enum status status;

	if (candidate->heartbeat.len > 0 && head->size < candidate->size)
		return STATUS_OK;
	status = buf_append(&copy, heartbeat, len);
	if (status != STATUS_OK)
		return status;
	if (candidate->heartbeat.len > 0 && head->size > candidate->size) {
		anchors->newest = (anchors->newest + 1) % ANCHORS_CANDIDATES;
		candidate = newest(anchors);
	}
	if (candidate->size != head->size) {
		candidate->count = 0;
		candidate->kept = 0;
	}
	buf_release(&candidate->heartbeat);
	candidate->heartbeat = copy;
	candidate->size = head->size;
	candidate->text_len = note->text_len;
	return STATUS_OK;
}

enum status anchors_offer(struct anchors *anchors, const void *heartbeat, size_t len)
{
	struct checkpoint head;
	struct note note;
	enum status status = note_parse(&note, heartbeat, len);

	if (status == STATUS_OK)
		status = checkpoint_parse(&head, note.text, note.text_len);
	if (status != STATUS_OK)
		return status;
	pthread_mutex_lock(&anchors->lock);
	status = offer(anchors, &head, &note, heartbeat, len);
	pthread_mutex_unlock(&anchors->lock);
	return status;
}

static void tally_up(const struct candidate *candidate, const struct anchors_rule *rule,
		     struct anchors_tally *tally)
{
	tally->size = candidate->size;
	tally->count = 0;
	for (unsigned i = 0; i < candidate->count; i++)
		tally->count += rule->counts(rule->context, &candidate->lines[i].key);
	tally->anchored = candidate->kept > 0;
}

void anchors_candidate(struct anchors *anchors, const struct anchors_rule *rule,
		       struct anchors_tally *tally)
{
	*tally = (struct anchors_tally){0};
	pthread_mutex_lock(&anchors->lock);
	if (newest(anchors)->heartbeat.len > 0)
		tally_up(newest(anchors), rule, tally);
	pthread_mutex_unlock(&anchors->lock);
}

/* ---- cosignatures ---- */

/* The candidate's text with signature lines of somebody else, as a note. */
static enum status join(const struct candidate *candidate, const void *lines, size_t len,
			struct buf *bytes, struct note *note)
{
	enum status status =
		buf_append(bytes, buf_head(&candidate->heartbeat), candidate->text_len);

	if (status == STATUS_OK)
		status = buf_append(bytes, "\n", 1);
	if (status == STATUS_OK)
		status = buf_append(bytes, lines, len);
	if (status == STATUS_OK && note_parse(note, buf_head(bytes), bytes->len) != STATUS_OK)
		status = STATUS_PROOF;
	/* Lines with an empty line in them would make another text of it. */
	if (status == STATUS_OK && note->text_len != candidate->text_len)
		status = STATUS_PROOF;
	return status;
}

static const struct note_signature *line_of(const struct note *note, const struct note_key *key)
{
	for (size_t i = 0; i < note->count; i++) {
		const struct note_signature *line = &note->signatures[i];

		if (line->name_len == strlen(key->name) &&
		    memcmp(line->name, key->name, line->name_len) == 0 &&
		    memcmp(line->id, key->id, NOTE_ID_LEN) == 0)
			return line;
	}
	return NULL;
}

/* A witness has one line, whatever keys it had. */
static struct cosignature *place_for(struct candidate *candidate, const struct note_key *key)
{
	for (unsigned i = 0; i < candidate->count; i++)
		if (strcmp(candidate->lines[i].key.name, key->name) == 0)
			return &candidate->lines[i];
	return candidate->count < ANCHORS_WITNESSES_MAX ? &candidate->lines[candidate->count++]
							: NULL;
}

/* Takes the line over when it holds. */
static enum status take_line(struct anchors *anchors, struct candidate *candidate,
			     const struct note *note, const struct note_key *key, uint64_t now)
{
	const struct note_signature *found = line_of(note, key);
	uint64_t time = 0;
	struct cosignature *line;
	size_t len;

	if (found == NULL || note_verify(note, key, &time) != STATUS_OK ||
	    time > now + ANCHORS_AHEAD || time + ANCHORS_BEHIND < now)
		return STATUS_PROOF;
	len = DASH_LEN + (size_t)(found->base64 + found->base64_len - found->name) + 1;
	line = len > LINE_MAX_LEN ? NULL : place_for(candidate, key);
	if (line == NULL)
		return STATUS_LIMIT;
	line->key = *key;
	line->len = len;
	memcpy(line->text, found->name - DASH_LEN, len);
	note_sight(anchors, candidate->size, found);
	return STATUS_OK;
}

/* Keeps the candidate with all that counts, when there is enough and more than was kept. */
static enum status anchor(struct anchors *anchors, struct candidate *candidate,
			  const struct anchors_rule *rule, struct anchors_tally *tally)
{
	struct buf note = BUF_EMPTY;
	enum status status;

	tally_up(candidate, rule, tally);
	if (tally->count < rule->needed || tally->count <= candidate->kept)
		return STATUS_OK;
	status = buf_append(&note, buf_head(&candidate->heartbeat), candidate->heartbeat.len);
	for (unsigned i = 0; i < candidate->count && status == STATUS_OK; i++)
		if (rule->counts(rule->context, &candidate->lines[i].key))
			status = buf_append(&note, candidate->lines[i].text,
					    candidate->lines[i].len);
	if (status == STATUS_OK && note.len > NOTE_MAX)
		status = STATUS_LIMIT;
	if (status == STATUS_OK)
		status = anchors_file_add(&anchors->file, candidate->size, tally->count, &note);
	if (status == STATUS_OK) {
		candidate->kept = tally->count;
		tally->anchored = true;
	}
	buf_release(&note);
	return status;
}

enum status anchors_add(struct anchors *anchors, uint64_t size, const struct note_key *key,
			const void *lines, size_t len, uint64_t now,
			const struct anchors_rule *rule, struct anchors_tally *tally)
{
	struct buf bytes = BUF_EMPTY;
	struct candidate *candidate;
	struct note note;
	enum status status;

	*tally = (struct anchors_tally){.size = size};
	pthread_mutex_lock(&anchors->lock);
	candidate = candidate_of(anchors, size);
	status = candidate == NULL ? STATUS_NOT_FOUND : join(candidate, lines, len, &bytes, &note);
	if (status == STATUS_OK)
		status = take_line(anchors, candidate, &note, key, now);
	if (status == STATUS_OK)
		status = anchor(anchors, candidate, rule, tally);
	pthread_mutex_unlock(&anchors->lock);
	buf_release(&bytes);
	return status;
}

/* ---- what is anchored ---- */

enum status anchors_first(struct anchors *anchors, uint64_t index, struct buf *note, uint64_t *size)
{
	const struct anchor *anchor = NULL;
	enum status status = STATUS_NOT_FOUND;

	pthread_mutex_lock(&anchors->lock);
	if (index < UINT64_MAX)
		anchor = anchors_file_find(&anchors->file, index + 1);
	if (anchor != NULL) {
		*size = anchor->size;
		status = anchors_file_read(&anchors->file, anchor, note);
	}
	pthread_mutex_unlock(&anchors->lock);
	return status;
}

enum status anchors_newest(struct anchors *anchors, struct buf *note, uint64_t *size)
{
	const struct anchors_file *file = &anchors->file;
	enum status status = STATUS_NOT_FOUND;

	pthread_mutex_lock(&anchors->lock);
	if (file->count > 0) {
		*size = file->anchors[file->count - 1].size;
		status = anchors_file_read(file, &file->anchors[file->count - 1], note);
	}
	pthread_mutex_unlock(&anchors->lock);
	return status;
}
