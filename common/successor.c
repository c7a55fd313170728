#include "common/successor.h"

#include <string.h>

#include "common/line.h"

#define FIRST_LINE "dossier-log-key/1"

static enum status key_of(const struct ed25519 *pair, const char *origin, struct note_key *key)
{
	uint8_t public[ED25519_KEY_LEN];

	ed25519_public(pair, public);
	return note_key_make(key, origin, NOTE_ED25519, public);
}

enum status successor_format(const char *origin, const struct ed25519 *old_key,
			     const struct ed25519 *new_key, struct buf *to)
{
	char vkey[NOTE_VKEY_MAX + 1];
	struct buf text = BUF_EMPTY;
	struct note_key from, next;
	enum status status = key_of(old_key, origin, &from);

	if (status == STATUS_OK)
		status = key_of(new_key, origin, &next);
	if (status != STATUS_OK)
		return status;
	note_key_format(&next, vkey);
	status = line_add(&text, FIRST_LINE);
	if (status == STATUS_OK)
		status = line_add(&text, vkey);
	const char *body = (const char *)buf_head(&text);
	if (status == STATUS_OK)
		status = buf_append(to, body, text.len);
	if (status == STATUS_OK)
		status = line_add(to, "");
	if (status == STATUS_OK)
		status = note_sign(to, &from, old_key, 0, body, text.len);
	if (status == STATUS_OK)
		status = note_sign(to, &next, new_key, 0, body, text.len);
	buf_release(&text);
	return status;
}

/* The second and last line of the text. */
static enum status read_key(const struct note *note, struct note_key *key)
{
	const char *at = note->text;
	size_t left = note->text_len;
	struct line line;

	if (!line_next(&at, &left, &line) || !line_is(&line, FIRST_LINE) ||
	    !line_next(&at, &left, &line) || left > 0)
		return STATUS_INVALID;
	return note_key_parse(key, line.text, line.len);
}

enum status successor_verify(const void *bytes, size_t len, const struct note_key *old_key,
			     struct note_key *new_key)
{
	struct note_key next;
	struct note note;

	if (len > SUCCESSOR_MAX || note_parse(&note, bytes, len) != STATUS_OK ||
	    read_key(&note, &next) != STATUS_OK || next.type != NOTE_ED25519 ||
	    strcmp(next.name, old_key->name) != 0 ||
	    memcmp(next.key, old_key->key, ED25519_KEY_LEN) == 0)
		return STATUS_INVALID;
	enum status status = note_verify(&note, old_key, NULL);
	if (status == STATUS_OK)
		status = note_verify(&note, &next, NULL);
	if (status == STATUS_OK)
		*new_key = next;
	return status == STATUS_NOT_FOUND ? STATUS_PROOF : status;
}
