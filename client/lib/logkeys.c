#include "client/lib/logkeys.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/certificate.h"
#include "common/file.h"
#include "common/path.h"

#define SPKI_MAX 128 /* an Ed25519 key has 44 */

const char *logkeys_origin(const struct logkeys *keys)
{
	return keys->count > 0 ? keys->keys[0].name : "";
}

bool logkeys_has(const struct logkeys *keys, const struct note_key *key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (strcmp(keys->keys[i].name, key->name) == 0 &&
		    memcmp(keys->keys[i].key, key->key, sizeof(key->key)) == 0)
			return true;
	}
	return false;
}

static enum status add_line(struct logkeys *keys, const char *line, size_t len)
{
	struct note_key *key = &keys->keys[keys->count];

	if (keys->count == LOGKEYS_MAX)
		return STATUS_INVALID;
	if (note_key_parse(key, line, len) != STATUS_OK || key->type != NOTE_ED25519 ||
	    strcmp(key->name, keys->keys[0].name) != 0)
		return STATUS_INVALID;
	keys->count++;
	return STATUS_OK;
}

enum status logkeys_parse(struct logkeys *keys, const char *text, size_t len)
{
	enum status status = STATUS_OK;

	*keys = (struct logkeys){0};
	while (status == STATUS_OK && len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end != NULL ? (size_t)(end - text) : len;
		size_t used = end != NULL ? line + 1 : len;

		status = add_line(keys, text, line);
		text += used;
		len -= used;
	}
	if (status == STATUS_OK && keys->count == 0)
		status = STATUS_INVALID;
	if (status != STATUS_OK)
		keys->count = 0;
	return status;
}

enum status logkeys_load(struct logkeys *keys, const char *directory)
{
	struct path path;
	uint8_t *text = NULL;
	size_t len = 0;
	enum status status = path_join(&path, directory, LOGKEYS_FILE);

	keys->count = 0;
	if (status == STATUS_OK)
		status = file_get(path.text, LOGKEYS_FILE_MAX, &text, &len);
	if (status == STATUS_OK)
		status = logkeys_parse(keys, (const char *)text, len);
	free(text);
	return status;
}

enum status logkeys_save(const struct logkeys *keys, const char *directory)
{
	char text[LOGKEYS_FILE_MAX];
	struct path path;
	size_t len = 0;
	enum status status = path_join(&path, directory, LOGKEYS_FILE);

	for (size_t i = 0; i < keys->count; i++) {
		note_key_format(&keys->keys[i], text + len);
		len += strlen(text + len);
		text[len++] = '\n';
	}
	return status == STATUS_OK ? file_put(path.text, text, len) : status;
}

enum status logkeys_make(struct logkeys *keys, const char *origin, const uint8_t *der, size_t len)
{
	uint8_t key[ED25519_KEY_LEN];
	enum status status = ed25519_from_spki(der, len, key);

	*keys = (struct logkeys){0};
	if (status == STATUS_OK)
		status = note_key_make(&keys->keys[0], origin, NOTE_ED25519, key);
	keys->count = status == STATUS_OK ? 1 : 0;
	return status;
}

/* What stands between the first two lines of dashes is one line of base64: the key is short. */
static enum status decode_pem(const char *pem, uint8_t der[static SPKI_MAX], size_t *len)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----\n";
	const char *at = strstr(pem, begin);

	if (at == NULL)
		return STATUS_INVALID;
	at += sizeof(begin) - 1;
	return base64_decode(at, strcspn(at, "\r\n"), der, SPKI_MAX, len);
}

enum status logkeys_adopt(struct logkeys *keys, const char *origin, const char *directory)
{
	uint8_t der[SPKI_MAX];
	struct path path;
	uint8_t *pem = NULL;
	size_t len = 0;
	enum status status = path_join(&path, directory, LOGKEYS_OLD_FILE);

	keys->count = 0;
	if (status == STATUS_OK)
		status = file_get(path.text, CERTIFICATE_FILE_MAX, &pem, &len);
	if (status == STATUS_OK)
		status = decode_pem((const char *)pem, der, &len);
	free(pem);
	return status == STATUS_OK ? logkeys_make(keys, origin, der, len) : status;
}
