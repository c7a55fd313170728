#include "server/ledger/signer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/file.h"
#include "common/path.h"
#include "server/ledger/slots.h"
#include "server/ledger/headlog.h"

#define HEAD_FILE "head"
#define LOG_FILE "checkpoints"
#define SECOND INT64_C(1000000) /* microseconds */

/* What a signature line ends in. */
#define SIGNATURE_LEN (NOTE_ID_LEN + ED25519_SIGNATURE_LEN)
#define SIGNATURE_BASE64 BASE64_LEN(SIGNATURE_LEN)

/* A key, and under what name it signs. */
struct pen {
	struct ed25519 *key;     /* owned; NULL: there is none */
	struct note_key signs;   /* that key as it signs heads ... */
	struct note_key cosigns; /* ... and heartbeats */
};

struct signer {
	struct pen pen;      /* what signs; its name may be read by any thread under the lock */
	struct pen old_pen;  /* signs beside it */
	struct pen next_pen; /* may follow it */
	int fd;              /* of the memory; owned */
	struct head last;    /* as remembered */
	bool is_shown;       /* last is durable by this process's doing, and shown */
	struct headlog log;
	struct buf text; /* of the note being made */
	struct buf note;
	struct display *display; /* owned */
};

/* What all threads may see. */
struct display {
	pthread_mutex_t lock;
	struct signed_head head;
};

enum status signer_create(const char *directory)
{
	struct path path;
	enum status status = directory_make(directory);

	if (status == STATUS_OK)
		status = path_join(&path, directory, HEAD_FILE);
	if (status == STATUS_OK)
		status = slots_create(path.text);
	return status == STATUS_OK ? directory_sync(directory) : status;
}

enum status signer_read(const char *directory, uint64_t *size, uint8_t root[static HASH_LEN])
{
	struct path path;
	struct head head;
	int fd;
	enum status status = path_join(&path, directory, HEAD_FILE);

	if (status == STATUS_OK)
		status = slots_open(path.text, O_RDONLY, &fd, &head);
	if (status != STATUS_OK)
		return status;
	(void)close(fd); /* nothing was written */
	*size = head.size;
	memcpy(root, head.root, HASH_LEN);
	return STATUS_OK;
}

/* ---- life ---- */

/* Takes the key over, also when it fails. */
static enum status fill_pen(struct pen *pen, struct ed25519 *key, const char *origin)
{
	uint8_t public[ED25519_KEY_LEN];
	enum status status;

	ed25519_free(pen->key);
	*pen = (struct pen){.key = key};
	if (key == NULL)
		return STATUS_OK;
	ed25519_public(key, public);
	status = note_key_make(&pen->signs, origin, NOTE_ED25519, public);
	if (status == STATUS_OK)
		status = note_key_make(&pen->cosigns, origin, NOTE_COSIGNATURE, public);
	return status;
}

static enum status load_key(struct signer *signer, const char *origin, const void *pem, size_t len,
			    char why[static SIGNER_WHY_LEN])
{
	struct ed25519 *key;
	enum status status = ed25519_load(&key, pem, len);

	if (status != STATUS_OK) {
		(void)snprintf(why, SIGNER_WHY_LEN, "the log key is no Ed25519 key in PEM");
		return status;
	}
	status = fill_pen(&signer->pen, key, origin);
	if (status != STATUS_OK)
		(void)snprintf(why, SIGNER_WHY_LEN,
			       "the ledger's name cannot stand under a signature: no blanks, no +, "
			       "at most %d bytes",
			       NOTE_NAME_MAX);
	return status;
}

static enum status open_files(struct signer *signer, const char *directory,
			      char why[static SIGNER_WHY_LEN])
{
	struct path path;
	enum status status = path_join(&path, directory, HEAD_FILE);

	if (status == STATUS_OK)
		status = slots_open(path.text, O_RDWR, &signer->fd, &signer->last);
	if (status == STATUS_OK)
		status = path_join(&path, directory, LOG_FILE);
	if (status == STATUS_OK)
		status = headlog_open(&signer->log, path.text);
	if (status != STATUS_OK)
		(void)snprintf(why, SIGNER_WHY_LEN, "%.300s: %s", path.text, status_text(status));
	return status;
}

