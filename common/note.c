#include "common/note.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/bytes.h"
#include "common/hash.h"
#include "common/line.h"
#include "common/text.h"

#define DASH "\xe2\x80\x94 " /* em dash and space, which begin a signature line */
#define DASH_LEN (sizeof(DASH) - 1)
#define TIME_LEN 8
#define COSIGNATURE_LEN (TIME_LEN + ED25519_SIGNATURE_LEN)
#define VKEY_LEN (1 + ED25519_KEY_LEN) /* type and key, before base64 */

/* ---- keys ---- */

/* Whether a character begins here that Unicode calls a space; of those that no text may have (tab,
 * U+0085, U+2028, ...) name_valid() does not ask. */
static bool space_at(const char *text, size_t left)
{
	static const char *const spaces[] = {
		" ", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		size_t len = strlen(spaces[i]);
		if (left >= len && memcmp(text, spaces[i], len) == 0)
			return true;
	}
	/* U+2000 to U+200A */
	return left >= 3 && memcmp(text, "\xe2\x80", 2) == 0 && (uint8_t)text[2] <= 0x8a;
}

static bool name_valid(const char *name, size_t len)
{
	if (len == 0 || len > NOTE_NAME_MAX || text_check(name, len) != TEXT_OK)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '+' || space_at(name + i, len - i))
			return false;
	}
	return true;
}

static bool type_known(unsigned type)
{
	return type == NOTE_ED25519 || type == NOTE_COSIGNATURE;
}

/* The first bytes of SHA-256 of name, newline, type, key. */
static void set_id(struct note_key *key)
{
	uint8_t bytes[NOTE_NAME_MAX + 1 + VKEY_LEN], digest[HASH_LEN];
	size_t len = strlen(key->name);

	memcpy(bytes, key->name, len);
	bytes[len++] = '\n';
	bytes[len++] = key->type;
	memcpy(bytes + len, key->key, ED25519_KEY_LEN);
	hash_of(bytes, len + ED25519_KEY_LEN, digest);
	memcpy(key->id, digest, NOTE_ID_LEN);
}

static enum status key_set(struct note_key *to, const char *name, size_t len, unsigned type,
			   const uint8_t *key)
{
	if (!name_valid(name, len) || !type_known(type))
		return STATUS_INVALID;
	*to = (struct note_key){.type = (uint8_t)type};
	memcpy(to->name, name, len);
	memcpy(to->key, key, ED25519_KEY_LEN);
	set_id(to);
	return STATUS_OK;
}

enum status note_key_make(struct note_key *to, const char *name, enum note_type type,
			  const uint8_t key[static ED25519_KEY_LEN])
{
	return key_set(to, name, strlen(name), type, key);
}

enum status note_key_parse(struct note_key *to, const char *vkey, size_t len)
{
	const char *plus = memchr(vkey, '+', len); /* a name has none */
	const size_t after_id = 1 + 2 * NOTE_ID_LEN;
	uint8_t bytes[VKEY_LEN];
	char id[2 * NOTE_ID_LEN + 1];
	struct note_key key;
	size_t bytes_len;

	if (plus == NULL || len - (size_t)(plus - vkey) <= after_id || plus[after_id] != '+')
		return STATUS_INVALID;
	const char *base64 = plus + after_id + 1;
	if (base64_decode(base64, len - (size_t)(base64 - vkey), bytes, sizeof(bytes),
			  &bytes_len) != STATUS_OK ||
	    bytes_len != sizeof(bytes) ||
	    key_set(&key, vkey, (size_t)(plus - vkey), bytes[0], bytes + 1) != STATUS_OK)
		return STATUS_INVALID;
	hex_encode(key.id, NOTE_ID_LEN, id);
	if (memcmp(plus + 1, id, 2 * NOTE_ID_LEN) != 0)
		return STATUS_INVALID;
	*to = key;
	return STATUS_OK;
}

void note_key_format(const struct note_key *key, char to[static NOTE_VKEY_MAX + 1])
{
	char id[2 * NOTE_ID_LEN + 1], base64[BASE64_LEN(VKEY_LEN) + 1];
	uint8_t bytes[VKEY_LEN];

	bytes[0] = key->type;
	memcpy(bytes + 1, key->key, ED25519_KEY_LEN);
	hex_encode(key->id, NOTE_ID_LEN, id);
	base64_encode(bytes, sizeof(bytes), base64);
	(void)snprintf(to, NOTE_VKEY_MAX + 1, "%s+%s+%s", key->name, id, base64); /* it fits */
}

/* ---- cutting up ---- */

/* "— name base64" */
static enum status parse_signature(struct note_signature *to, const struct line *line)
{
	uint8_t bytes[NOTE_MAX / 4 * 3]; /* long enough for whatever a note has room for */
	size_t bytes_len;

	if (line->len < DASH_LEN || memcmp(line->text, DASH, DASH_LEN) != 0)
		return STATUS_INVALID;
	to->name = line->text + DASH_LEN;
	const char *space = memchr(to->name, ' ', line->len - DASH_LEN);
	if (space == NULL)
		return STATUS_INVALID;
	to->name_len = (size_t)(space - to->name);
	to->base64 = space + 1;
	to->base64_len = line->len - DASH_LEN - to->name_len - 1;
	if (!name_valid(to->name, to->name_len) ||
	    base64_decode(to->base64, to->base64_len, bytes, sizeof(bytes), &bytes_len) !=
		    STATUS_OK ||
	    bytes_len <= NOTE_ID_LEN)
		return STATUS_INVALID;
	memcpy(to->id, bytes, NOTE_ID_LEN);
	return STATUS_OK;
}

