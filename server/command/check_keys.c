#include "server/command/check_keys.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/path.h"
#include "server/logkey.h"
#include "server/service/witness.h"

#define SCRATCH_MAX (64 * 1024) /* one row */

/* Where one more key goes; NULL: memory is out. */
static struct note_key *more(struct note_key **keys, size_t count)
{
	struct note_key *grown = reallocarray(*keys, count + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	*keys = grown;
	return &grown[count];
}

static enum status add_log(struct check_keys *keys, const struct note_key *key)
{
	struct note_key *to;
	for (size_t i = 0; i < keys->log_count; i++)
		if (memcmp(keys->logs[i].key, key->key, ED25519_KEY_LEN) == 0)
			return STATUS_OK;
	to = more(&keys->logs, keys->log_count);
	if (to == NULL)
		return STATUS_MEMORY;
	*to = *key;
	keys->log_count++;
	return STATUS_OK;
}

/* One that is not there is none. */
static enum status add_file(struct check_keys *keys, const char *identity, const char *name)
{
	char why[PKI_WHY_LEN];
	uint8_t public[ED25519_KEY_LEN];
	struct note_key key;
	struct ed25519 *secret = NULL;
	enum status status = logkey_load(identity, name, &secret, why);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	ed25519_public(secret, public);
	ed25519_free(secret);
	status = note_key_make(&key, keys->origin, NOTE_ED25519, public);
	return status == STATUS_OK ? add_log(keys, &key) : status;
}

/* Those that entries name: all but the first. */
static enum status add_named(struct check_keys *keys, struct txn *txn)
{
	struct key all = {.len = 0};
	struct walk *walk = index_walk(txn, INDEX_log_key_by_entry, &all);
	enum status status = STATUS_OK;
	uint64_t id;
	while (status == STATUS_OK && walk_next(walk, &id)) {
		struct note_key key;
		struct arena scratch;
		arena_init(&scratch, SCRATCH_MAX);
		const Pb__LogKey *row = log_key_get(txn, id, &scratch);
		status = row == NULL ? STATUS_MEMORY
				     : note_key_parse(&key, row->vkey, strlen(row->vkey));
		if (status == STATUS_OK && keys->gone_until == 0)
			keys->gone_until = row->entry + 1;
		if (status == STATUS_OK)
			status = add_log(keys, &key);
		arena_release(&scratch);
	}
	walk_end(walk);
	return status;
}

static enum status add_witnesses(struct check_keys *keys, struct txn *txn)
{
	struct key all = {.len = 0};
	struct walk *walk = index_walk(txn, INDEX_witness_by_name, &all);
	enum status status = STATUS_OK;
	uint64_t id;
	while (status == STATUS_OK && walk_next(walk, &id)) {
		struct note_key *to = more(&keys->witnesses, keys->witness_count);
		struct arena scratch;
		arena_init(&scratch, SCRATCH_MAX);
		const Pb__Witness *row = witness_get(txn, id, &scratch);
		status = row == NULL || to == NULL ? STATUS_MEMORY : witness_note_key(row, to);
		keys->witness_count += status == STATUS_OK;
		arena_release(&scratch);
	}
	walk_end(walk);
	return status;
}

enum status check_keys_load(struct check_keys *keys, struct txn *txn, const char *data,
			    const char *origin)
{
	struct path identity;
	*keys = (struct check_keys){.origin = origin};
	enum status status = add_named(keys, txn);
	size_t named = keys->log_count;
	if (status == STATUS_OK)
		status = path_join(&identity, data, "identity");
	if (status == STATUS_OK)
		status = add_file(keys, identity.text, PKI_LOG_KEY);
	if (status == STATUS_OK)
		status = add_file(keys, identity.text, LOGKEY_OLD);
	if (keys->log_count > named)
		keys->gone_until = 0; /* a key that no entry names is the first */
	return status == STATUS_OK ? add_witnesses(keys, txn) : status;
}

void check_keys_release(struct check_keys *keys)
{
	free(keys->logs);
	free(keys->witnesses);
	*keys = (struct check_keys){.logs = NULL};
}