static enum status make_display(struct signer *signer, char why[static SIGNER_WHY_LEN])
{
	struct display *display = calloc(1, sizeof(*display));

	if (display != NULL && pthread_mutex_init(&display->lock, NULL) == 0) {
		signer->display = display;
		return STATUS_OK;
	}
	free(display);
	(void)snprintf(why, SIGNER_WHY_LEN, "%s", status_text(STATUS_MEMORY));
	return STATUS_MEMORY;
}

static void free_display(struct display *display)
{
	if (display != NULL)
		(void)pthread_mutex_destroy(&display->lock);
	free(display);
}

enum status signer_open(struct signer **out, const char *directory, const char *origin,
			const void *key_pem, size_t key_len, char why[static SIGNER_WHY_LEN])
{
	struct signer *signer = calloc(1, sizeof(*signer));
	enum status status;

	if (signer == NULL) {
		(void)snprintf(why, SIGNER_WHY_LEN, "%s", status_text(STATUS_MEMORY));
		return STATUS_MEMORY;
	}
	signer->fd = -1;
	signer->log.fd = -1;
	status = make_display(signer, why);
	if (status == STATUS_OK)
		status = open_files(signer, directory, why);
	if (status == STATUS_OK)
		status = load_key(signer, origin, key_pem, key_len, why);
	if (status != STATUS_OK) {
		signer_close(signer);
		return status;
	}
	*out = signer;
	return STATUS_OK;
}

void signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	headlog_close(&signer->log);
	if (signer->fd >= 0)
		(void)close(signer->fd); /* synced */
	ed25519_free(signer->pen.key);
	ed25519_free(signer->old_pen.key);
	ed25519_free(signer->next_pen.key);
	buf_release(&signer->text);
	buf_release(&signer->note);
	free_display(signer->display);
	free(signer);
}

/* ---- signing ---- */

void signer_last(const struct signer *signer, uint64_t *size, uint8_t root[static HASH_LEN])
{
	*size = signer->last.size;
	memcpy(root, signer->last.root, HASH_LEN);
}

enum status signer_reserve(struct signer *signer)
{
	return headlog_reserve(&signer->log);
}

/* The old key's lines come before those of the one that signs. */
static enum status sign(struct signer *signer, uint64_t beat, const char *body, size_t len)
{
	const struct pen *pens[] = {&signer->old_pen, &signer->pen};
	enum status status = STATUS_OK;

	for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
		if (pens[i]->key == NULL)
			continue;
		status = note_sign(&signer->note, &pens[i]->signs, pens[i]->key, 0, body, len);
		if (status == STATUS_OK && beat != 0)
			status = note_sign(&signer->note, &pens[i]->cosigns, pens[i]->key, beat,
					   body, len);
	}
	return status;
}

/* Makes the note of the last head; with its time when it is a heartbeat. */
static enum status make_note(struct signer *signer, bool beats, int64_t now)
{
	const struct head *head = &signer->last;
	struct checkpoint checkpoint = {.size = head->size};
	struct buf *text = &signer->text;
	struct buf *note = &signer->note;
	const char *body;
	enum status status;

	memcpy(checkpoint.origin, signer->pen.signs.name, sizeof(checkpoint.origin));
	memcpy(checkpoint.root, head->root, HASH_LEN);
	buf_clear(text);
	buf_clear(note);
	status = checkpoint_format(&checkpoint, text);
	if (status == STATUS_OK)
		status = buf_append(note, buf_head(text), text->len);
	if (status == STATUS_OK)
		status = buf_append(note, "\n", 1);
	body = (const char *)buf_head(text);
	if (status == STATUS_OK)
		status = sign(signer, beats ? (uint64_t)(now / SECOND) : 0, body, text->len);
	return status == STATUS_OK && note->len > SIGNER_NOTE_MAX ? STATUS_LIMIT : status;
}

/* Keeps the head with the signature that its note ends in. */
static enum status keep(struct signer *signer)
{
	const char *end = (const char *)buf_head(&signer->note) + signer->note.len - 1;
	uint8_t signature[SIGNATURE_LEN];
	size_t len;
	enum status status = base64_decode(end - SIGNATURE_BASE64, SIGNATURE_BASE64, signature,
					   sizeof(signature), &len);

	return status == STATUS_OK
		       ? headlog_append(&signer->log, &signer->last, signature + NOTE_ID_LEN)
		       : status;
}

