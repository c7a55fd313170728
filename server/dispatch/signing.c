#include "server/dispatch/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/path.h"
#include "server/logkey.h"
#include "server/pki.h"

#define KEY_MAX 4096 /* bytes of a key's file */

static enum status open_signer(struct signer **signer, const char *data, const char *origin,
			       char why[static SIGNING_WHY_LEN])
{
	struct path directory;
	struct path path;
	uint8_t *pem = NULL;
	size_t len = 0;
	enum status status = path_join(&directory, data, SIGNING_DIRECTORY);
	if (status == STATUS_OK)
		status = path_join(&path, data, "identity/" PKI_LOG_KEY);
	if (status == STATUS_OK)
		status = file_get(path.text, KEY_MAX, &pem, &len);
	if (status != STATUS_OK) {
		snprintf(why, SIGNING_WHY_LEN,
			 "the key that signs the ledger, identity/" PKI_LOG_KEY
			 ", cannot be read: %s",
			 status_text(status));
		return status;
	}
	status = signer_open(signer, directory.text, origin, pem, len, why);
	explicit_bzero(pem, len);
	free(pem);
	return status;
}

/* Fine when there is none. */
static enum status load_companion(const char *identity, const char *name, struct ed25519 **key,
				  char why[static SIGNING_WHY_LEN])
{
	enum status status = logkey_load(identity, name, key, why);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status signing_companions(struct signing *signing, const char *data,
			       char why[static SIGNING_WHY_LEN])
{
	struct path identity;
	struct ed25519 *old_key = NULL;
	struct ed25519 *next_key = NULL;
	snprintf(why, SIGNING_WHY_LEN, "the name of the data directory is too long");
	enum status status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		status = load_companion(identity.text, LOGKEY_OLD, &old_key, why);
	if (status == STATUS_OK)
		status = load_companion(identity.text, LOGKEY_NEXT, &next_key, why);
	if (status != STATUS_OK) {
		ed25519_free(old_key);
		return status;
	}
	status = signer_companions(signing->signer, old_key, next_key);
	if (status != STATUS_OK)
		snprintf(why, SIGNING_WHY_LEN, "identity/" LOGKEY_NEXT " cannot follow: %s",
			 status_text(status));
	return status;
}

enum status signing_open(struct signing *signing, const char *data, const char *origin,
			 const struct ledger *ledger, int64_t now, char why[static SIGNING_WHY_LEN])
{
	enum status status = open_signer(&signing->signer, data, origin, why);
	if (status != STATUS_OK)
		return status;
	status = signing_companions(signing, data, why);
	if (status != STATUS_OK) {
		signing_close(signing);
		return status;
	}
	if (ledger_size(ledger) > 0)
		status = signing_advance(signing, ledger, now);
	if (status == STATUS_OK)
		status = signer_beat(signing->signer, now);
	if (status != STATUS_OK) {
		snprintf(why, SIGNING_WHY_LEN, "the ledger's head cannot be signed: %s",
			 status_text(status));
		signing_close(signing);
	}
	return status;
}

void signing_close(struct signing *signing)
{
	signer_close(signing->signer);
	signing->signer = NULL;
}

enum status signing_advance(struct signing *signing, const struct ledger *ledger, int64_t now)
{
	struct merkle_edge edge;
	struct merkle_proof proof;
	uint64_t size = ledger_size(ledger);
	uint64_t last_size;
	uint8_t last_root[HASH_LEN];
	signer_last(signing->signer, &last_size, last_root);
	enum status status = ledger_edge(ledger, size, &edge);
	if (status == STATUS_OK)
		status = merkle_prove_consistency(&edge, last_size, &proof);
	if (status == STATUS_OK)
		status = signer_sign(signing->signer, size, merkle_edge_root(&edge), &proof, now);
	if (status != STATUS_OK)
		return status;
	signing->edge = edge;
	signer_head(signing->signer, &signing->head);
	return STATUS_OK;
}
