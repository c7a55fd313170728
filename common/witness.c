#include "common/witness.h"

#include <stdio.h>
#include <string.h>

#define HEADLINE "dossier-witness-key/v1\n"

enum status witness_key_make(struct note_key *to, const char *origin, const char *login,
			     const uint8_t key[static ED25519_KEY_LEN])
{
	char name[NOTE_NAME_MAX + 1];
	int len = snprintf(name, sizeof(name), "%s/witness/%s", origin, login);

	if (len < 0 || (size_t)len >= sizeof(name))
		return STATUS_INVALID;
	return note_key_make(to, name, NOTE_COSIGNATURE, key);
}

enum status witness_key_statement(const struct note_key *key, struct buf *to)
{
	char vkey[NOTE_VKEY_MAX + 1];
	enum status status;

	note_key_format(key, vkey);
	status = buf_append(to, HEADLINE, strlen(HEADLINE));
	if (status == STATUS_OK)
		status = buf_append(to, vkey, strlen(vkey));
	return status == STATUS_OK ? buf_append(to, "\n", 1) : status;
}
