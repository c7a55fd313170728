#include "server/command/check_heads.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/path.h"
#include "server/dispatch/signing.h"

#define TOLD_MAX 10               /* enough is known then; all are counted */
#define CLOCKS INT64_C(120000000) /* microseconds that a clock may be wrong */
#define SLOTS_FILE SIGNING_DIRECTORY "/head"
#define HEADS_FILE SIGNING_DIRECTORY "/checkpoints"

static void tell(struct check_heads *heads, uint64_t size, const char *what)
{
	if (heads->wrong++ < TOLD_MAX)
		printf("WRONG  " HEADS_FILE ": the head of %" PRIu64 " entries %s\n", size, what);
}

/* Whether one of the keys signed it. STATUS_PROOF when none did. */
static enum status judge_signature(const struct check_keys *keys,
				   const struct headlog_record *record)
{
	struct checkpoint checkpoint = {.size = record->head.size};
	struct buf text = BUF_EMPTY;
	enum status status = STATUS_PROOF;
	snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", keys->origin);
	memcpy(checkpoint.root, record->head.root, HASH_LEN);
	if (checkpoint_format(&checkpoint, &text) != STATUS_OK)
		status = STATUS_MEMORY;
	for (size_t i = keys->log_count; i > 0 && status == STATUS_PROOF; i--)
		status = ed25519_verify(keys->logs[i - 1].key, buf_head(&text), text.len,
					record->signature);
	buf_release(&text);
	return status;
}

static enum status check_signature(struct check_heads *heads)
{
	uint64_t size = heads->next.head.size;
	enum status status = judge_signature(heads->keys, &heads->next);
	if (status != STATUS_PROOF)
		return status;
	if (size <= heads->keys->gone_until)
		heads->unseen++;
	else
		tell(heads, size, "is not signed by the ledger's key");
	return STATUS_OK;
}

/* Makes the next record whose signature was looked at heads->next. */
static enum status advance(struct check_heads *heads)
{
	enum status status = STATUS_CORRUPT;
	heads->has_next = false;
	while (status == STATUS_CORRUPT) {
		status = headlog_next(&heads->log, &heads->at, &heads->next);
		if (status == STATUS_CORRUPT && heads->wrong++ < TOLD_MAX)
			printf("WRONG  " HEADS_FILE ": the record at byte %" PRIu64 " is damaged\n",
			       heads->at - HEADLOG_RECORD_LEN);
	}
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status != STATUS_OK)
		return status;
	heads->has_next = true;
	heads->count++;
	return check_signature(heads);
}

enum status check_heads_open(struct check_heads *heads, const char *data)
{
	struct path path;
	*heads = (struct check_heads){.log.fd = -1};
	enum status status = path_join(&path, data, HEADS_FILE);
	if (status == STATUS_OK)
		status = headlog_look(&heads->log, path.text);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

void check_heads_close(struct check_heads *heads)
{
	headlog_close(&heads->log);
}

/* The first one is read when there are keys to judge it by. */
static enum status begin(struct check_heads *heads)
{
	return heads->at == 0 ? advance(heads) : STATUS_OK;
}

enum status check_heads_grow(struct check_heads *heads, const struct merkle *tree,
			     struct hash *hash, int64_t time)
{
	const struct head *head = &heads->next.head;
	uint8_t root[HASH_LEN];
	enum status status = begin(heads);
	if (status != STATUS_OK || !heads->has_next || head->size > tree->size)
		return status;
	merkle_root(tree, hash, root);
	while (status == STATUS_OK && heads->has_next && head->size <= tree->size) {
		if (head->size < tree->size)
			tell(heads, head->size, "stands behind a larger one");
		else if (memcmp(head->root, root, HASH_LEN) != 0)
			tell(heads, head->size, "has another root than the ledger");
		else if (time > CLOCKS && head->time < time - CLOCKS)
			tell(heads, head->size, "was signed before the time of its last entry");
		status = advance(heads);
	}
	return status;
}

static enum status check_slots(struct check_heads *heads, const char *data)
{
	struct path path;
	unsigned damaged = 0;
	enum status status = path_join(&path, data, SLOTS_FILE);
	if (status == STATUS_OK)
		status = slots_check(path.text, &damaged);
	for (unsigned i = 0; damaged >> i != 0; i++) {
		if ((damaged >> i & 1) == 0)
			continue;
		printf("WRONG  " SLOTS_FILE ": slot %u is damaged; one of the next two "
		       "signatures makes it anew\n",
		       i + 1);
		heads->wrong++;
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status check_heads_end(struct check_heads *heads, const struct remembered *remembered,
			    const char *data)
{
	uint64_t before = heads->wrong;
	enum status status = check_slots(heads, data);
	bool is_known = remembered->status == STATUS_OK && heads->wrong == before;
	if (status == STATUS_OK)
		status = begin(heads);
	while (status == STATUS_OK && heads->has_next) {
		if (is_known && heads->next.head.size > remembered->size)
			tell(heads, heads->next.head.size,
			     "was signed, and " SLOTS_FILE " remembers a smaller one");
		status = advance(heads);
	}
	if (status == STATUS_OK)
		printf("signer: %" PRIu64 " heads are kept, %" PRIu64
		       " of them by a key that is gone\n",
		       heads->count, heads->unseen);
	return status;
}