static void show(struct signer *signer)
{
	struct signed_head *shown = &signer->display->head;

	(void)pthread_mutex_lock(&signer->display->lock); /* a plain one: cannot fail */
	shown->size = signer->last.size;
	memcpy(shown->root, signer->last.root, HASH_LEN);
	shown->time = signer->last.time;
	shown->checkpoint_len = signer->note.len;
	memcpy(shown->checkpoint, buf_head(&signer->note), signer->note.len);
	(void)pthread_mutex_unlock(&signer->display->lock);
	signer->is_shown = true;
}

static bool has_grown(const struct head *last, const struct head *now,
		      const struct merkle_proof *proof)
{
	if (last->size == 0)
		return true;
	return merkle_verify_consistency(last->size, now->size, proof->hashes, proof->count,
					 last->root, now->root) == STATUS_OK;
}

enum status signer_sign(struct signer *signer, uint64_t size, const uint8_t root[static HASH_LEN],
			const struct merkle_proof *proof, int64_t now)
{
	struct head head = {.turn = signer->last.turn, .size = size, .time = now};
	enum status status;

	memcpy(head.root, root, HASH_LEN);
	if (!has_grown(&signer->last, &head, proof))
		return STATUS_QUARANTINE;
	if (signer->is_shown && size == signer->last.size)
		return STATUS_OK;
	signer->is_shown = false;
	status = slots_write(signer->fd, &head);
	if (status != STATUS_OK)
		return status;
	signer->last = head;
	status = make_note(signer, false, now);
	if (status == STATUS_OK)
		status = keep(signer);
	if (status == STATUS_OK)
		show(signer);
	return status;
}

enum status signer_beat(struct signer *signer, int64_t now)
{
	struct signed_head *shown = &signer->display->head;
	enum status status;

	if (!signer->is_shown)
		return STATUS_OK;
	status = make_note(signer, true, now);
	if (status != STATUS_OK)
		return status;
	(void)pthread_mutex_lock(&signer->display->lock); /* as above */
	shown->heartbeat_len = signer->note.len;
	memcpy(shown->heartbeat, buf_head(&signer->note), signer->note.len);
	(void)pthread_mutex_unlock(&signer->display->lock);
	return STATUS_OK;
}

/* ---- for any thread ---- */

void signer_head(const struct signer *signer, struct signed_head *head)
{
	if (signer == NULL) {
		*head = (struct signed_head){0};
		return;
	}
	(void)pthread_mutex_lock(&signer->display->lock); /* as above */
	*head = signer->display->head;
	(void)pthread_mutex_unlock(&signer->display->lock);
}

void signer_key(const struct signer *signer, struct note_key *key)
{
	(void)pthread_mutex_lock(&signer->display->lock); /* as above */
	*key = signer->pen.signs;
	(void)pthread_mutex_unlock(&signer->display->lock);
}

/* ---- one key follows another ---- */

enum status signer_companions(struct signer *signer, struct ed25519 *old_key,
			      struct ed25519 *next_key)
{
	const char *origin = signer->pen.signs.name;
	enum status old_status = fill_pen(&signer->old_pen, old_key, origin);
	enum status status = fill_pen(&signer->next_pen, next_key, origin);

	if (status != STATUS_OK || old_status != STATUS_OK)
		return status != STATUS_OK ? status : old_status;
	if (next_key == NULL ||
	    memcmp(signer->next_pen.signs.key, signer->pen.signs.key, ED25519_KEY_LEN) != 0)
		return STATUS_OK;
	(void)fill_pen(&signer->next_pen, NULL, origin); /* takes it away: cannot fail */
	return STATUS_INVALID;
}

enum status signer_next(const struct signer *signer, struct note_key *key)
{
	if (signer->next_pen.key == NULL)
		return STATUS_NOT_FOUND;
	*key = signer->next_pen.signs;
	return STATUS_OK;
}

void signer_succeed(struct signer *signer)
{
	ed25519_free(signer->old_pen.key);
	(void)pthread_mutex_lock(&signer->display->lock); /* as above */
	signer->old_pen = signer->pen;
	signer->pen = signer->next_pen;
	(void)pthread_mutex_unlock(&signer->display->lock);
	signer->next_pen = (struct pen){.key = NULL};
}
