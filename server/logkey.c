#include "server/logkey.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"
#include "common/successor.h"
#include "server/pki_files.h"

#define KEY_MAX 4096 /* bytes of a key's file */

enum status logkey_load(const char *identity_dir, const char *name, struct ed25519 **key,
			char why[static PKI_WHY_LEN])
{
	struct path path;
	uint8_t *pem = NULL;
	size_t len = 0;
	enum status status = path_join(&path, identity_dir, name);
	if (status == STATUS_OK)
		status = file_get(path.text, KEY_MAX, &pem, &len);
	if (status != STATUS_OK)
		return pki_fail(why, status, "cannot read", path.text);
	status = ed25519_load(key, (const char *)pem, len);
	explicit_bzero(pem, len);
	free(pem);
	return status == STATUS_OK ? status : pki_fail(why, status, "no Ed25519 key:", path.text);
}

static enum status make_next(const char *identity_dir, struct ed25519 **key,
			     char why[static PKI_WHY_LEN])
{
	struct buf pem = BUF_EMPTY;
	struct path path;
	enum status status = path_join(&path, identity_dir, LOGKEY_NEXT);
	if (status == STATUS_OK)
		status = ed25519_new(key, &pem);
	if (status == STATUS_OK)
		status = file_put(path.text, buf_head(&pem), pem.len);
	if (pem.bytes != NULL)
		explicit_bzero(pem.bytes, pem.capacity);
	buf_release(&pem);
	return status == STATUS_OK ? status : pki_fail(why, status, "cannot write", path.text);
}

/* A second change would end what the old key still signs, for clients that know no other. */
static enum status old_is_gone(const char *identity_dir, char why[static PKI_WHY_LEN])
{
	struct path path;
	enum status status = path_join(&path, identity_dir, LOGKEY_OLD);
	if (status != STATUS_OK)
		return pki_fail(why, status, "the name is too long:", identity_dir);
	if (access(path.text, F_OK) != 0)
		return STATUS_OK;
	return pki_fail(why, STATUS_BLOCKED,
			"the key before this one still signs; when every client has connected "
			"since, take it away and restart the server:",
			path.text);
}

enum status logkey_prepare(const char *identity_dir, struct buf *statement,
			   char why[static PKI_WHY_LEN])
{
	char origin[NOTE_NAME_MAX + 1] = "";
	struct ed25519 *key = NULL;
	struct ed25519 *next = NULL;
	enum status status = old_is_gone(identity_dir, why);
	if (status == STATUS_OK)
		status = pki_read_origin(identity_dir, origin, sizeof(origin), why);
	if (status == STATUS_OK)
		status = logkey_load(identity_dir, PKI_LOG_KEY, &key, why);
	if (status == STATUS_OK) {
		status = logkey_load(identity_dir, LOGKEY_NEXT, &next, why);
		if (status == STATUS_NOT_FOUND)
			status = make_next(identity_dir, &next, why);
	}
	if (status == STATUS_OK) {
		status = successor_format(origin, key, next, statement);
		if (status != STATUS_OK)
			status = pki_fail(why, status, "no statement can be made for", origin);
	}
	ed25519_free(key);
	ed25519_free(next);
	return status;
}

/* Whether the file has that key; false also when it is not there or is none. */
static bool has_key(const char *identity_dir, const char *name, const struct note_key *wanted)
{
	char why[PKI_WHY_LEN];
	uint8_t public[ED25519_KEY_LEN];
	struct ed25519 *key = NULL;
	if (logkey_load(identity_dir, name, &key, why) != STATUS_OK)
		return false;
	ed25519_public(key, public);
	ed25519_free(key);
	return memcmp(public, wanted->key, ED25519_KEY_LEN) == 0;
}

/* Fine when there is no such file: it was moved before. */
static enum status move(const char *identity_dir, const char *from, const char *to,
			char why[static PKI_WHY_LEN])
{
	struct path old_path;
	struct path new_path;
	enum status status = path_join(&old_path, identity_dir, from);
	if (status == STATUS_OK)
		status = path_join(&new_path, identity_dir, to);
	if (status != STATUS_OK)
		return pki_fail(why, status, "the name is too long:", identity_dir);
	if (rename(old_path.text, new_path.text) != 0 && errno != ENOENT)
		return pki_fail(why, STATUS_STORAGE, "cannot rename", old_path.text);
	status = directory_sync(identity_dir);
	return status == STATUS_OK ? status : pki_fail(why, status, "cannot sync", identity_dir);
}

enum status logkey_settle(const char *identity_dir, const struct note_key *named,
			  char why[static PKI_WHY_LEN])
{
	if (has_key(identity_dir, PKI_LOG_KEY, named))
		return STATUS_OK;
	if (!has_key(identity_dir, LOGKEY_NEXT, named))
		return pki_fail(
			why, STATUS_INVALID,
			"the ledger names another key as the one that signs than there is in",
			identity_dir);
	/* Cut off in between, the next key is still there, and the old one under its name. */
	enum status status = move(identity_dir, PKI_LOG_KEY, LOGKEY_OLD, why);
	return status == STATUS_OK ? move(identity_dir, LOGKEY_NEXT, PKI_LOG_KEY, why) : status;
}