/* What is behind the empty line: one line at least. */
static enum status parse_signatures(struct note *note, const char *at, size_t left)
{
	struct line line;

	while (left > 0) {
		if (note->count == NOTE_SIGNATURES_MAX || !line_next(&at, &left, &line) ||
		    parse_signature(&note->signatures[note->count], &line) != STATUS_OK)
			return STATUS_INVALID;
		note->count++;
	}
	return note->count > 0 ? STATUS_OK : STATUS_INVALID;
}

/* UTF-8 in lines, each ended, without control characters. */
static bool lines_valid(const char *at, size_t left)
{
	struct line line;

	while (left > 0) {
		if (!line_next(&at, &left, &line) || text_check(line.text, line.len) != TEXT_OK)
			return false;
	}
	return true;
}

enum status note_parse(struct note *note, const void *bytes, size_t len)
{
	const char *text = bytes;

	if (len > NOTE_MAX || !lines_valid(text, len))
		return STATUS_INVALID;
	/* The last empty line parts text and signatures. */
	for (size_t i = len; i >= 2; i--) {
		if (text[i - 1] != '\n' || text[i - 2] != '\n')
			continue;
		*note = (struct note){.text = text, .text_len = i - 1};
		return parse_signatures(note, text + i, len - i);
	}
	return STATUS_INVALID;
}

/* ---- signing and verifying ---- */

/* What a cosignature signs: two lines with the time, then the text. */
static enum status cosigned(struct buf *to, uint64_t time, const char *text, size_t len)
{
	char head[64];
	int head_len = snprintf(head, sizeof(head), "cosignature/v1\ntime %llu\n",
				(unsigned long long)time);
	enum status status = buf_append(to, head, (size_t)head_len);

	return status != STATUS_OK ? status : buf_append(to, text, len);
}

static enum status verify_cosignature(const struct note *note, const struct note_key *key,
				      const uint8_t *signature, uint64_t *time)
{
	struct buf message = BUF_EMPTY;

	*time = bytes_get64(signature);
	if (*time > INT64_MAX)
		return STATUS_PROOF;
	enum status status = cosigned(&message, *time, note->text, note->text_len);
	if (status == STATUS_OK)
		status = ed25519_verify(key->key, buf_head(&message), message.len,
					signature + TIME_LEN);
	buf_release(&message);
	return status;
}

static enum status verify_line(const struct note *note, const struct note_signature *line,
			       const struct note_key *key, uint64_t *time)
{
	uint8_t bytes[NOTE_ID_LEN + NOTE_SIGNATURE_MAX];
	const uint8_t *signature = bytes + NOTE_ID_LEN;
	size_t expected = key->type == NOTE_COSIGNATURE ? COSIGNATURE_LEN : ED25519_SIGNATURE_LEN;
	size_t len;

	*time = 0;
	if (base64_decode(line->base64, line->base64_len, bytes, sizeof(bytes), &len) !=
		    STATUS_OK ||
	    len != NOTE_ID_LEN + expected)
		return STATUS_PROOF;
	if (key->type == NOTE_COSIGNATURE)
		return verify_cosignature(note, key, signature, time);
	return ed25519_verify(key->key, note->text, note->text_len, signature);
}

enum status note_verify(const struct note *note, const struct note_key *key, uint64_t *time)
{
	enum status status = STATUS_NOT_FOUND;
	size_t name_len = strlen(key->name);
	uint64_t when, latest = 0;

	for (size_t i = 0; i < note->count; i++) {
		const struct note_signature *line = &note->signatures[i];
		if (line->name_len != name_len || memcmp(line->name, key->name, name_len) != 0 ||
		    memcmp(line->id, key->id, NOTE_ID_LEN) != 0)
			continue;
		status = verify_line(note, line, key, &when);
		if (status != STATUS_OK)
			return status;
		latest = when > latest ? when : latest;
	}
	if (status == STATUS_OK && time != NULL)
		*time = latest;
	return status;
}

static enum status append_line(struct buf *to, const struct note_key *as, const uint8_t *signature,
			       size_t len)
{
	uint8_t bytes[NOTE_ID_LEN + NOTE_SIGNATURE_MAX];
	char base64[BASE64_LEN(sizeof(bytes)) + 1];
	char line[DASH_LEN + NOTE_NAME_MAX + sizeof(base64) + 2];

	memcpy(bytes, as->id, NOTE_ID_LEN);
	memcpy(bytes + NOTE_ID_LEN, signature, len);
	base64_encode(bytes, NOTE_ID_LEN + len, base64);
	int line_len = snprintf(line, sizeof(line), DASH "%s %s\n", as->name, base64);
	return buf_append(to, line, (size_t)line_len);
}

enum status note_sign(struct buf *to, const struct note_key *as, const struct ed25519 *key,
		      uint64_t time, const char *text, size_t len)
{
	uint8_t signature[COSIGNATURE_LEN];
	struct buf message = BUF_EMPTY;
	enum status status;

	if (as->type == NOTE_ED25519) {
		status = ed25519_sign(key, text, len, signature);
		return status != STATUS_OK ? status
					   : append_line(to, as, signature, ED25519_SIGNATURE_LEN);
	}
	bytes_put64(signature, time);
	status = cosigned(&message, time, text, len);
	if (status == STATUS_OK)
		status = ed25519_sign(key, buf_head(&message), message.len, signature + TIME_LEN);
	if (status == STATUS_OK)
		status = append_line(to, as, signature, sizeof(signature));
	buf_release(&message);
	return status;
}
