#include "server/dispatch/succession.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/date.h"
#include "common/log.h"
#include "common/path.h"
#include "server/logkey.h"

#define SCRATCH_MAX (64 * 1024) /* one row */

/* The key that the newest entry names. STATUS_NOT_FOUND when none was ever named: it is the first.
 */
static enum status named_key(struct txn *txn, struct note_key *key)
{
	struct key all = {.len = 0};
	struct walk *walk = index_walk(txn, INDEX_log_key_by_entry, &all);
	uint64_t id;
	uint64_t newest = 0;
	while (walk_next(walk, &id))
		newest = id;
	walk_end(walk);
	if (newest == 0)
		return txn_status(txn) == STATUS_OK ? STATUS_NOT_FOUND : txn_status(txn);
	struct arena scratch;
	arena_init(&scratch, SCRATCH_MAX);
	const Pb__LogKey *row = log_key_get(txn, newest, &scratch);
	enum status status =
		row == NULL ? STATUS_MEMORY : note_key_parse(key, row->vkey, strlen(row->vkey));
	arena_release(&scratch);
	return status;
}

static enum status read_key(struct store *store, struct note_key *key)
{
	struct txn *txn = NULL;
	enum status status = store_read(store, &txn);
	if (status != STATUS_OK)
		return status;
	status = named_key(txn, key);
	txn_end(txn);
	return status;
}

static enum status settle_files(const char *data, const struct note_key *key,
				char why[static SIGNING_WHY_LEN])
{
	struct path identity;
	enum status status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		return logkey_settle(identity.text, key, why);
	snprintf(why, SIGNING_WHY_LEN, "the name of the data directory is too long");
	return status;
}

enum status succession_settle(struct store *store, const char *data,
			      char why[static SIGNING_WHY_LEN])
{
	struct note_key key;
	enum status status = read_key(store, &key);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK)
		return settle_files(data, &key, why);
	snprintf(why, SIGNING_WHY_LEN, "the key that signs the ledger cannot be read: %s",
		 status_text(status));
	return status;
}

void succession_follow(struct signing *signing, struct store *store, const char *data)
{
	char why[SIGNING_WHY_LEN] = "";
	struct note_key named;
	struct note_key next;
	enum status status = signer_next(signing->signer, &next);
	if (status == STATUS_OK)
		status = read_key(store, &named);
	if (status == STATUS_NOT_FOUND)
		return;
	if (status == STATUS_OK && memcmp(named.key, next.key, ED25519_KEY_LEN) != 0)
		return; /* it was only asked for */
	if (status == STATUS_OK) {
		signer_succeed(signing->signer);
		status = settle_files(data, &named, why);
	}
	/* Whoever is told who signs now is to find the time signed by it, too. */
	if (status == STATUS_OK)
		status = signer_beat(signing->signer, clock_now());
	if (status == STATUS_OK)
		log_event(LOG_LEVEL_INFO, "log_key_follows", "key=%s", named.name);
	else
		log_event(LOG_LEVEL_ERROR, "log_key_not_settled", "status=%s why=%s",
			  status_name(status), why);
}
